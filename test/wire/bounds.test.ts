/** Each bound that a decoder promises to its caller, broken once. */

import { describe, expect, it } from 'vitest'
import { HLC_MAX } from '../../src/core/clock.ts'
import { tombstone } from '../../src/core/entry.ts'
import { decodeClientMessage, decodeNodeMessage } from '../../src/wire/client-codec.ts'
import { type Packable, packFrame } from '../../src/wire/codec.ts'
import { decodePeerFrame } from '../../src/wire/peer-codec.ts'
import { PeerError, type PeerErrorCode } from '../../src/wire/peer-error.ts'

const A = 'a/1/abc/0123456789'
const B = 'b/1/abc/0123456789'
const H = '0123456789abcdef'
const ROW: readonly Packable[] = [A, 1, 'ws://a:1', 5, 9, -1, H, 1_767_225_600_000, H, false]
const VALUE = Uint8Array.of(1)
const NONE = new Uint8Array(0)
const NO_VIEW = new Array<null>(6).fill(null)
const MIB = 1024 * 1024

/** Words as they lie in a frame. */
function words(...list: readonly number[]): Uint8Array {
  const bytes = Buffer.alloc(4 * list.length)
  for (const [i, word] of list.entries()) bytes.writeUInt32LE(word, 4 * i)
  return Uint8Array.from(bytes)
}

