/** A frozen view is a store that never saw anything newer, whatever happens to the one it was taken from. */

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { liveEntry } from '../../../src/core/entry.ts'
import { VIEW_CHANGES_MAX } from '../../../src/core/repair/frozen-view.ts'
import { Summary } from '../../../src/core/repair/summary.ts'
import { ORIGINS } from '../arbitraries.ts'
import { aStoreStep, heldOf, KEYS, SEED, SteppedStore } from '../store-steps.ts'

const [ORIGIN = ''] = ORIGINS
const someSteps = fc.array(aStoreStep, { maxLength: 40 })

describe('a frozen view', () => {
  it('stays what was held when it was made, under any later steps', () => {
    fc.assert(
      fc.property(someSteps, someSteps, (before, after) => {
        const bench = new SteppedStore()
        const { store } = bench
        for (const step of before) bench.step(step)
        const held = heldOf(store)
        const sum = store.summary.sum.toHex()
        const cells = store.summary.sketch.prefix(100)
        const estimator = store.summary.sketch.estimator()
        const view = store.freeze()
        const check = (): void => {
          expect(heldOf(view)).toEqual(held)
          expect(view.keys().sort()).toEqual(held.map(({ key }) => key))
          for (const key of KEYS) {
            expect(view.heldUnder(store.summary.kOf(key))).toEqual(held.filter((entry) => entry.key === key))
          }
          expect([view.count, view.sum, view.sumCopy().toHex()]).toEqual([held.length, sum, sum])
        }
        check()
        for (const step of after) {
          bench.step(step)
          check()
        }
        expect(view.cells.copy(100, 0)).toEqual(cells)
        expect(view.estimator).toEqual(estimator)
        store.summary.release(view)
      }),
      { numRuns: 100 },
    )
  })

  it('is one of several, each of its own instant', () => {
    fc.assert(
      fc.property(fc.array(someSteps, { maxLength: 4 }), (rounds) => {
        const bench = new SteppedStore()
        const views = rounds.map((steps) => {
          for (const step of steps) bench.step(step)
          return { view: bench.store.freeze(), held: heldOf(bench.store) }
        })
        for (const key of KEYS) bench.store.clear(key)
        for (const { view, held } of views) expect(heldOf(view)).toEqual(held)
      }),
      { numRuns: 50 },
    )
  })

  it('is overrun when more keys change than it remembers', () => {
    const summary = new Summary(SEED)
    const view = summary.freeze(new Map())
    const entry = liveEntry('k', 1, ORIGIN, Uint8Array.of(1))
    // As the summary would, without a sketch to keep for each.
    for (let i = 0; i < VIEW_CHANGES_MAX; i++) view.note(i, `k${i}`, undefined, entry)
    expect(view.isOverrun).toBe(false)
    for (let i = 0; i < 2; i++) view.note(i, `k${i}`, entry, undefined)
    expect(view.isOverrun).toBe(false)
    for (let i = 0; i < 2; i++) view.note(i, `other${i}`, undefined, entry)
    expect(view.isOverrun).toBe(true)
  })
})
