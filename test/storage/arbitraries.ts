/** Any log record, for properties. */

import fc from 'fast-check'
import { type Entry, liveEntry, tombstone } from '../../src/core/entry.ts'
import { isKey } from '../../src/core/key.ts'
import { formatOrigin, type OriginId } from '../../src/core/origin.ts'
import type { LogRecord } from '../../src/core/record.ts'
import type { VectorEntries } from '../../src/core/vector.ts'

const time = fc.oneof(fc.maxSafeNat(), fc.constantFrom(0, 1, 2 ** 32 - 1, 2 ** 32, Number.MAX_SAFE_INTEGER))

const origin: fc.Arbitrary<OriginId> = fc
  .record({
    name: fc.constantFrom('a', 'node-7', 'A.b_c-9', 'x'.repeat(63)),
    run: fc.integer({ min: 1, max: 2 ** 32 }),
    birth: fc.maxSafeNat(),
    random: fc.constantFrom('abcdefghij', '0123456789', 'zzzzzzzzzz'),
  })
  .map(formatOrigin)

const key = fc
  .oneof(
    fc.string({ unit: 'binary', minLength: 1, maxLength: 80 }),
    fc.constantFrom('k'.repeat(1024), 'é'.repeat(512), '\ufffd'),
  )
  .filter((text) => isKey(text))

const value = fc.uint8Array({ maxLength: 300 }).map((bytes) => Uint8Array.from(bytes))

const expiry = fc.option(time, { nil: undefined })

/** A time and one before it; 0 when there is none. */
const steps = fc
  .tuple(time, time)
  .map(([one, other]): [number, number] => [Math.max(one, other), one === other ? 0 : Math.min(one, other)])

function entryOf(author: fc.Arbitrary<OriginId>): fc.Arbitrary<Entry> {
  return fc.oneof(
    fc.tuple(key, steps, author, value, expiry).map(([k, [t, p], o, v, e]) => liveEntry(k, t, o, v, p, e)),
    fc.tuple(key, steps, author).map(([k, [t, p], o]) => tombstone(k, t, o, p)),
  )
}

const entries = fc.array(entryOf(origin), { maxLength: 6 })
const vector: fc.Arbitrary<VectorEntries> = fc.uniqueArray(fc.tuple(origin, time), {
  maxLength: 6,
  selector: ([o]) => o,
})

export const logRecord: fc.Arbitrary<LogRecord> = fc.oneof(
  origin.map((o): LogRecord => ({ kind: 'origin', origin: o })),
  fc
    .tuple(origin, time)
    .chain(([o, upTo]) =>
      fc
        .array(entryOf(fc.constant(o)), { maxLength: 6 })
        .map((list): LogRecord => ({ kind: 'write', origin: o, upTo, entries: list })),
    ),
  fc.tuple(time, entries).map(([exchange, list]): LogRecord => ({ kind: 'stage', exchange, entries: list })),
  fc.tuple(time, entries, vector, vector, time).map(
    ([exchange, list, seen, written, floor]): LogRecord => ({
      kind: 'commit',
      exchange,
      entries: list,
      seen,
      written,
      floor,
    }),
  ),
  fc.tuple(time, entries, fc.array(key, { maxLength: 6 }), vector, vector, time).map(
    ([exchange, list, removed, seen, written, floor]): LogRecord => ({
      kind: 'mend',
      exchange,
      entries: list,
      removed,
      seen,
      written,
      floor,
    }),
  ),
  time.map((floor): LogRecord => ({ kind: 'floor', floor })),
  fc.uniqueArray(origin, { maxLength: 6 }).map((marks): LogRecord => ({ kind: 'gone', marks })),
  time.map((to): LogRecord => ({ kind: 'clock', to })),
  time.map((records): LogRecord => ({ kind: 'base', records })),
  entries.map((list): LogRecord => ({ kind: 'held', entries: list })),
  time.map((through): LogRecord => ({ kind: 'end', through })),
  vector.map((seen): LogRecord => ({ kind: 'vector', seen })),
  fc
    .tuple(origin, fc.constantFrom('', 'ws://h:1', 'ws://[::1]:70'))
    .map(([o, address]): LogRecord => ({ kind: 'member', origin: o, address })),
)