function row(changes: Readonly<Record<number, Packable>>): Packable {
  return ROW.map((field, i) => (i in changes ? (changes[i] ?? null) : field))
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
  ['a row with a clock before 1970', [4, row({ 7: -1 })]],
  ['a row with a clock beyond dates', [4, row({ 7: 2 ** 52 + 1 })]],
  ['a row with a broken hash of marks', [4, row({ 8: '' })]],
  ['a row without a word on joining', [4, row({ 9: null })]],
  ['a row that joins and promises', [4, row({ 5: 3, 9: true })]],
  ['a hello with 33 features', [0, 2, 'c', ROW, new Array(33).fill('x')], 'too-large'],
  ['a push without entries', [2, ROW, A, 5, []]],
  ['a push whose times stand still', [2, ROW, A, 5, [[0, 'k', VALUE, 0, null]]]],
  ['a push whose times fall', [2, ROW, A, 5, [2, -1].map((rise) => [rise, 'k', VALUE, 0, null])]],
  ['a push beyond the clock', [2, ROW, A, HLC_MAX, [[1, 'k', VALUE, 0, null]]]],
  ['a push with an empty key', [2, ROW, A, 5, [[1, '', VALUE, 0, null]]]],
  ['a push with a long key', [2, ROW, A, 5, [[1, 'k'.repeat(1025), VALUE, 0, null]]], 'too-large'],
  ['a push with text for a value', [2, ROW, A, 5, [[1, 'k', 'v', 0, null]]]],
  ['a push with a huge value', [2, ROW, A, 5, [[1, 'k', new Uint8Array(16 * MIB + 1), 0, null]]], 'too-large'],
  ['a push with a prior at time 0', [2, ROW, A, 5, [[1, 'k', VALUE, 6, null]]]],
  ['a push with a prior above its entry', [2, ROW, A, 5, [[1, 'k', VALUE, -1, null]]]],
  ['a push with a tombstone that expires', [2, ROW, A, 5, [[1, 'k', null, 0, 7]]]],
  ['a push with a value that expires before 1970', [2, ROW, A, 5, [[1, 'k', VALUE, 0, -1]]]],
  ['a push with a value that expires beyond dates', [2, ROW, A, 5, [[1, 'k', VALUE, 0, 2 ** 52 + 1]]]],
  ['a digest with a third of a cutoff', [3, ROW, H, H, 5, null, null]],
  ['a digest without the time of a cutoff', [3, ROW, H, H, null, H, H]],
  ['a digest with two thirds of a cutoff', [3, ROW, H, H, 5, H, null]],
  ['a pull with an odd vector', [5, ROW, 1, 0, [A], [0], null, false]],
  ['a pull that names an origin twice', [5, ROW, 1, 0, [A, A], [0, 5, 1, 5], null, false]],
  ['a pull with a short rest', [5, ROW, 1, 0, [], [], 'abc', false]],
  ['a pull that says nothing of being empty', [5, ROW, 1, 0, [], [], null, null]],
  ['a vector with an origin twice', [5, ROW, 1, 0, [A, B], [0, 5, 0, 6], null, false]],
  ['a vector with an origin outside the table', [5, ROW, 1, 0, [A], [1, 5], null, false]],
  ['an exchange beyond 48 bits', [7, ROW, 2 ** 48]],
  ['a piece with an entry outside the table', [6, ROW, 1, A, 0, [A], [[1, 5, 'k', null, 0, null]], null, null, null]],
  ['a piece with a tombstone that expires', [6, ROW, 1, A, 0, [A], [[0, 5, 'k', null, 0, 9]], null, null, null]],
  ['a piece with one vector of two', [6, ROW, 1, A, 0, [A], [], [0, 5], null, null]],
  ['a piece with the other vector of two', [6, ROW, 1, A, 0, [A], [], null, [0, 5], null]],
  ['a piece with vectors and no floor', [6, ROW, 1, A, 0, [A], [], [0, 5], [0, 5], null]],
  ['a piece with a floor alone', [6, ROW, 1, A, 0, [A], [], null, null, 5]],
  ['marks that are no origins', [8, ROW, ['a']]],
  ['4,097 marks', [8, ROW, new Array(4_097).fill(A)], 'too-large'],
  ['unsafe without a floor', [10, ROW, 1, [], [], null]],
  ['a compare that ends before it starts', [11, ROW, 1, 8, 7, [], [], null]],
  ['a compare beyond the sketch', [11, ROW, 1, 0, 32_769, [], [], null]],
  ['cells of 11 bytes', [12, ROW, 1, A, 0, new Uint8Array(11), [], ...NO_VIEW]],
  ['a cell outside the field', [12, ROW, 1, A, 0, words(0, 0, 2 ** 31 - 1), [], ...NO_VIEW]],
  ['32,769 cells', [12, ROW, 1, A, 0, new Uint8Array(12 * 32_769), [], ...NO_VIEW], 'too-large'],
  ['cells beyond the sketch', [12, ROW, 1, A, 32_767, new Uint8Array(24), [], ...NO_VIEW]],
  ['a view without its estimator', [12, ROW, 1, A, 0, NONE, [], [], [], 5, 1, H, null]],
  ['a view without its state', [12, ROW, 1, A, 0, NONE, [], null, null, null, 1, H, new Uint8Array(72)]],
  ['an estimator of 71 bytes', [12, ROW, 1, A, 0, NONE, [], [], [], 5, 1, H, new Uint8Array(71)]],
  ['an estimator of 73 bytes', [12, ROW, 1, A, 0, NONE, [], [], [], 5, 1, H, new Uint8Array(73)], 'too-large'],
  ['a split of the last depth', [13, ROW, 1, 4, words(0)]],
  ['a range beyond its depth', [13, ROW, 1, 1, words(16)]],
  ['a range twice', [13, ROW, 1, 1, words(3, 3)]],
  ['half a range', [13, ROW, 1, 1, new Uint8Array(6)]],
  ['4,097 ranges', [13, ROW, 1, 3, words(...new Array(4_097).keys())], 'too-large'],
  ['too few sums', [14, ROW, 1, A, 0, words(0), new Uint8Array(4 * 47)]],
  ['too many sums', [14, ROW, 1, A, 0, words(0), new Uint8Array(4 * 49)], 'too-large'],
  ['a list of everything', [15, ROW, 1, 0, words(0)]],
  ['a pair without a weight', [16, ROW, 1, A, 1, words(0), words(1, 2, 3)]],
  ['a pair outside the field', [16, ROW, 1, A, 1, words(0), words(2 ** 31 - 1, 2)]],
  ['1,048,577 pairs', [16, ROW, 1, A, 1, words(0), new Uint8Array(8 * 1_048_577)], 'too-large'],
  ['a want of nothing', [17, ROW, 1, 0, NONE]],
  ['a k outside the field', [17, ROW, 1, 0, words(2 ** 31 - 1)]],
  ['65,537 ks', [17, ROW, 1, 0, new Uint8Array(4 * 65_537)], 'too-large'],
  ['a k that is not in bytes', [17, ROW, 1, 0, [1]]],
  ['an answer to nothing', [18, ROW, 1, A, 0, 0, [], []]],
  ['an answer with a tombstone that expires', [18, ROW, 1, A, 0, 1, [A], [[0, 5, 'k', null, 0, 9]]]],
]

