/** Each bound that a decoder promises to its caller, broken once. */

import { describe, expect, it } from 'vitest'
import { HLC_MAX } from '../../src/core/clock.ts'
import { decodeClientMessage, decodeNodeMessage } from '../../src/wire/client-codec.ts'
import { type Packable, packFrame } from '../../src/wire/codec.ts'
import { decodePeerFrame } from '../../src/wire/peer-codec.ts'
import { PeerError, type PeerErrorCode } from '../../src/wire/peer-error.ts'

const A = 'a/1/abc/0123456789'
const B = 'b/1/abc/0123456789'
const H = '0123456789abcdef'
const ROW: readonly Packable[] = [A, 1, 'ws://a:1', 5, 9, -1, H]
const VALUE = Uint8Array.of(1)

function row(changes: Readonly<Record<number, Packable>>): Packable {
  return ROW.map((field, i) => changes[i] ?? field)
}

function refuses(
  decode: (frame: Uint8Array) => unknown,
  fields: readonly Packable[],
  code: PeerErrorCode = 'malformed',
): void {
  expect(() => decode(packFrame(fields))).toThrow(PeerError)
  expect(() => decode(packFrame(fields))).toThrow(expect.objectContaining({ code }))
}

/** Name, frame, and the code when it is not `malformed`. */
type Case = readonly [name: string, fields: readonly Packable[], code?: PeerErrorCode]

const PEER: readonly Case[] = [
  ['an unknown type', [99, ROW]],
  ['a missing row', [4]],
  ['a field too many', [4, ROW, 1]],
  ['a row with a broken origin', [4, row({ 0: 'a/01/abc/0123456789' })]],
  ['a row with seq −1', [4, row({ 1: -1 })]],
  ['a row with a long address', [4, row({ 2: 'x'.repeat(257) })]],
  ['a row with a very long address', [4, row({ 2: 'x'.repeat(5000) })], 'too-large'],
  ['a row with last above clear', [4, row({ 3: 10 })]],
  ['a row with a time below zero', [4, row({ 3: -1 })]],
  ['a row with a time beyond the clock', [4, row({ 4: HLC_MAX + 1 })]],
  ['a row with a broken time', [4, row({ 4: 9.5 })]],
  ['a row with low −2', [4, row({ 5: -2 })]],
  ['a row with a short hash', [4, row({ 6: 'abc' })]],
  ['a row with a hash in capitals', [4, row({ 6: 'ABCDEF0123456789' })]],
  ['a hello with 33 features', [0, 1, 'c', ROW, new Array(33).fill('x')], 'too-large'],
  ['a push without entries', [2, ROW, A, 5, []]],
  ['a push whose times stand still', [2, ROW, A, 5, [[0, 'k', VALUE]]]],
  [
    'a push whose times fall',
    [
      2,
      ROW,
      A,
      5,
      [
        [2, 'k', VALUE],
        [-1, 'k', VALUE],
      ],
    ],
  ],
  ['a push beyond the clock', [2, ROW, A, HLC_MAX, [[1, 'k', VALUE]]]],
  ['a push with an empty key', [2, ROW, A, 5, [[1, '', VALUE]]]],
  ['a push with a long key', [2, ROW, A, 5, [[1, 'k'.repeat(1025), VALUE]]], 'too-large'],
  ['a push with text for a value', [2, ROW, A, 5, [[1, 'k', 'v']]]],
  ['a push with a huge value', [2, ROW, A, 5, [[1, 'k', new Uint8Array(16 * 1024 * 1024 + 1)]]], 'too-large'],
  ['a pull with an odd vector', [5, ROW, 1, 0, [A], [0]]],
  ['a pull that names an origin twice', [5, ROW, 1, 0, [A, A], [0, 5, 1, 5]]],
  ['a vector with an origin twice', [5, ROW, 1, 0, [A, B], [0, 5, 0, 6]]],
  ['a vector with an origin outside the table', [5, ROW, 1, 0, [A], [1, 5]]],
  ['an exchange beyond 48 bits', [7, ROW, 2 ** 48]],
  ['a piece with an entry outside the table', [6, ROW, 1, A, 0, [A], [[1, 5, 'k', null]], null, null]],
  ['a piece with one vector of two', [6, ROW, 1, A, 0, [A], [], [0, 5], null]],
  ['a piece with the other vector of two', [6, ROW, 1, A, 0, [A], [], null, [0, 5]]],
]

