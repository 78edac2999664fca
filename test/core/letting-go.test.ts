/** How a store lets go: what expires is told once and counts no more, and the floor alone decides what is dropped. */

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hlcFromUnixMs } from '../../src/core/clock.ts'
import { compareEntries, type Entry, isExpired, liveEntry, tombstone } from '../../src/core/entry.ts'
import type { KeyRange } from '../../src/core/range.ts'
import type { Store } from '../../src/core/store.ts'
import { VersionVector } from '../../src/core/vector.ts'
import { ORIGINS } from './arbitraries.ts'
import { aStoreStep, BEGIN_MS, heldOf, hlcAt, KEYS, SteppedStore, type StoreStep } from './store-steps.ts'

const [ORIGIN = ''] = ORIGINS
const someSteps: fc.Arbitrary<StoreStep[]> = fc.array(aStoreStep, { maxLength: 60 })

/** From which floor on it may go; `Infinity`: never. */
function graveOf(entry: Entry): number {
  if (entry.kind === 'tombstone') return entry.time
  return entry.expiresAt === undefined ? Number.POSITIVE_INFINITY : Math.max(entry.time, hlcFromUnixMs(entry.expiresAt))
}

function isParked(store: Store, entry: Entry): boolean {
  return store.shown(entry.key) !== entry
}

function drained(store: Store, floor: number, max: number): number {
  let count = 0
  store.bury(floor)
  for (let slice = 0; slice < 1_000; slice++) {
    const { collected, isDone } = store.collect(max)
    count += collected
    if (isDone) return count
  }
  throw new Error('collecting never ends')
}

describe('collecting', () => {
  it('drops exactly the tombstones and expiring entries at or below the floor, and keeps what is parked', () => {
    fc.assert(
      fc.property(someSteps, fc.integer({ min: 0, max: 120 }), fc.constantFrom(1, 3, 100), (steps, moment, max) => {
        const bench = new SteppedStore()
        for (const step of steps) bench.step(step)
        const { store } = bench
        const floor = hlcAt(moment)
        const before = heldOf(store)
        const stay = before.filter((entry) => graveOf(entry) > floor || isParked(store, entry))
        expect(drained(store, floor, max)).toBe(before.length - stay.length)
        expect(heldOf(store)).toEqual(stay)
        expect(store.heldCount).toBe(stay.length)
        // What was passed over while parked comes up again once it shows.
        store.unpark(Number.POSITIVE_INFINITY)
        drained(store, floor, max)
        expect(heldOf(store)).toEqual(stay.filter((entry) => graveOf(entry) > floor))
      }),
      { numRuns: 1_000 },
    )
  })

  it('takes no more than a slice at once, and says what is left', () => {
    const { store } = new SteppedStore()
    for (let i = 0; i < 100; i++) store.apply(tombstone(`k${i}`, hlcAt(i), ORIGIN), Number.POSITIVE_INFINITY)
    store.bury(hlcAt(49))
    expect(store.collect(20)).toEqual({ collected: 20, isDone: false })
    expect([store.oldestGrave, store.heldCount]).toEqual([hlcAt(20), 80])
    expect(store.collect(1_000)).toEqual({ collected: 30, isDone: true })
    expect(store.oldestGrave).toBe(hlcAt(50))
  })

  it('is done for every merge at once, though slices take a while, and not with what came since', () => {
    const { store } = new SteppedStore()
    for (let i = 10; i < 20; i++) store.apply(tombstone(`k${i}`, hlcAt(i), ORIGIN), Number.POSITIVE_INFINITY)
    store.bury(hlcAt(30))
    const older = liveEntry('k12', hlcAt(5), ORIGIN, Uint8Array.of(1))
    const late = tombstone('k13', hlcAt(25), ORIGIN)
    store.apply(older, Number.POSITIVE_INFINITY)
    store.apply(late, Number.POSITIVE_INFINITY)
    expect(store.collect(1_000)).toEqual({ collected: 8, isDone: true })
    expect(store.all()).toEqual([older, late])
  })

  it('leaves nothing behind: neither in lists, nor in walks, nor in sums', () => {
    fc.assert(
      fc.property(someSteps, (steps) => {
        const bench = new SteppedStore()
        for (const step of steps) bench.step(step)
        const { store } = bench
        for (const key of KEYS) store.clear(key)
        const walked: string[] = []
        const everything: KeyRange = {}
        store.walk(everything, false, ({ key }) => walked.push(key) > 0)
        expect([walked, store.all(), store.notCoveredBy(new VersionVector())]).toEqual([[], [], []])
        expect([store.liveCount, store.tombstoneCount, store.heldCount, store.parkedCount]).toEqual([0, 0, 0, 0])
        const fresh = new SteppedStore().store
        expect(store.summary.sum.toHex()).toBe(fresh.summary.sum.toHex())
        expect(store.fingerprint()).toBe(fresh.fingerprint())
        expect(store.lapse(Number.MAX_SAFE_INTEGER, 1_000)).toEqual([])
        store.bury(Number.MAX_SAFE_INTEGER)
        expect(store.collect(1_000).collected).toBe(0)
      }),
    )
  })
})