const CLIENT: readonly Case[] = [
  ['id 0', [9, 0]],
  ['an answer from a client', [37, 1]],
  ['a write of nothing', [2, 1, []]],
  ['a write without a word on ttl', [2, 1, [['k', VALUE]]]],
  ['a ttl of 0', [2, 1, [['k', VALUE, 0]]]],
  ['a ttl beyond 2^48 ms', [2, 1, [['k', VALUE, 2 ** 48 + 1]]]],
  ['a ttl of half a millisecond', [2, 1, [['k', VALUE, 0.5]]]],
  ['a delete with a ttl', [2, 1, [['k', null, 5]]]],
  ['forgetting no name', [10, 1, '']],
  ['a sync with a name with a slash', [11, 1, 'a/b']],
  ['conflicts below no text', [13, 1, null, 5]],
  ['conflicts below a long prefix', [13, 1, 'k'.repeat(1029), 5], 'too-large'],
  ['a sketch of no cells', [14, 1, 0]],
  ['a backup from before its beginning', [16, 1, -1]],
  ['a sketch of 32,769 cells', [14, 1, 32_769]],
  ['a k outside the field', [15, 1, words(2 ** 31 - 1)]],
  ['65,537 ks', [15, 1, new Uint8Array(4 * 65_537)], 'too-large'],
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
  ['two entries for one get', [32, 1, [A], [1, 2].map((time) => [0, time, 'k', null, 0, null]), null]],
  ['an entry that is expired and gone', [32, 1, [A], [[0, 5, 'k', null, 0, 9]], null]],
  ['a page with an expired tombstone', [34, 1, [A], [[0, 5, 'k', null, 0, 9]], false]],
  ['an entry with a prior above it', [32, 1, [A], [[0, 5, 'k', VALUE, -1, null]], null]],
  ['a staleness below 0', [32, 1, [], [], -1]],
  ['a staleness of half a millisecond', [32, 1, [], [], 0.5]],
  ['a long piece of a backup', [40, 1, new Uint8Array(MIB + 1), true], 'too-large'],
  ['a sketch of 11 bytes', [39, 1, 1, H, new Uint8Array(72), new Uint8Array(11)]],
  ['a sketch outside the field', [39, 1, 1, H, new Uint8Array(72), words(0, 2 ** 31 - 1, 0)]],
  ['a sketch without an estimator', [39, 1, 1, H, NONE, NONE]],
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

  it('as many cells, ks, ranges, sums and pairs as it promises', () => {
    const ranges = words(...new Array(4_096).keys())
    const cells = new Uint8Array(12 * 32_768)
    for (const fields of [
      [12, ROW, 1, A, 0, cells, [], ...NO_VIEW],
      [13, ROW, 1, 3, ranges],
      [14, ROW, 1, A, 3, ranges, new Uint8Array(4_096 * 48 * 4)],
      [16, ROW, 1, A, 4, ranges, new Uint8Array(8 * 1_048_576)],
      [17, ROW, 1, 0, new Uint8Array(4 * 65_536)],
    ]) {
      expect(decodePeerFrame(packFrame(fields))).toHaveProperty('body.exchange', 1)
    }
    expect(decodeNodeMessage(packFrame([39, 1, 1, H, new Uint8Array(72), cells]))).toHaveProperty('cells', cells)
  })

  it('a tombstone that says when its value expired, in events', () => {
    const frame = packFrame([35, 4, [A], [[0, 5, 'k', null, 2, 9]], true])
    expect(decodeNodeMessage(frame)).toStrictEqual({
      kind: 'events',
      id: 4,
      entries: [tombstone('k', 5, A, 3, 9)],
      ready: true,
    })
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
