/** Sorted keys against the order of their bytes, of every kind of key that takes a way of its own. */

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compareKeys } from '../../src/core/key.ts'
import { isWide, sortKeys, sortSteps } from '../../src/core/key-sort.ts'

const letters = fc.string({ unit: fc.constantFrom('a', 'b', '\0', '\u007f', '\u00fd', '\u00fe', '\u0100', '\u0200') })
const anything = fc.string({ unit: 'binary' })
const prefixed = fc.tuple(fc.constantFrom('', 'user:', 'user:1', 'session/'), letters).map((parts) => parts.join(''))

/** In no order, the same in each run. */
function scattered(count: number, keyOf: (n: number) => string): string[] {
  return Array.from({ length: count }, (_, n) => keyOf(Math.imul(n + 1, 0x9e3779b1) >>> 0))
}

describe('sorting keys', () => {
  it('puts them in the order of their bytes', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.oneof(letters, anything, prefixed), { maxLength: 300, size: 'max' }), (keys) => {
        const sorted = [...keys]
        sortKeys(sorted, keys.some(isWide))
        expect(sorted).toEqual([...keys].sort(compareKeys))
      }),
    )
  })

  for (const [name, keyOf] of [
    ['of digits', (n: number) => `key:${n.toString(16).padStart(8, '0')}`],
    ['of few groups', (n: number) => `${['user:', 'session:', 'cfg/'][n % 3]}${n}`],
    [
      'of one group and one that stands apart',
      (n: number) => (n % 50_000 === 0 ? `z${n}` : `long common beginning ${n}`),
    ],
    ['beyond Latin', (n: number) => `${String.fromCharCode(0x4e00 + (n % 5_000))}${n}`],
    ['beyond the first plane', (n: number) => `${String.fromCodePoint(n % 2 === 0 ? 0x1f600 : 0xff01)}${n}`],
    ['that begin with each other', (n: number) => 'x'.repeat(n % 7).concat(String(n))],
  ] as const) {
    it(`does so with many ${name}, in slices`, () => {
      const keys = scattered(40_000, keyOf)
      const sorted = [...keys]
      let steps = 0
      for (const _step of sortSteps(sorted, keys.some(isWide))) steps++
      expect(sorted).toEqual(keys.sort(compareKeys))
      expect(steps).toBeGreaterThan(0)
    })
  }

  it('only looks at those that are sorted', () => {
    const keys = Array.from({ length: 40_000 }, (_, n) => String(n).padStart(8, '0'))
    expect([...sortSteps(keys, false)].length).toBeLessThan(4)
    expect([...sortSteps(keys.reverse(), false)].length).toBeGreaterThan(4)
  })
})
