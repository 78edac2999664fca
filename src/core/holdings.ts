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
  /** At replay: pieces of exchanges whose commit has not come yet. */
  readonly #restaged = new Map<number, Entry[]>()

  constructor(maxClockSkewMs: number) {
    this.clock = new HybridClock(maxClockSkewMs, 0)
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

  /** Shows what was parked and whose time has come, and returns it. */
  unpark(now: Now): Entry[] {
    if (this.store.parkedCount === 0) return []
    const come = this.store.unpark(this.clock.horizon(now.wallMs))
    for (const { time } of come) this.clock.observe(time, now.wallMs)
    return come
  }

  /** Takes in one record of the log. */
  replay(record: LogRecord, now: Now, isCurrent: (origin: OriginId) => boolean): void {
    if (record.kind === 'stage') this.#restage(record.exchange, record.entries)
    if (record.kind === 'commit') {
      this.merge(this.#restaged.get(record.exchange) ?? [], now)
      this.#restaged.delete(record.exchange)
    }
    if (record.kind === 'write' || record.kind === 'commit') this.merge(record.entries, now)
    this.claims.absorb(record, isCurrent)
  }

  /** The log is at its end: what was staged and never committed is not part of the state. `isOwn`: an origin of this node. */
  replayed(now: Now, isOwn: (origin: OriginId) => boolean): void {
    this.#restaged.clear()
    for (const [origin, time] of this.claims.seen) {
      // Own times count in full: this node's clock never falls, even if the machine's did.
      this.clock.observe(time, isOwn(origin) ? Number.MAX_SAFE_INTEGER : now.wallMs)
    }
    this.unpark(now)
  }

  #restage(exchange: number, entries: readonly Entry[]): void {
    const staged = this.#restaged.get(exchange)
    if (staged === undefined) this.#restaged.set(exchange, [...entries])
    else for (const entry of entries) staged.push(entry)
  }
}
