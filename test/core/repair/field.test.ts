/** The field against BigInt. */

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { add, elementOf, invert, multiply, P, subtract } from '../../../src/core/repair/field.ts'

const edges = [0, 1, 2, 0xffff, 0x10000, 0x10001, 0x3fffffff, 0x40000000, P - 0x10000, P - 2, P - 1]
const anElement = fc.oneof(fc.constantFrom(...edges), fc.integer({ min: 0, max: P - 1 }))

function modulo(x: bigint): number {
  const p = BigInt(P)
  return Number(((x % p) + p) % p)
}

describe('the field', () => {
  it('adds, subtracts and multiplies as integers modulo p do', () => {
    fc.assert(
      fc.property(anElement, anElement, (x, y) => {
        expect(add(x, y)).toBe(modulo(BigInt(x) + BigInt(y)))
        expect(subtract(x, y)).toBe(modulo(BigInt(x) - BigInt(y)))
        expect(multiply(x, y)).toBe(modulo(BigInt(x) * BigInt(y)))
      }),
      { numRuns: 5_000 },
    )
  })

  it('has an inverse of every element but 0', () => {
    fc.assert(
      fc.property(anElement, (x) => {
        expect(multiply(x, invert(x))).toBe(x === 0 ? 0 : 1)
      }),
      { numRuns: 2_000 },
    )
  })

  it('makes of any hash an element that is not 0', () => {
    for (const hash of [0, 1, 2, 3, -1, -2, -3, 0x7fffffff, -0x80000000]) {
      expect(elementOf(hash)).toBeGreaterThan(0)
      expect(elementOf(hash)).toBeLessThan(P)
    }
  })
})
