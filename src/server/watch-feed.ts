/**
 * A feed tells one watcher the current state of a range, says `ready`, and goes on with every change. It listens before
 * it reads, so nothing falls between; it ignores changes of keys that it has not read yet, since the page will bring
 * them as they are then, so nothing comes twice. Per key versions never fall. That a value expired, or that repair took
 * it away, is told with the version that it had, so nothing here is dropped by its version. A watcher that cannot take
 * more gets the latest change of each key when it can, tombstones included; when too many keys wait for that, its feed
 * ends by an overflow.
 *
 * The state is read a page a turn, so that a watch of a million keys blocks nobody.
 */

import type { Entry } from '../core/entry.ts'
import { invariant } from '../core/errors.ts'
import { compareKeys } from '../core/key.ts'
import type { Timers } from '../core/ports.ts'
import { inRange, type KeyRange } from '../core/range.ts'
import type { HostApi } from '../host/host-api.ts'

/** Entries that a sink gets at one time, at most. */
export const FEED_ENTRIES_MAX = 1_000
/** A list ends at the entry with which its keys and values pass this many bytes. */
export const FEED_BYTES_MAX: number = 256 * 1024
/** Keys that wait for slow watchers, of all feeds that share a budget. A value that waits is the store's own: no copy. */
export const FEED_KEYS_WAITING_MAX = 65_536

export interface FeedSink {
  /** Whether more may come now. When it is true again after it was not, the sink's owner calls `resume`. */
  canTake(): boolean
  /** Up to `FEED_ENTRIES_MAX` entries; `ready` with the last of the current state, once. */
  events(entries: readonly Entry[], ready: boolean): void
  /** Too many keys wait: the feed is over. */
  overflow(): void
}

/** How many keys wait in all feeds that share it; `waiting ≤ max` but for the feed that overflows by it. */
export interface FeedBudget {
  readonly max: number
  waiting: number
}

export interface FeedOptions {
  readonly api: Pick<HostApi, 'page' | 'subscribe'>
  readonly range: KeyRange
  readonly timers: Pick<Timers, 'afterTurn'>
  readonly sink: FeedSink
  readonly budget: FeedBudget
}

export interface Feed {
  /** The sink can take more. */
  resume(): void
  /** Ends it; the sink hears nothing more. Twice is fine. */
  stop(): void
}

/** Starts to read in the next turn; calls nothing before it returns. */
export function startFeed(options: FeedOptions): Feed {
  return new WatchFeed(options)
}

class WatchFeed implements Feed {
  readonly #api: FeedOptions['api']
  readonly #range: KeyRange
  readonly #timers: FeedOptions['timers']
  readonly #sink: FeedSink
  readonly #budget: FeedBudget
  /** Changes that wait, by key, in the order of the latest of each. */
  readonly #waiting = new Map<string, Entry>()
  readonly #unsubscribe: () => void
  #phase: 'state' | 'live' | 'over' = 'state'
  /** All keys up to here have been read; `undefined` before the first page. Counts in the state phase only. */
  #cursor: string | undefined
  #scheduled = false

  constructor({ api, range, timers, sink, budget }: FeedOptions) {
    this.#api = api
    this.#range = range
    this.#timers = timers
    this.#sink = sink
    this.#budget = budget
    this.#unsubscribe = api.subscribe((entries) => this.#heard(entries))
    this.#scheduleRead()
  }

  resume(): void {
    this.#deliver()
    if (this.#phase === 'state') this.#scheduleRead()
  }

  stop(): void {
    if (this.#phase === 'over') return
    this.#phase = 'over'
    this.#unsubscribe()
    this.#budget.waiting -= this.#waiting.size
    this.#waiting.clear()
  }

  #heard(entries: readonly Entry[]): void {
    for (const entry of entries) {
      if (!this.#isDue(entry.key)) continue
      // Deleted first, so that it moves to the end: a list is then in the order in which things happened.
      if (!this.#waiting.delete(entry.key)) this.#budget.waiting++
      this.#waiting.set(entry.key, entry)
      const tooMany = this.#budget.waiting > this.#budget.max
      if (tooMany || this.#waiting.size >= FEED_ENTRIES_MAX) this.#deliver()
      if (tooMany && this.#budget.waiting > this.#budget.max) {
        this.stop()
        this.#sink.overflow()
        return
      }
    }
    this.#deliver()
  }

  #isDue(key: string): boolean {
    if (this.#phase === 'over' || !inRange(key, this.#range)) return false
    return this.#phase === 'live' || (this.#cursor !== undefined && compareKeys(key, this.#cursor) <= 0)
  }

  /** Hands over what waits, as far as the sink takes it. */
  #deliver(): void {
    while (this.#waiting.size > 0 && this.#sink.canTake()) {
      const entries: Entry[] = []
      let bytes = 0
      for (const entry of this.#waiting.values()) {
        entries.push(entry)
        bytes += entry.key.length + (entry.value?.length ?? 0)
        if (entries.length >= FEED_ENTRIES_MAX || bytes > FEED_BYTES_MAX) break
      }
      for (const entry of entries) this.#waiting.delete(entry.key)
      this.#budget.waiting -= entries.length
      this.#sink.events(entries, false)
    }
  }

  #scheduleRead(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    this.#timers.afterTurn(() => {
      this.#scheduled = false
      this.#read()
    })
  }

  #read(): void {
    this.#deliver()
    // What still waits is older than the page: a sink that is full stays behind both.
    if (this.#phase !== 'state' || !this.#sink.canTake()) return
    const { entries, more } = this.#api.page(this.#rest(), {
      reverse: false,
      limit: FEED_ENTRIES_MAX,
      bytesMax: FEED_BYTES_MAX,
      tombstones: false,
    })
    const last = entries.at(-1)
    invariant(!more || last !== undefined, 'a page that is not the last has an entry')
    if (more) this.#cursor = last?.key
    else this.#phase = 'live'
    if (more) this.#scheduleRead()
    this.#sink.events(entries, !more)
  }

  #rest(): KeyRange {
    if (this.#cursor === undefined) return this.#range
    const { lt, lte } = this.#range
    return { gt: this.#cursor, ...(lt !== undefined && { lt }), ...(lte !== undefined && { lte }) }
  }
}
