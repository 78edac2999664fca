/** What a store says of everything it holds: always what one says that was made afresh, and the same as of a moment ago. */

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Entry, liveEntry } from '../../../src/core/entry.ts'
import { LaneSum } from '../../../src/core/hash.ts'
import { Summary } from '../../../src/core/repair/summary.ts'
import { Store } from '../../../src/core/store.ts'
import { ORIGINS } from '../arbitraries.ts'
import {
  anEntry,
  aStoreStep,
  BEGIN_MS,
  entryAt,
  heldOf,
  hlcAt,
  KEYS,
  SEED,
  SteppedStore,
  type StoreStep,
} from '../store-steps.ts'

const [ORIGIN = ''] = ORIGINS
const someSteps: fc.Arbitrary<StoreStep[]> = fc.array(aStoreStep, { maxLength: 40 })

/** The summary of these entries and no others, `lapsed` left out of the fingerprint. */
function summaryOf(entries: readonly Entry[], hasLapsed: (entry: Entry) => boolean): Summary {
  const summary = new Summary(SEED)
  for (const entry of entries) {
    summary.change(undefined, entry, false, 0)
    if (hasLapsed(entry)) summary.lapse(entry, 0, 0)
  }
  return summary
}

describe('a summary', () => {
  it('is after every step the one made afresh of what is held', () => {
    fc.assert(
      fc.property(someSteps, (steps) => {
        const bench = new SteppedStore()
        const { store } = bench
        for (const step of steps) {
          bench.step(step)
          const { summary } = store
          const fresh = summaryOf(heldOf(store), (entry) => store.hasLapsed(entry))
          expect(summary.fingerprint()).toBe(fresh.fingerprint())
          expect(summary.sum.toHex()).toBe(fresh.sum.toHex())
          expect(summary.sketch.prefix(64)).toEqual(fresh.sketch.prefix(64))
          for (const key of KEYS) {
            const held = summary.keysOf(summary.kOf(key)).filter((one) => store.held(one) !== undefined)
            expect(held).toEqual(store.held(key) === undefined ? [] : [key])
          }
        }
        expect(store.summary.sketch.prefix()).toEqual(
          summaryOf(heldOf(store), (entry) => store.hasLapsed(entry)).sketch.prefix(),
        )
      }),
      { numRuns: 8 },
    )
  })

  it('is the same when sketch and index are made later, in slices while the store goes on to change', () => {
    const someSlices = fc.array(fc.tuple(aStoreStep, fc.integer({ min: 0, max: 2 })), { maxLength: 60 })
    fc.assert(
      fc.property(someSteps, someSlices, (steps, slices) => {
        const bench = new SteppedStore()
        const { store } = bench
        store.load()
        for (const step of steps) bench.step(step)
        for (const [step, max] of slices) {
          store.summary.advance(max)
          bench.step(step)
        }
        const fresh = summaryOf(heldOf(store), (entry) => store.hasLapsed(entry))
        expect(store.summary.fingerprint()).toBe(fresh.fingerprint())
        expect(store.summary.sum.toHex()).toBe(fresh.sum.toHex())
        const view = store.freeze()
        expect(view.cells).toEqual(fresh.sketch.prefix())
        for (const key of KEYS) expect(view.heldUnder(store.summary.kOf(key))).toEqual(heldOf(store, [key]))
      }),
      { numRuns: 40 },
    )
  })

  it('has a sum to which each entry adds and from which it can be taken', () => {
    fc.assert(
      fc.property(fc.array(anEntry, { maxLength: 20 }), (entries) => {
        const store = newStore(() => 0)
        for (const entry of entries) store.apply(entry, Number.POSITIVE_INFINITY)
        const sum = new LaneSum()
        for (const entry of heldOf(store)) store.summary.addTo(sum, entry, 1)
        expect(sum.toHex()).toBe(store.summary.sum.toHex())
        for (const entry of heldOf(store)) store.summary.addTo(sum, entry, -1)
        expect(sum.toHex()).toBe(new LaneSum().toHex())
      }),
    )
  })

  it('tells a tombstone from a value of the same version', () => {
    const live = entryAt('a', 5, ORIGIN)
    const other: Entry = { ...live, kind: 'tombstone', value: undefined }
    const alive: Entry = { ...live, kind: 'live', value: Uint8Array.of(1) }
    const [dead, here] = [summaryOf([other], () => false), summaryOf([alive], () => false)]
    expect(dead.sum.toHex()).not.toBe(here.sum.toHex())
    expect(dead.weightOf(other)).not.toBe(here.weightOf(alive))
  })
})

