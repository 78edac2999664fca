/**
 * What a replica holds: entries, the claims that cover them, and the clock that followed both. The same at replay as while
 * it runs: what a record says is taken in by the same steps.
 */

import { Claims } from './claims.ts'
import { HybridClock } from './clock.ts'
import type { Entry } from './entry.ts'
import type { OriginId } from './origin.ts'
import type { LogRecord } from './record.ts'
import type { Now } from './step.ts'
import { Store } from './store.ts'

export class Holdings {
  readonly store: Store = new Store()
  readonly claims: Claims = new Claims()
  readonly clock: HybridClock
  /** At replay: pieces of the latest exchange, whose commit has not come yet. A replica has one at a time. */
  #restaged: { readonly exchange: number; readonly entries: Entry[] } | undefined
  /**
   * At replay: entries that lie too far ahead of the machine's clock as it is now. How far this node's own clock had come
   * is known at the end of the log only, and all that it had reached was shown: none may be parked, or dropped for a
   * later one that is.
   */
  #ahead: Entry[] = []

  constructor(maxClockSkewMs: number) {
    this.clock = new HybridClock(maxClockSkewMs)
  }

  /** Merges entries in and returns those that became visible. Whoever calls raises V in the same step. */
  merge(entries: readonly Entry[], now: Now): Entry[] {
    const horizon = this.clock.horizon(now.wallMs)
    const shown: Entry[] = []
    for (const entry of entries) {
      this.clock.observe(entry.time, now.wallMs)
      if (this.store.apply(entry, horizon)) shown.push(entry)
    }
    return shown
  }

  /**
   * Merges what the log holds: as then, an own write is shown whatever the clock says now. The clock follows at once: the
   * machine's may be set back before the log is at its end, and what shows must stay below the next stamp.
   */
  #remerge(entries: readonly Entry[], now: Now, isOwn: (origin: OriginId) => boolean): void {
    const foreign = this.clock.horizon(now.wallMs)
    for (const entry of entries) {
      const isMine = isOwn(entry.origin)
      this.clock.observe(entry.time, isMine ? Number.MAX_SAFE_INTEGER : now.wallMs)
      if (isMine) this.store.apply(entry, Number.POSITIVE_INFINITY)
      else if (entry.time <= foreign) this.store.apply(entry, foreign)
      else this.#ahead.push(entry)
    }
  }

  /** Shows what was parked and whose time has come, and returns it. */
  unpark(now: Now): Entry[] {
    if (this.store.parkedCount === 0) return []
    const come = this.store.unpark(this.clock.horizon(now.wallMs))
    for (const { time } of come) this.clock.observe(time, now.wallMs)
    return come
  }

  /** Takes in one record of the log. `isOwn`: whether an origin is a run of this node. */
  replay(
    record: LogRecord,
    now: Now,
    isCurrent: (origin: OriginId) => boolean,
    isOwn: (origin: OriginId) => boolean,
  ): void {
    if (record.kind === 'stage') this.#restage(record.exchange, record.entries)
    if (record.kind === 'commit') {
      if (this.#restaged?.exchange === record.exchange) this.#remerge(this.#restaged.entries, now, isOwn)
      this.#restaged = undefined
    }
    if (record.kind === 'write' || record.kind === 'commit') this.#remerge(record.entries, now, isOwn)
    this.claims.absorb(record, isCurrent)
  }

  /** The log is at its end: what was staged and never committed is not part of the state. */
  replayed(now: Now, isOwn: (origin: OriginId) => boolean): void {
    this.#restaged = undefined
    for (const [origin, time] of this.claims.seen) {
      // Own times count in full: this node's clock never falls, even if the machine's did.
      this.clock.observe(time, isOwn(origin) ? Number.MAX_SAFE_INTEGER : now.wallMs)
    }
    const ahead = this.#ahead
    this.#ahead = []
    this.merge(ahead, now)
  }

  #restage(exchange: number, entries: readonly Entry[]): void {
    // Another exchange: the one before never came to its end.
    if (this.#restaged?.exchange !== exchange) this.#restaged = { exchange, entries: [] }
    for (const entry of entries) this.#restaged.entries.push(entry)
  }
}
