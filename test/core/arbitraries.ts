/** Entries, origins and keys for properties: few names and few times, so that they meet. */

import fc from 'fast-check'
import { type Entry, liveEntry, tombstone } from '../../src/core/entry.ts'
import { isKey } from '../../src/core/key.ts'
import { formatOrigin, type OriginId } from '../../src/core/origin.ts'

/** No run here was born later. */
export const BIRTH_MAX = 30

export const ORIGINS: readonly OriginId[] = [
  formatOrigin({ name: 'a', run: 1, birth: 10, random: 'aaaaaaaaaa' }),
  formatOrigin({ name: 'a', run: 2, birth: 20, random: 'bbbbbbbbbb' }),
  formatOrigin({ name: 'b', run: 1, birth: 0, random: 'cccccccccc' }),
  formatOrigin({ name: 'c', run: 40, birth: BIRTH_MAX, random: 'dddddddddd' }),
]

export const anOrigin: fc.Arbitrary<OriginId> = fc.constantFrom(...ORIGINS)

/** Any text, lone surrogates and all. */
export const anyText: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 12 }).map((units) => String.fromCharCode(...units)),
)

/** Keys near the places where UTF-16 and UTF-8 sort differently, and ordinary ones. */
export const aKey: fc.Arbitrary<string> = fc
  .oneof(
    fc.string({ unit: 'binary', minLength: 1, maxLength: 8 }),
    fc
      .array(fc.constantFrom('a', 'b', '\u07ff', '\u0800', '\ud7ff', '\ue000', '\uffff', '\u{10000}', '\u{10ffff}'), {
        minLength: 1,
        maxLength: 4,
      })
      .map((points) => points.join('')),
  )
  .filter(isKey)

/** Entries of one key. Equal versions with other contents are among them. */
export const rivalEntry: fc.Arbitrary<Entry> = fc
  .record({
    time: fc.integer({ min: 31, max: 34 }),
    origin: anOrigin,
    value: fc.option(fc.uint8Array({ maxLength: 2 }), { nil: undefined }),
  })
  .map(({ time, origin, value }) =>
    value === undefined ? tombstone('k', time, origin) : liveEntry('k', time, origin, value),
  )