/** Live entries alone, so that nothing expires. */
const someVersions = fc.uniqueArray(
  fc.tuple(fc.constantFrom(...KEYS), fc.integer({ min: 1, max: 60 }), fc.constantFrom(...ORIGINS)),
  { selector: ([key, moment, origin]) => `${key} ${moment} ${origin}`, maxLength: 30 },
)

function newStore(clock: () => number): Store {
  return new Store(SEED, () => {}, clock)
}

/** Puts them in this order, the clock following, and asks of each moment. */
function expectAsOf(versions: readonly (readonly [string, number, string])[]): void {
  const entries = versions.map(([key, moment, origin]) => liveEntry(key, hlcAt(moment), origin, Uint8Array.of(1)))
  let clock = 0
  const store = newStore(() => clock)
  for (const entry of entries) {
    clock = Math.max(clock, entry.time)
    store.apply(entry, Number.POSITIVE_INFINITY)
  }
  for (let moment = 0; moment <= 61; moment++) {
    const then = newStore(() => 0)
    for (const entry of entries) if (entry.time <= hlcAt(moment)) then.apply(entry, Number.POSITIVE_INFINITY)
    expect(store.summary.fingerprintAsOf(hlcAt(moment))).toBe(then.fingerprint())
  }
}

describe('the fingerprint as of an earlier time', () => {
  it('is that of a store that got only the versions up to it, when they came in the order of their times', () => {
    fc.assert(
      fc.property(someVersions, (versions) => {
        expectAsOf(versions.toSorted((a, b) => a[1] - b[1] || (a[2] < b[2] ? -1 : 1)))
      }),
    )
  })

  it('is unknown once more has changed than is remembered, and known again for later times', () => {
    let clock = 0
    const store = newStore(() => clock)
    for (let i = 1; i <= 9_000; i++) {
      clock = i
      store.apply(liveEntry(`k${i}`, i, ORIGIN, Uint8Array.of(1)), Number.POSITIVE_INFINITY)
    }
    expect(store.summary.fingerprintAsOf(100)).toBeUndefined()
    const then = newStore(() => 0)
    for (let i = 1; i <= 8_000; i++) then.apply(liveEntry(`k${i}`, i, ORIGIN, Uint8Array.of(1)), 1e9)
    expect(store.summary.fingerprintAsOf(8_000)).toBe(then.fingerprint())
  })

  it('has a value that expired since, and not one that had expired by then', () => {
    let clock = hlcAt(1)
    const store = newStore(() => clock)
    const entry = liveEntry('a', hlcAt(1), ORIGIN, Uint8Array.of(1), 0, BEGIN_MS + 20)
    store.apply(entry, Number.POSITIVE_INFINITY)
    const present = store.fingerprint()
    clock = hlcAt(25)
    expect(store.lapse(BEGIN_MS + 25, 10)).toEqual([entry])
    expect(store.summary.fingerprintAsOf(hlcAt(19))).toBe(present)
    expect(store.summary.fingerprintAsOf(hlcAt(20))).toBe(newStore(() => 0).fingerprint())
    expect(store.summary.fingerprintAsOf(hlcAt(0))).toBe(newStore(() => 0).fingerprint())
  })
})
