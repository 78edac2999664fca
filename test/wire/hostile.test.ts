/**
 * Whatever bytes arrive, a decoder gives a message or throws a `PeerError`; nothing else, and soon. Mutants of true
 * frames are drawn from a fixed seed.
 */

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Message } from '../../src/core/message.ts'
import { type Rng, seededRng } from '../../src/core/rng.ts'
import {
  decodeClientMessage,
  decodeNodeMessage,
  encodeClientMessage,
  encodeNodeMessage,
} from '../../src/wire/client-codec.ts'
import type { ClientMessage, NodeMessage } from '../../src/wire/client-messages.ts'
import { FRAME_BYTES_MAX } from '../../src/wire/limits.ts'
import { decodePeerFrame, encodeMessage, encodePeerHello } from '../../src/wire/peer-codec.ts'
import { PeerError } from '../../src/wire/peer-error.ts'
import type { PeerHello } from '../../src/wire/peer-messages.ts'
import { someClientMessage, someMessage, someNodeMessage, somePeerHello } from './arbitraries.ts'

interface Codec {
  readonly name: string
  readonly decode: (frame: Uint8Array) => unknown
  /** Encodes what `decode` gave. */
  readonly encode: (decoded: unknown) => Uint8Array
  readonly frames: readonly Uint8Array[]
}

function encodePeer(decoded: PeerHello | Message): Uint8Array {
  return 'kind' in decoded ? encodePeerHello(decoded) : encodeMessage(decoded)
}

function draw<T>(arbitrary: fc.Arbitrary<T>, count: number): T[] {
  return fc.sample(arbitrary, { seed: 7, numRuns: count })
}

const CODECS: readonly Codec[] = [
  {
    name: 'decodePeerFrame',
    decode: decodePeerFrame,
    encode: (decoded) => encodePeer(decoded as PeerHello | Message),
    frames: [...draw(somePeerHello, 20), ...draw(someMessage, 500)].map(encodePeer),
  },
  {
    name: 'decodeClientMessage',
    decode: decodeClientMessage,
    encode: (decoded) => encodeClientMessage(decoded as ClientMessage),
    frames: draw(someClientMessage, 150).map(encodeClientMessage),
  },
  {
    name: 'decodeNodeMessage',
    decode: decodeNodeMessage,
    encode: (decoded) => encodeNodeMessage(decoded as NodeMessage),
    frames: draw(someNodeMessage, 150).map(encodeNodeMessage),
  },
]

/** The message, or `undefined` after a `PeerError`. Any other error goes through. */
function attempt(codec: Codec, frame: Uint8Array): unknown {
  try {
    return codec.decode(frame)
  } catch (error) {
    if (error instanceof PeerError) return undefined
    throw error
  }
}

