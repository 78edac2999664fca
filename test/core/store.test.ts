/** The store against a simple model: what is held, what shows, what a vector misses, and the fingerprint of it all. */

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compareEntries, type Entry, liveEntry, tombstone } from '../../src/core/entry.ts'
import { Store } from '../../src/core/store.ts'
import { VersionVector } from '../../src/core/vector.ts'
import { anOrigin, ORIGINS } from './arbitraries.ts'
import { SEED } from './store-steps.ts'

const [OWN = ''] = ORIGINS
const ofOthers = anOrigin.filter((origin) => origin !== OWN)

type Step =
  | { readonly kind: 'apply'; readonly entry: Entry; readonly isOwn: boolean }
  | { readonly kind: 'pass'; readonly ticks: number }

/** Times 31 to 80; the horizon starts at 40 and rises. One version has one content, as it has on real nodes. */
const aStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .record({
        key: fc.constantFrom('a', 'b', 'c'),
        time: fc.integer({ min: 31, max: 80 }),
        origin: ofOthers,
        isOwn: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
      })
      .map(({ key, time, isOwn, ...others }) => {
        // An own write is never met before it is made.
        const origin = isOwn ? OWN : others.origin
        const content = Uint8Array.of(time, ORIGINS.indexOf(origin))
        const entry = time % 3 === 0 ? tombstone(key, time, origin) : liveEntry(key, time, origin, content)
        return { kind: 'apply' as const, entry, isOwn }
      }),
  },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 8 }).map((ticks) => ({ kind: 'pass' as const, ticks })) },
)

function newStore(): Store {
  return new Store(
    SEED,
    () => {},
    () => 0,
  )
}

function greatest(entries: readonly Entry[]): Entry | undefined {
  return entries.reduce<Entry | undefined>((best, e) => (best && compareEntries(best, e) >= 0 ? best : e), undefined)
}

/** Everything that came, and what of it may show: of several entries ahead of their time only the greatest is kept. */
class Model {
  readonly #came: Entry[] = []
  readonly #due: Entry[] = []
  horizon = 40

  apply(entry: Entry, isOwn: boolean): void {
    this.#came.push(entry)
    if (isOwn || entry.time <= this.horizon) this.#due.push(entry)
  }

