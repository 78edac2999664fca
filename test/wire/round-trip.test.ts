/**
 * decode(encode(x)) = x for every message; frames and values stand on their own memory; other readers of MessagePack
 * understand the frames. Importing msgpackr itself also switches its native reader on for this file, which must change
 * nothing.
 */

import fc from 'fast-check'
import { unpack } from 'msgpackr'
import { describe, expect, it } from 'vitest'
import { liveEntry } from '../../src/core/entry.ts'
import type { Body, Message } from '../../src/core/message.ts'
import {
  decodeClientMessage,
  decodeNodeMessage,
  encodeClientMessage,
  encodeNodeMessage,
} from '../../src/wire/client-codec.ts'
import { decodePeerFrame, encodeMessage, encodePeerHello } from '../../src/wire/peer-codec.ts'
import { someClientMessage, someMessage, someNodeMessage, somePeerHello } from './arbitraries.ts'

const ORIGIN = 'a/1/abc/0123456789'
const H = '0123456789abcdef'
const ROW = {
  origin: ORIGIN,
  seq: 1,
  address: '',
  last: 5,
  clear: 9,
  low: -1,
  h: H,
  wallMs: 1_767_225_600_000,
  gone: H,
  joining: false,
}
const LONG_VALUE = new Uint8Array(1000).fill(1)
const MESSAGE: Message = {
  row: ROW,
  body: {
    kind: 'push',
    origin: ORIGIN,
    after: 5,
    upTo: 7,
    entries: [liveEntry('short', 6, ORIGIN, new Uint8Array([1, 2, 3])), liveEntry('long', 7, ORIGIN, LONG_VALUE)],
  },
}

/** For all messages drawn, the decoder gives back what the encoder took. */
function survives<T>(
  arbitrary: fc.Arbitrary<T>,
  encode: (m: T) => Uint8Array,
  decode: (f: Uint8Array) => unknown,
): void {
  fc.assert(
    fc.property(arbitrary, (message) => {
      expect(decode(encode(message))).toStrictEqual(message)
    }),
    { numRuns: 400 },
  )
}

describe('what is encoded comes out again', () => {
  it('for messages between nodes', () => survives(someMessage, encodeMessage, decodePeerFrame))
  it("for a node's hello to a node", () => survives(somePeerHello, encodePeerHello, decodePeerFrame))
  it("for a client's messages", () => survives(someClientMessage, encodeClientMessage, decodeClientMessage))
  it("for a node's answers", () => survives(someNodeMessage, encodeNodeMessage, decodeNodeMessage))

  it('whether the frame arrives as a Uint8Array, a Buffer, or inside a larger buffer', () => {
    const frame = encodeMessage(MESSAGE)
    const wide = new Uint8Array(frame.length + 20)
    wide.set(frame, 13)
    for (const arrived of [frame, Buffer.from(frame), wide.subarray(13, 13 + frame.length)]) {
      expect(decodePeerFrame(arrived)).toStrictEqual(MESSAGE)
    }
  })
})

describe('memory', () => {
  it('gives each frame bytes of its own, which the next one does not touch', () => {
    const first = encodeMessage(MESSAGE)
    const copy = first.slice()
    for (let i = 0; i < 100; i++) encodeMessage({ row: { ...ROW, seq: i + 1 }, body: { kind: 'same' } })
    expect(first).toStrictEqual(copy)
    expect(first.buffer.byteLength).toBe(first.length)
  })

  it('copies values out of the frame, as plain Uint8Arrays', () => {
    const frame = Buffer.from(encodeMessage(MESSAGE))
    const decoded = decodePeerFrame(frame) as Message
    frame.fill(0)
    expect(decoded).toStrictEqual(MESSAGE)
    for (const { value } of decoded.body.kind === 'push' ? decoded.body.entries : []) {
      expect(value?.constructor).toBe(Uint8Array)
      expect(value?.buffer.byteLength).toBe(value?.length)
    }
  })
})

describe('words', () => {
  it('come out in memory of their own, whatever place they had in the frame', () => {
    for (const name of ['a', 'ab', 'abc', 'abcd']) {
      const giver = `${name}/1/abc/0123456789`
      const pairs = Uint32Array.of(1, 2 ** 32 - 1, 0x01020304, 0xfffefdfc)
      const sums = Uint32Array.from({ length: 48 }, (_, i) => 2 ** 32 - 1 - i)
      const bodies: readonly Body[] = [
        { kind: 'listed', exchange: 1, giver, depth: 4, ranges: [65_535, 0], pairs },
        { kind: 'parts', exchange: 1, giver, depth: 0, ranges: [0], sums },
      ]
      for (const body of bodies) {
        const { body: read } = decodePeerFrame(encodeMessage({ row: ROW, body })) as Message
        expect(read).toStrictEqual(body)
        const words = read.kind === 'listed' ? read.pairs : read.kind === 'parts' ? read.sums : undefined
        expect(words?.byteOffset).toBe(0)
        expect(words?.buffer.byteLength).toBe(words?.byteLength)
      }
    }
  })

  it('go low byte first', () => {
    const body: Body = { kind: 'want', exchange: 1, batch: 0, ks: [0x01020304] }
    expect([...encodeMessage({ row: ROW, body })].slice(-6)).toEqual([0xc4, 4, 4, 3, 2, 1])
  })
})

describe('plain MessagePack', () => {
  it('is read by another reader as arrays without maps or extensions', () => {
    const isPlain = (value: unknown): boolean =>
      value === null ||
      ['boolean', 'number', 'string'].includes(typeof value) ||
      value instanceof Uint8Array ||
      (Array.isArray(value) && value.every(isPlain))
    fc.assert(fc.property(someMessage, (message) => isPlain(unpack(encodeMessage(message)))))
    fc.assert(fc.property(someClientMessage, (message) => isPlain(unpack(encodeClientMessage(message)))))
    fc.assert(fc.property(someNodeMessage, (message) => isPlain(unpack(encodeNodeMessage(message)))))
  })

  it('names each origin of a piece once', () => {
    const entries = Array.from({ length: 100 }, (_, i) => liveEntry(`k${i}`, i + 1, ORIGIN, new Uint8Array(0)))
    const frame = encodeMessage({
      row: { ...ROW, origin: 'b/1/0/0000000000' },
      body: { kind: 'piece', exchange: 1, giver: 'b/1/0/0000000000', index: 0, entries, end: undefined },
    })
    expect(Buffer.from(frame).toString('latin1').split(ORIGIN)).toHaveLength(2)
  })
})

describe('texts that nobody checked', () => {
  it('makes the message of an error well-formed and cuts it to its maximum', () => {
    const error = { kind: 'error', id: 1, code: 'ERR_INTERNAL', maybeApplied: false } as const
    const decoded = decodeNodeMessage(encodeNodeMessage({ ...error, message: `\ud800${'x'.repeat(5_000)}` }))
    expect(decoded).toStrictEqual({ ...error, message: `\ufffd${'x'.repeat(4_095)}` })
  })

  it('drops fields of a report that are undefined, as JSON does', () => {
    const frame = encodeNodeMessage({ kind: 'report', id: 1, report: { a: undefined, b: 1 } })
    expect(decodeNodeMessage(frame)).toStrictEqual({ kind: 'report', id: 1, report: { b: 1 } })
  })
})
