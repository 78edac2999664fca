/** PROTOCOL.md says what the code does: its example frames are ours byte for byte, its limits are the named ones. */

import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { liveEntry, tombstone } from '../../src/core/entry.ts'
import { KEY_BYTES_MAX } from '../../src/core/key.ts'
import { hashKey, seedOf } from '../../src/core/repair/key-hash.ts'
import { Summary } from '../../src/core/repair/summary.ts'
import { visits } from '../../src/core/repair/walk.ts'
import {
  decodeClientMessage,
  decodeNodeMessage,
  encodeClientMessage,
  encodeNodeMessage,
} from '../../src/wire/client-codec.ts'
import * as limits from '../../src/wire/limits.ts'
import { decodePeerFrame, encodeMessage } from '../../src/wire/peer-codec.ts'
import { WIRE_VERSION } from '../../src/wire/peer-messages.ts'

// The formatter pads the cells of tables.
const PAGE = readFileSync(new URL('../../src/wire/PROTOCOL.md', import.meta.url), 'utf8').replace(/ +/g, ' ')
const A = 'a/1/0/0123456789'
const BAR = new TextEncoder().encode('bar')

const REQUESTS = [
  { kind: 'hello', wire: WIRE_VERSION, cluster: '' },
  { kind: 'get', id: 1, key: 'foo', wantValue: true },
  {
    kind: 'write',
    id: 2,
    changes: [
      { key: 'foo', value: BAR, ttlMs: 5_000 },
      { key: 'old', value: undefined, ttlMs: undefined },
    ],
  },
  { kind: 'watch', id: 3, range: { gte: 'foo' } },
] as const
const REPLIES = [
  { kind: 'entry', id: 1, entry: liveEntry('foo', 7, A, BAR, 5), stalenessMs: 900 },
  { kind: 'done', id: 4 },
] as const
const H = '0123456789abcdef'
const ROW = {
  origin: A,
  seq: 3,
  address: '',
  last: 5,
  clear: 9,
  low: -1,
  h: H,
  wallMs: 1_767_225_600_000,
  gone: H,
  joining: false,
} as const
const MESSAGES = [
  { row: ROW, body: { kind: 'same' } },
  { row: ROW, body: { kind: 'want', exchange: 4, batch: 0, ks: [1, 258] } },
] as const

/** The example frames of the page, in order. */
function examples(): Uint8Array[] {
  const [, section = ''] = PAGE.split('## Examples')
  return [...section.matchAll(/\| `((?:[0-9a-f]{2} ?)+)` \|/g)].map(([, hex = '']) =>
    Uint8Array.from(hex.split(' '), (byte) => Number.parseInt(byte, 16)),
  )
}

const hex = (word: number): string => (word >>> 0).toString(16).padStart(8, '0')
const grouped = (n: number): string => n.toLocaleString('en-US')

describe('PROTOCOL.md', () => {
  it('shows our bytes', () => {
    const frames = [
      ...REQUESTS.map((request) => encodeClientMessage(request)),
      ...REPLIES.map((reply) => encodeNodeMessage(reply)),
      ...MESSAGES.map((message) => encodeMessage(message)),
    ]
    expect(examples()).toStrictEqual(frames)
  })

  it('shows bytes that we read', () => {
    const frames = examples()
    expect(frames.slice(0, 4).map(decodeClientMessage)).toStrictEqual(REQUESTS)
    expect(frames.slice(4, 6).map(decodeNodeMessage)).toStrictEqual(REPLIES)
    expect(frames.slice(6).map(decodePeerFrame)).toStrictEqual(MESSAGES)
  })

  it('shows what our sketch is made of', () => {
    const summary = new Summary(seedOf('hearsay'))
    const foo = liveEntry('foo', 7, A, BAR, 5)
    summary.change(undefined, foo, false, 0)
    const k = summary.kOf('foo')
    const cells = Array.from({ length: limits.CELLS_MAX }, (_, cell) => cell).filter((cell) => visits(k, cell))
    const hash = { a: 0, b: 0 }
    hashKey('foo', summary.seed, hash)
    const bits = [...summary.sketch.estimator().entries()].filter(([, byte]) => byte !== 0)
    const told = bits.map(([at, byte]) => `byte ${at} is ${byte.toString(16).padStart(2, '0')}`)
    const text = PAGE.replace(/\s+/g, ' ')
    for (const words of [
      `the seed is (${hex(summary.seed.k0)}, ${hex(summary.seed.k1)})`,
      `key(foo) = (${hex(hash.a)}, ${hex(hash.b)}), k = ${grouped(k)} and the weight ${grouped(summary.weightOf(foo))}`,
      `as a tombstone ${grouped(summary.weightOf(tombstone('foo', 7, A, 5)))}`,
      `the cells ${cells.slice(0, -1).join(', ')} and ${cells.at(-1)}`,
      `its sum is \`${summary.sum.toHex()}\``,
      `cell 0 is (${[...summary.sketch.prefix(1).sums].map(grouped).join(', ')})`,
      `in the estimator ${told.slice(0, -1).join(', ')} and ${told.at(-1)} in hex`,
    ])
      expect(text).toContain(words)
  })

  it('is about our wire version', () => {
    expect(PAGE).toContain(`# The wire, version ${WIRE_VERSION}\n`)
  })

  it.each([
    ['frame', limits.FRAME_BYTES_MAX, 'MiB'],
    ['value', limits.VALUE_BYTES_LIMIT, 'MiB'],
    ['key', KEY_BYTES_MAX, 'bytes'],
    ['bound of a range', limits.BOUND_BYTES_MAX, 'bytes'],
    ['entries in one message', limits.ENTRIES_MAX, ''],
    ['origins in one table', limits.ORIGINS_MAX, ''],
    ['rows in one message', limits.ROWS_MAX, ''],
    ['changes in one write', limits.CHANGES_MAX, ''],
    ['words in a hello', limits.FEATURES_MAX, ''],
    ['address, cluster name, error code', limits.LABEL_CHARS_MAX, 'UTF-16 units'],
    ['marks in one message', limits.MARKS_A_MESSAGE_MAX, ''],
    ['bytes of a backup in one reply', limits.BACKUP_CHUNK_BYTES_MAX, 'MiB'],
    ['cells of a sketch', limits.CELLS_MAX, ''],
    ['ks in one message', limits.KS_MAX, ''],
    ['ranges in one message', limits.RANGES_MAX, ''],
    ['pairs in one message', limits.PAIRS_MAX, ''],
    ['names in a fault', limits.REFUSED_MAX, ''],
    ['text of an error', limits.ERROR_CHARS_MAX, 'UTF-16 units'],
    ['JSON of a report', limits.REPORT_BYTES_MAX, 'MiB'],
  ])('states the limit: %s', (what, limit, unit) => {
    const amount = unit === 'MiB' ? limit / 1024 / 1024 : limit.toLocaleString('en-US')
    expect(PAGE).toContain(`| ${what} | ${`${amount} ${unit}`.trim()}`)
  })
})
