/** How near the estimate comes to the number of differences, from one to more than the sketch can tell. */

import { describe, expect, it } from 'vitest'
import { Cells } from '../../../src/core/repair/cells.ts'
import { ESTIMATE_MAX, ESTIMATOR_BYTES, estimateOf, estimatorOf } from '../../../src/core/repair/estimate.ts'
import { Sketch } from '../../../src/core/repair/sketch.ts'
import { numbersFrom, sampleOf, sketchOf } from './samples.ts'

const common = sampleOf(200, 20)

/** Estimate ÷ number of differences, in rising order. */
function ratiosOf(size: number, runs: number): number[] {
  const mine = sketchOf(common).estimator()
  return Array.from({ length: runs }, (_, run) => {
    const theirs = sketchOf(common)
    for (const [k, weight] of sampleOf(size, 1_000 + 37 * size + run)) theirs.change(k, weight)
    return (estimateOf(theirs.estimator(), mine) ?? Number.NaN) / size
  }).sort((a, b) => a - b)
}

describe('the estimate', () => {
  it('is nothing for equal stores, and near it for one difference', () => {
    const estimator = sketchOf(common).estimator()
    expect(estimator.length).toBe(ESTIMATOR_BYTES)
    expect(estimateOf(estimator, sketchOf(common).estimator())).toBe(0)
    for (const ratio of ratiosOf(1, 20)) expect(ratio).toBeLessThanOrEqual(6)
  })

  it.each([
    { size: 10, runs: 60, usual: 0.35 },
    { size: 30, runs: 60, usual: 0.3 },
    { size: 100, runs: 60, usual: 0.25 },
    { size: 300, runs: 40, usual: 0.25 },
    { size: 1_000, runs: 40, usual: 0.25 },
    { size: 3_000, runs: 20, usual: 0.25 },
    { size: 10_000, runs: 10, usual: 0.25 },
    { size: 20_000, runs: 6, usual: 0.3 },
  ])('of $size differences is mostly within a quarter, never beyond a factor of 2.5', ({ size, runs, usual }) => {
    const ratios = ratiosOf(size, runs)
    const off = ratios.map((ratio) => Math.abs(ratio - 1)).sort((a, b) => a - b)
    expect(off[Math.floor(runs / 2)]).toBeLessThan(usual)
    expect(ratios[0]).toBeGreaterThan(1 / 2.5)
    expect(ratios[runs - 1]).toBeLessThan(2.5)
  })

  it('ends at its maximum', () => {
    const theirs = sketchOf(sampleOf(200_000, 21)).estimator()
    expect(estimateOf(theirs, new Sketch().estimator())).toBeGreaterThan(0.9 * ESTIMATE_MAX)
  })

  it('takes any 72 bytes and no others', () => {
    const next = numbersFrom(22)
    const mine = sketchOf(common).estimator()
    for (let run = 0; run < 50; run++) {
      const estimate = estimateOf(
        mine.map(() => next()),
        mine,
      )
      expect(estimate !== undefined && Number.isInteger(estimate) && estimate >= 0 && estimate <= ESTIMATE_MAX).toBe(
        true,
      )
    }
    expect(estimateOf(mine.subarray(1), mine)).toBeUndefined()
    expect(estimateOf(new Uint8Array(73), mine)).toBeUndefined()
    expect(() => estimatorOf(new Cells(10))).toThrow('a whole sketch')
  })
})