  pass(ticks: number): void {
    this.horizon += ticks
    for (const key of new Set(this.#came.map((entry) => entry.key))) {
      const held = this.held(key)
      if (held !== undefined && held.time <= this.horizon) this.#due.push(held)
    }
  }

  held(key: string): Entry | undefined {
    return greatest(this.#came.filter((entry) => entry.key === key))
  }

  shown(key: string): Entry | undefined {
    return greatest(this.#due.filter((entry) => entry.key === key))
  }
}

function runSteps(steps: readonly Step[], check: (store: Store, model: Model) => void): void {
  const store = newStore()
  const model = new Model()
  for (const step of steps) {
    if (step.kind === 'apply') {
      const { key } = step.entry
      const before = store.shown(key)
      model.apply(step.entry, step.isOwn)
      const becameShown = store.apply(step.entry, step.isOwn ? Number.POSITIVE_INFINITY : model.horizon)
      expect(becameShown).toBe(store.shown(key) !== before)
      if (becameShown) expect(store.shown(key)).toBe(step.entry)
    } else {
      model.pass(step.ticks)
      for (const entry of store.unpark(model.horizon)) expect(store.shown(entry.key)).toBe(entry)
    }
    check(store, model)
  }
}

describe('the store', () => {
  it('holds the greatest version of each key and shows the greatest whose time has come', () => {
    fc.assert(
      fc.property(fc.array(aStep, { maxLength: 40 }), (steps) => {
        runSteps(steps, (store, model) => {
          let live = 0
          let deleted = 0
          for (const key of ['a', 'b', 'c']) {
            expect(store.held(key)).toEqual(model.held(key))
            const shown = store.shown(key)
            expect(shown).toEqual(model.shown(key))
            if (shown?.kind === 'live') live++
            else if (shown !== undefined) deleted++
          }
          expect([store.liveCount, store.tombstoneCount]).toEqual([live, deleted])
        })
      }),
      { numRuns: 1_000 },
    )
  })

  it('keeps a fingerprint that is the one of what it holds', () => {
    fc.assert(
      fc.property(fc.array(aStep, { maxLength: 40 }), (steps) => {
        runSteps(steps, (store) => {
          const fresh = newStore()
          for (const key of ['a', 'b', 'c']) {
            const held = store.held(key)
            if (held !== undefined) fresh.apply(held, Number.POSITIVE_INFINITY)
          }
          expect(store.fingerprint()).toBe(fresh.fingerprint())
        })
      }),
    )
  })

  it('has the same fingerprint whatever order things came in', () => {
    fc.assert(
      fc.property(fc.array(aStep, { maxLength: 20 }), fc.infiniteStream(fc.nat()), (steps, chance) => {
        const [there, here] = [newStore(), newStore()]
        const entries = steps.flatMap((step) => (step.kind === 'apply' ? [step.entry] : []))
        for (const entry of entries) there.apply(entry, 40)
        const shuffled = entries.map((entry) => ({ entry, at: chance.next().value }))
        for (const { entry } of shuffled.sort((a, b) => a.at - b.at)) here.apply(entry, 60)
        expect(here.fingerprint()).toBe(there.fingerprint())
      }),
    )
  })

  it('lists exactly what a vector does not cover: what is held, and what shows beside it', () => {
    const vector = fc.array(fc.tuple(anOrigin, fc.integer({ min: 0, max: 80 })))
    fc.assert(
      fc.property(fc.array(aStep, { maxLength: 40 }), vector, (steps, claims) => {
        const seen = new VersionVector()
        seen.union(claims)
        runSteps(steps, (store) => {
          const all = new Set(['a', 'b', 'c'].flatMap((key) => [store.held(key), store.shown(key)]))
          const want = [...all].filter((entry) => entry !== undefined && !seen.covers(entry))
          const missing = store.notCoveredBy(seen)
          expect(new Set(missing)).toEqual(new Set(want))
          expect(missing.length).toBe(want.length)
          for (const origin of ORIGINS) {
            const times = missing.filter((entry) => entry.origin === origin).map(({ time }) => time)
            expect(times).toEqual(times.toSorted((a, b) => a - b))
          }
        })
      }),
    )
  })

  it('walks over what shows, tombstones too, in the order of keys', () => {
    const [origin = ''] = ORIGINS
    const store = newStore()
    store.apply(liveEntry('b', 35, origin, Uint8Array.of(1)), 40)
    store.apply(tombstone('c', 36, origin), 40)
    store.apply(liveEntry('a', 37, origin, Uint8Array.of(2)), 40)
    store.apply(liveEntry('d', 70, origin, Uint8Array.of(3)), 40)
    store.apply(liveEntry('b', 71, origin, Uint8Array.of(4)), 40)
    const seen: string[] = []
    store.walk({}, false, ({ key, time }) => seen.push(`${key}@${time}`) > 0)
    expect(seen).toEqual(['a@37', 'b@35', 'c@36'])
    expect(store.parkedCount).toBe(2)
  })

  it('forgets replaced entries in its lists, however many there were', () => {
    const [origin = ''] = ORIGINS
    const store = newStore()
    for (let time = 100; time < 5_000; time++) {
      store.apply(liveEntry(`k${time % 10}`, time, origin, Uint8Array.of(1)), Number.POSITIVE_INFINITY)
    }
    const missing = store.notCoveredBy(new VersionVector())
    expect(missing.map(({ time }) => time)).toEqual([4990, 4991, 4992, 4993, 4994, 4995, 4996, 4997, 4998, 4999])
  })
})