describe('lapsing', () => {
  it('tells each entry that expired under the eyes of readers once', () => {
    fc.assert(
      fc.property(someSteps, (steps) => {
        const bench = new SteppedStore()
        const { store } = bench
        const told = new Set<Entry>()
        const everShown = new Set<Entry>()
        for (const step of steps) {
          if (step.kind === 'lapse') {
            const unixMs = BEGIN_MS + bench.moment - step.backMs
            for (const entry of store.lapse(unixMs, step.max)) {
              expect(isExpired(entry, unixMs)).toBe(true)
              expect(store.shown(entry.key)).toBe(entry)
              expect(told.has(entry)).toBe(false)
              told.add(entry)
            }
          } else bench.step(step)
        }
        for (const key of KEYS) {
          const shown = store.shown(key)
          if (shown?.expiresAt !== undefined && !store.hasLapsed(shown)) everShown.add(shown)
        }
        const rest = store.lapse(Number.MAX_SAFE_INTEGER, 1_000)
        expect(new Set(rest)).toEqual(everShown)
        expect(rest.length).toBe(everShown.size)
        expect(store.lapse(Number.MAX_SAFE_INTEGER, 1_000)).toEqual([])
        expect(store.nextExpiry).toBe(Number.POSITIVE_INFINITY)
      }),
      { numRuns: 1_000 },
    )
  })

  it('takes no more than a slice at once, and says when the next one is due', () => {
    const { store } = new SteppedStore()
    for (let i = 0; i < 50; i++) {
      store.apply(liveEntry(`k${i}`, hlcAt(1), ORIGIN, Uint8Array.of(1), 0, BEGIN_MS + i), Number.POSITIVE_INFINITY)
    }
    expect(store.lapse(BEGIN_MS + 40, 10)).toHaveLength(10)
    expect([store.nextExpiry, store.liveCount, store.tombstoneCount]).toEqual([BEGIN_MS + 10, 40, 10])
    expect(store.lapse(BEGIN_MS + 40, 1_000)).toHaveLength(31)
  })
})

describe('counting', () => {
  it('is what a recount of all that shows and has lapsed gives, after any steps', () => {
    fc.assert(
      fc.property(someSteps, (steps) => {
        const bench = new SteppedStore()
        const { store } = bench
        for (const step of steps) {
          bench.step(step)
          const shown = KEYS.flatMap((key) => store.shown(key) ?? [])
          const live = shown.filter((entry) => entry.kind === 'live' && !store.hasLapsed(entry))
          const deleted = shown.filter(({ kind }) => kind === 'tombstone')
          const lapsed = store.all().filter((entry) => store.hasLapsed(entry))
          expect([store.liveCount, store.tombstoneCount]).toEqual([live.length, deleted.length + lapsed.length])
          expect(store.heldCount).toBe(heldOf(store).length)
          expect(store.parkedCount).toBe(heldOf(store).filter((entry) => isParked(store, entry)).length)
          expect(store.all().length).toBe(KEYS.flatMap((key) => store.allOf(key)).length)
        }
      }),
      { numRuns: 1_000 },
    )
  })

  it('what shows beside a parked entry is less than it and not from the future', () => {
    fc.assert(
      fc.property(someSteps, (steps) => {
        const bench = new SteppedStore()
        for (const step of steps) {
          bench.step(step)
          for (const key of KEYS) {
            const [held, beside] = bench.store.allOf(key)
            if (held !== undefined && beside !== undefined) expect(compareEntries(beside, held)).toBeLessThan(0)
          }
        }
      }),
    )
  })
})

describe('parking', () => {
  it('leaves nothing shown above the horizon, also not beside what was parked before', () => {
    const { store } = new SteppedStore()
    store.apply(liveEntry('k', hlcAt(90), ORIGIN, Uint8Array.of(1)), hlcAt(60))
    store.apply(liveEntry('k', hlcAt(70), ORIGIN, Uint8Array.of(2)), Number.POSITIVE_INFINITY)
    store.park(hlcAt(60))
    expect(store.shown('k')).toBeUndefined()
  })
})
