/**
 * Lets go of what nobody needs any more. Values that expire stop counting when their time has come; they and tombstones
 * are dropped once the stable time says that every member has seen them; the floor remembers how far that went. Both in slices, since
 * a hundred thousand may fall due at once.
 */

import type { Holdings } from './holdings.ts'
import type { Outbox } from './outbox.ts'
import type { Now } from './step.ts'

export class Collector {
  readonly counters = { entriesExpired: 0, tombstonesCollected: 0, floorsRaised: 0 }
  readonly #sliceEntriesMax: number
  readonly #holdings: Holdings
  readonly #outbox: Outbox

  constructor({ sliceEntriesMax }: { readonly sliceEntriesMax: number }, holdings: Holdings, outbox: Outbox) {
    this.#sliceEntriesMax = sliceEntriesMax
    this.#holdings = holdings
    this.#outbox = outbox
  }

  /**
   * Lets go of what is due at the stable time of now; an earlier one says nothing of what a returner has brought since.
   * The floor rises first, in the log too, and only where that lets go of something: with a low one more pulls are safe.
   */
  raise(known: number | undefined, now: Now): void {
    const { store, clock } = this.#holdings
    if (known === undefined) return
    // What a clock far ahead lets go of, the others would keep for as long.
    const stable = Math.min(known, clock.limit(now.wallMs))
    if (store.oldestGrave > stable) return
    this.#holdings.floor = Math.max(this.#holdings.floor, stable)
    this.counters.floorsRaised++
    this.#outbox.append({ kind: 'floor', floor: stable })
    store.bury(stable)
    this.collect()
  }

  /** The next slice. */
  collect(): void {
    const { collected, isDone } = this.#holdings.store.collect(this.#sliceEntriesMax)
    this.counters.tombstonesCollected += collected
    if (!isDone) this.#outbox.chore()
  }

  lapse(now: Now): void {
    const { store } = this.#holdings
    if (store.nextExpiry > this.#holdings.unixMs(now)) return
    const lapsed = this.#holdings.lapse(this.#sliceEntriesMax, now)
    this.counters.entriesExpired += lapsed.length
    this.#outbox.notify(lapsed)
    if (store.nextExpiry <= this.#holdings.unixMs(now)) this.#outbox.chore()
  }
}
