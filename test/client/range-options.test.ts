/**
 * Prefix and bounds together mean exactly the keys in both, and a page leaves behind exactly the keys that it did not
 * hold.
 */

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type RangeOptions, rangeBehind, toRange } from '../../src/client/range-options.ts'
import { compareKeys } from '../../src/core/key.ts'
import { inRange } from '../../src/core/range.ts'

const LETTERS = ['a', 'b', '/', '\u007f', '\uffff', '🫖', '\u{10ffff}']
const keys = fc.array(fc.constantFrom(...LETTERS), { minLength: 1, maxLength: 4 }).map((parts) => parts.join(''))
const bound = fc.option(keys, { nil: undefined })
const options = fc
  .record({ prefix: fc.option(fc.oneof(keys, fc.constant('')), { nil: undefined }), low: bound, high: bound })
  .chain(({ prefix, low, high }) =>
    fc.record({ lowOpen: fc.boolean(), highOpen: fc.boolean() }).map(
      ({ lowOpen, highOpen }): RangeOptions => ({
        prefix,
        [lowOpen ? 'gt' : 'gte']: low,
        [highOpen ? 'lt' : 'lte']: high,
      }),
    ),
  )

describe('range options', () => {
  it('mean the keys that have the prefix and lie within the bounds', () => {
    fc.assert(
      fc.property(options, keys, ({ prefix, ...bounds }, key) => {
        const clean = Object.fromEntries(Object.entries(bounds).filter(([, value]) => value !== undefined))
        const meant = (prefix === undefined || key.startsWith(prefix)) && inRange(key, clean)
        expect(inRange(key, toRange({ prefix, ...bounds }))).toBe(meant)
      }),
      { numRuns: 2_000 },
    )
  })

  it('never give two bounds on one side', () => {
    fc.assert(
      fc.property(options, (given) => {
        const range = toRange(given)
        expect(range.gt !== undefined && range.gte !== undefined).toBe(false)
        expect(range.lt !== undefined && range.lte !== undefined).toBe(false)
      }),
    )
  })

  it('leave behind a page exactly what it did not hold', () => {
    fc.assert(
      fc.property(options, keys, keys, fc.boolean(), (given, last, key, reverse) => {
        const range = toRange(given)
        fc.pre(inRange(last, range))
        const beyond = reverse ? compareKeys(key, last) < 0 : compareKeys(key, last) > 0
        expect(inRange(key, rangeBehind(range, last, reverse))).toBe(beyond && inRange(key, range))
      }),
    )
  })
})