const CLIENT: readonly Case[] = [
  ['id 0', [9, 0]],
  ['an answer from a client', [37, 1]],
  ['a write of nothing', [2, 1, []]],
  ['a key that is not text', [1, 1, 5, true]],
  ['a flag that is not one', [1, 1, 'k', 1]],
  ['a range with two lower bounds', [4, 1, ['a', 'b', null, null]]],
  ['a range with two upper bounds', [4, 1, [null, null, 'a', 'b']]],
  ['a range with an empty bound', [4, 1, ['', null, null, null]]],
  ['a range with three bounds', [4, 1, [null, null, null]]],
  ['a name with a slash', [8, 1, ['a/b']]],
]

const NODE: readonly Case[] = [
  ['a request from a node', [9, 1]],
  ['done for no request', [37, 0]],
  [
    'two entries for one get',
    [
      32,
      1,
      [A],
      [
        [0, 1, 'k', null],
        [0, 2, 'k', null],
      ],
    ],
  ],
  ['a report that is not JSON', [36, 1, '{']],
  ['a version of no origin', [33, 1, 5, 'x']],
]

describe('a decoder refuses', () => {
  for (const [name, fields, code] of PEER) it(`from a peer: ${name}`, () => refuses(decodePeerFrame, fields, code))
  for (const [name, fields, code] of CLIENT) {
    it(`from a client: ${name}`, () => refuses(decodeClientMessage, fields, code))
  }
  for (const [name, fields, code] of NODE) it(`from a node: ${name}`, () => refuses(decodeNodeMessage, fields, code))
})

describe('a decoder takes', () => {
  it('whole numbers in every form that MessagePack has', () => {
    const ping = (...id: number[]): unknown => decodeClientMessage(Uint8Array.of(0x92, 0x09, ...id))
    const seven = { kind: 'ping', id: 7 }
    expect(ping(0x07)).toStrictEqual(seven)
    expect(ping(0xcc, 7)).toStrictEqual(seven)
    expect(ping(0xcd, 0, 7)).toStrictEqual(seven)
    expect(ping(0xce, 0, 0, 0, 7)).toStrictEqual(seven)
    expect(ping(0xcf, 0, 0, 0, 0, 0, 0, 0, 7)).toStrictEqual(seven)
    expect(ping(0xd0, 7)).toStrictEqual(seven)
    expect(ping(0xd1, 0, 7)).toStrictEqual(seven)
    expect(ping(0xd2, 0, 0, 0, 7)).toStrictEqual(seven)
    expect(ping(0xd3, 0, 0, 0, 0, 0, 0, 0, 7)).toStrictEqual(seven)
    expect(ping(0xcb, 0x40, 0x1c, 0, 0, 0, 0, 0, 0)).toStrictEqual(seven)
    expect(ping(0xcf, 0, 0x1f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff)).toStrictEqual({ kind: 'ping', id: HLC_MAX })
  })

  it('an error code that it does not know, as ERR_PROTOCOL with the code in its text', () => {
    const frame = packFrame([38, 4, 'ERR_FROM_TOMORROW', 'sorry', true])
    expect(decodeNodeMessage(frame)).toStrictEqual({
      kind: 'error',
      id: 4,
      code: 'ERR_PROTOCOL',
      message: 'ERR_FROM_TOMORROW: sorry',
      maybeApplied: true,
    })
  })
})