/** MessagePack that we do not speak, or that lies about its length. */
const HOSTILE: Readonly<Record<string, readonly number[]>> = {
  'an empty array': [0x90],
  'a map': [0x81, 0xa1, 0x61, 0x01],
  'a map with __proto__': [0x81, 0xa9, ...Buffer.from('__proto__'), 0x80],
  'a map of four thousand million': [0xdf, 0xff, 0xff, 0xff, 0xff],
  'an array of four thousand million': [0xdd, 0xff, 0xff, 0xff, 0xff],
  'text of four gigabytes': [0xdb, 0xff, 0xff, 0xff, 0xff],
  'bytes of four gigabytes': [0xc6, 0xff, 0xff, 0xff, 0xff],
  'an extension of four gigabytes': [0xc9, 0xff, 0xff, 0xff, 0xff, 0x01],
  'a date': [0xd6, 0xff, 0, 0, 0, 1],
  'a set': [0xd4, 0x73, 0x00, 0x91, 0x01],
  'an error': [0xd4, 0x65, 0x00, 0x92, 0xa1, 0x61, 0xa1, 0x62],
  'a regular expression': [0xd4, 0x78, 0x00, 0x92, 0xa4, ...Buffer.from('(a+)'), 0xa0],
  'a big integer': [0xd7, 0x42, 1, 2, 3, 4, 5, 6, 7, 8],
  'a typed array': [0xc7, 0x03, 0x74, 0x01, 0x01, 0x02],
  'a reference': [0xd6, 0x70, 0, 0, 0, 1],
  'an identified value': [0xd6, 0x69, 0, 0, 0, 1, 0x91, 0xc0],
  'a record': [0xd4, 0x72, 0x40, 0x91, 0xa1, 0x61, 0x01],
  'a bundle of strings': [0xd6, 0x62, 0, 0, 0, 9, 0xc1, 0x01],
  'the unused byte': [0xc1],
  'a float of 32 bits': [0xca, 0x3f, 0x80, 0, 0],
  'not a number': [0xcb, 0x7f, 0xf8, 0, 0, 0, 0, 0, 0],
  infinity: [0xcb, 0x7f, 0xf0, 0, 0, 0, 0, 0, 0],
  'an integer beyond 53 bits': [0xcf, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
  'a most negative integer': [0xd3, 0x80, 0, 0, 0, 0, 0, 0, 0],
  'broken UTF-8': [0xa2, 0xff, 0xfe],
  'half a surrogate': [0xa3, 0xed, 0xa0, 0x80],
}

const SNIPPETS = Object.values(HOSTILE)

function mutant(rng: Rng, frames: readonly Uint8Array[]): Uint8Array {
  const pick = (n: number): number => Math.floor(rng() * n)
  const frame = frames[pick(frames.length)] ?? new Uint8Array()
  const at = pick(frame.length)
  switch (pick(6)) {
    case 0: {
      const flipped = frame.slice()
      flipped[at] = (flipped[at] ?? 0) ^ (1 << pick(8))
      return flipped
    }
    case 1: {
      const changed = frame.slice()
      changed[at] = pick(256)
      return changed
    }
    case 2:
      return frame.slice(0, at)
    case 3: {
      const other = frames[pick(frames.length)] ?? frame
      return joined(frame.subarray(0, at), other.subarray(pick(other.length)))
    }
    case 4:
      return joined(frame.subarray(0, at), SNIPPETS[pick(SNIPPETS.length)] ?? [], frame.subarray(at + pick(4)))
    default:
      return joined(frame, [pick(256)])
  }
}

function joined(...parts: readonly ArrayLike<number>[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

describe.each(CODECS)('$name', (codec) => {
  it('takes any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void attempt(codec, bytes)),
      { numRuns: 2_000 },
    )
  })

  it('takes mutants of true frames, and what it lets through can be sent again', () => {
    const rng = seededRng(20_260_101)
    const frames = codec.frames.filter((frame) => frame.length < 4_096)
    let passed = 0
    for (let i = 0; i < 70_000; i++) {
      const decoded = attempt(codec, mutant(rng, frames))
      if (decoded === undefined) continue
      passed++
      if (passed % 50 !== 0) continue
      const again = codec.encode(decoded)
      expect(codec.encode(codec.decode(again))).toStrictEqual(again)
    }
    // Changed keys, values and times are still messages: the mutants do reach the inner parts.
    expect(passed).toBeGreaterThan(1_000)
  })

  it.each(Object.entries(HOSTILE))('refuses %s in the place of any field', (_, snippet) => {
    expect(() => codec.decode(Uint8Array.from(snippet))).toThrow(PeerError)
    for (let type = 0; type < 41; type++) {
      for (let fields = 1; fields < 14; fields++) {
        attempt(codec, Uint8Array.of(0x90 + fields, type, ...snippet, ...snippet))
        attempt(codec, Uint8Array.of(0x90 + fields, type, 1, ...snippet, 0, 0, 0, 0, 0, 0))
      }
    }
  })

  it('refuses a frame of nothing but nested arrays', () => {
    expect(() => codec.decode(new Uint8Array(1_000_000).fill(0x91))).toThrow(PeerError)
  })

  it('refuses bytes behind the message', () => {
    for (const frame of codec.frames.slice(0, 50)) {
      expect(() => codec.decode(Uint8Array.of(...frame, 0))).toThrow(PeerError)
    }
  })

  it('refuses every true frame that is cut short', () => {
    for (const frame of codec.frames.slice(0, 20)) {
      for (let length = 0; length < Math.min(frame.length, 300); length++) {
        expect(() => codec.decode(frame.subarray(0, length))).toThrow(PeerError)
      }
    }
  })

  it('refuses a frame above the maximum before it looks inside', () => {
    const huge = new Uint8Array(FRAME_BYTES_MAX + 1)
    expect(() => codec.decode(huge)).toThrow(expect.objectContaining({ code: 'too-large' }))
  })

  it('recognises a hello of another wire version whatever else it holds', () => {
    const future = Uint8Array.of(0x95, 0x00, 0x03, 0x81, 0xa1, 0x61, 0xc7, 0x01)
    expect(() => codec.decode(future)).toThrow(
      expect.objectContaining({ code: 'wire-version', message: expect.stringMatching(/version 3\b.*\b2$/) }),
    )
  })
})
