/** Steps that change a store in every way there is, drawn for properties: few keys and times, so that they meet. */

import fc from 'fast-check'
import { HLC_EPOCH_MS, hlcFromUnixMs } from '../../src/core/clock.ts'
import { type Entry, liveEntry, tombstone } from '../../src/core/entry.ts'
import type { OriginId } from '../../src/core/origin.ts'
import { seedOf } from '../../src/core/repair/key-hash.ts'
import { Store } from '../../src/core/store.ts'
import { anOrigin, ORIGINS } from './arbitraries.ts'

export const SEED = seedOf('tests')
/** Where the moments of steps begin, Unix ms; a moment is so many ms later. */
export const BEGIN_MS: number = HLC_EPOCH_MS + 1_000_000
export const KEYS: readonly string[] = ['a', 'b', 'c', 'd', 'e']

export type StoreStep =
  | { readonly kind: 'apply'; readonly entry: Entry; readonly isOwn: boolean }
  | { readonly kind: 'pass'; readonly ms: number }
  | { readonly kind: 'unpark' | 'park' }
  | { readonly kind: 'lapse' | 'collect'; readonly max: number; readonly backMs: number }
  | { readonly kind: 'clear'; readonly key: string }

export function hlcAt(moment: number): number {
  return hlcFromUnixMs(BEGIN_MS + moment)
}

/** The one entry of this version and key. Some are tombstones, some expire, some of those before they were written. */
export function entryAt(key: string, moment: number, origin: OriginId): Entry {
  const salt = moment * 7 + ORIGINS.indexOf(origin) * 3 + key.charCodeAt(0)
  const time = hlcAt(moment)
  if (salt % 3 === 0) return tombstone(key, time, origin)
  const expiresAt = salt % 3 === 1 ? BEGIN_MS + moment - 5 + (salt % 41) : undefined
  return liveEntry(key, time, origin, Uint8Array.of(salt & 0xff), 0, expiresAt)
}

export const anEntry: fc.Arbitrary<Entry> = fc
  .tuple(fc.constantFrom(...KEYS), fc.integer({ min: 1, max: 60 }), anOrigin)
  .map(([key, moment, origin]) => entryAt(key, moment, origin))

const aMax = fc.constantFrom(1, 2, 100)
const aBack = fc.integer({ min: 0, max: 20 })

export const aStoreStep: fc.Arbitrary<StoreStep> = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({ kind: fc.constant('apply' as const), entry: anEntry, isOwn: fc.boolean() }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 8 }) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('unpark' as const, 'unpark' as const, 'park' as const) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constantFrom('lapse' as const, 'collect' as const),
      max: aMax,
      backMs: aBack,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('clear' as const), key: fc.constantFrom(...KEYS) }),
  },
)

/** A store and the moment that its clock shows; what is stamped more than 10 ms later is parked. */
export class SteppedStore {
  moment = 10
  readonly store: Store = new Store(
    SEED,
    () => {},
    () => hlcAt(this.moment),
  )

  get horizon(): number {
    return hlcAt(this.moment + 10)
  }

  step(step: StoreStep): void {
    const { store } = this
    switch (step.kind) {
      case 'apply':
        store.apply(step.entry, step.isOwn ? Number.POSITIVE_INFINITY : this.horizon)
        break
      case 'pass':
        this.moment += step.ms
        break
      case 'unpark':
        store.unpark(this.horizon)
        break
      case 'park':
        store.park(this.horizon)
        break
      case 'lapse':
        store.lapse(BEGIN_MS + this.moment - step.backMs, step.max)
        break
      case 'collect':
        store.bury(hlcAt(this.moment - step.backMs))
        store.collect(step.max)
        break
      case 'clear':
        store.clear(step.key)
        break
    }
  }
}

/** What is held of the keys, in their order. */
export function heldOf(store: { held(key: string): Entry | undefined }, keys: readonly string[] = KEYS): Entry[] {
  return keys.flatMap((key) => store.held(key) ?? [])
}
