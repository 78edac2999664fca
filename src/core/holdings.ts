/**
 * What a replica holds: entries, the claims that cover them, the floor up to which it may have let go of tombstones, and
 * the clock that followed all of these. The same at replay as while it runs: what a record says is taken in by the same
 * steps.
 */

import { Claims } from './claims.ts'
import { HybridClock, unixMsFromHlc } from './clock.ts'
import { Conflicts } from './conflicts.ts'
import { departed, type Entry, isExpired } from './entry.ts'
import { formatOrigin, type Origin, type OriginId } from './origin.ts'
import type { LogRecord } from './record.ts'
import { type KeySeed, seedOf } from './repair/key-hash.ts'
import type { Now } from './step.ts'
import { Store } from './store.ts'

/** Clocks this far apart are expected: what expires here may be expired for so long elsewhere, ms. */
const EXPIRING_MS = 120_000

/** A node's clock may have come so much further than its log says, HLC. */
export const CLOCK_UNLOGGED_MAX: number = 2_000 * 4_096

export interface HoldingsOptions {
  readonly cluster: string
  readonly maxClockSkewMs: number
  readonly conflictValues: boolean
}

export class Holdings {
  readonly store: Store
  readonly claims: Claims = new Claims()
  readonly clock: HybridClock
  readonly conflicts: Conflicts
  /** Tombstones and expired entries at or below it may be missing. Never falls. */
  floor = 0
  #wallMs = 0
  /** When something expired last, by the timer's clock: the other may stand still far ahead. */
  #lapsedMonoMs = Number.NEGATIVE_INFINITY
  /** At replay: pieces of the latest exchange, whose commit has not come yet. A replica has one at a time. */
  #restaged: { readonly exchange: number; readonly entries: Entry[] } | undefined
  /**
   * At replay: entries that lie too far ahead of the machine's clock as it is now. How far this node's own clock had come
   * is known at the end of the log only, and all that it had reached was shown: none may be parked, or dropped for a
   * later one that is.
   */
  #ahead: Entry[] = []
  /** At replay: this log's own runs whose times count in full; those before a reset of the clock do not. */
  readonly #drawn = new Set<OriginId>()
  /** At replay: the last of them. */
  #latest: OriginId = ''

  constructor({ cluster, maxClockSkewMs, conflictValues }: HoldingsOptions) {
    const seed: KeySeed = seedOf(cluster)
    this.clock = new HybridClock(maxClockSkewMs)
    this.conflicts = new Conflicts(conflictValues)
    this.store = new Store(
      seed,
      (held, entry) => this.conflicts.met(held, entry, this.#wallMs),
      () => this.clock.last,
    )
  }

  /** Merges entries in and returns what watchers are told. Whoever calls raises V in the same step. */
  merge(entries: readonly Entry[], now: Now): Entry[] {
    const horizon = this.clock.horizon(now.wallMs)
    this.#wallMs = now.wallMs
    const shown: Entry[] = []
    for (const entry of entries) {
      this.clock.observe(entry.time, now.wallMs)
      if (!this.store.apply(entry, horizon)) continue
      if (!this.noticeExpired(entry, now)) shown.push(entry)
      // What it replaced is gone; and a clock that is set back may yet show it, which is told then.
      else if (this.store.noteLapse(entry)) shown.push(departed(entry, entry.expiresAt))
    }
    return shown
  }

  /**
   * What a deep pull found to be right of these keys, whatever was held: nothing, or these entries. Returns what readers
   * find another than before.
   */
  override(removed: readonly string[], entries: readonly Entry[], now: Now): Entry[] {
    const before = new Map<string, Entry | undefined>()
    const clear = (key: string): void => {
      if (before.has(key)) return
      before.set(key, this.#visible(key, now))
      this.store.clear(key)
    }
    for (const key of removed) clear(key)
    const lapsed = entries.filter((entry) => this.store.hasLapsed(entry))
    for (const { key } of entries) clear(key)
    this.merge(entries, now)
    // Watchers were told of these before.
    for (const entry of lapsed) this.store.noteLapse(entry)
    const changed: Entry[] = []
    for (const [key, former] of before) {
      const visible = this.#visible(key, now)
      if (visible === former) continue
      if (visible !== undefined) changed.push(visible)
      else if (former?.kind === 'live') changed.push(departed(former, undefined))
    }
    return changed
  }

  /** Shows what was parked and whose time has come, and returns it. Each time, the store gets on with what replay put off. */
  unpark(now: Now): Entry[] {
    this.store.advance()
    if (this.store.parkedCount === 0) return []
    const come = this.store.unpark(this.clock.horizon(now.wallMs))
    for (const { time } of come) this.clock.observe(time, now.wallMs)
    return come.filter((entry) => !this.noticeExpired(entry, now))
  }

  /** Takes notice of `max` values that have expired, and returns what watchers are told. */
  lapse(max: number, now: Now): Entry[] {
    if (this.store.nextExpiry > this.unixMs(now)) return []
    this.clock.now(now.wallMs)
    this.#lapsedMonoMs = now.monoMs
    return this.store.lapse(this.unixMs(now), max).map((entry) => departed(entry, entry.expiresAt))
  }

  /** Whether other clocks may see now as expired what this one does not, or the other way round. */
  isExpiring(now: Now): boolean {
    return this.store.nextExpiry < this.unixMs(now) + EXPIRING_MS || this.#lapsedMonoMs > now.monoMs - EXPIRING_MS
  }

  /** The clock by which readers judge what has expired, Unix ms. */
  unixMs(now: Now): number {
    return Math.max(Math.floor(now.wallMs), unixMsFromHlc(this.clock.last))
  }

  /** Whether readers find the entry no more; then the clock takes notice, so that a machine's set back does not bring it back. */
  noticeExpired(entry: Entry, now: Now): boolean {
    if (entry.expiresAt === undefined || !isExpired(entry, this.unixMs(now))) return false
    this.clock.now(now.wallMs)
    return true
  }

  /** Takes in one record of the log. */
  replay(record: LogRecord, now: Now, isCurrent: (origin: OriginId) => boolean): void {
    if (this.store.heldCount === 0) this.store.load()
    switch (record.kind) {
      case 'origin':
        this.#drawn.add(record.origin)
        this.#latest = record.origin
        break
      case 'stage':
        this.#restage(record.exchange, record.entries)
        break
      case 'write':
        this.#remerge(record.entries, now, this.#drawn.has(record.origin))
        break
      case 'commit': {
        // Judged by V as it is here: what was covered when it was committed was not taken then either.
        const entries = this.#unstage(record.exchange, record.entries)
        const fresh = entries.filter((entry) => !this.claims.seen.covers(entry) && entry.origin !== this.#latest)
        this.#remerge(fresh, now, false)
        this.floor = Math.max(this.floor, record.floor)
        break
      }
      case 'mend': {
        const entries = this.#unstage(record.exchange, record.entries)
        for (const key of record.removed) this.#forgetAhead(key)
        for (const { key } of entries) this.#forgetAhead(key)
        this.#remerge(entries, now, false)
        this.floor = Math.max(this.floor, record.floor)
        break
      }
      case 'floor':
        this.floor = Math.max(this.floor, record.floor)
        this.#reached(record.floor)
        this.store.bury(record.floor)
        this.store.collect(Number.POSITIVE_INFINITY)
        break
      case 'clock':
        this.#drawn.clear()
        this.#latest = ''
        this.resetClock(record.to)
        break
      case 'vector':
        // What this run said of its own clock: it never falls, even if the machine's did.
        for (const [origin, time] of record.seen) if (origin === this.#latest) this.#reached(time)
        break
      case 'held':
        this.#remerge(record.entries, now, false)
        break
      case 'base':
      case 'end':
      case 'member':
      case 'gone':
        break
    }
    this.claims.absorb(record, isCurrent)
  }

  /**
   * The log is at its end, `former` was the last run. What was staged and never committed is not part of the state; it is
   * returned.
   */
  replayed(now: Now, former: Origin | undefined): readonly Entry[] {
    const staged = this.#restaged?.entries ?? []
    this.#restaged = undefined
    const isOwn = former !== undefined && this.#drawn.has(formatOrigin(former))
    this.clock.observe(former?.birth ?? 0, isOwn ? Number.MAX_SAFE_INTEGER : now.wallMs)
    for (const [, time] of this.claims.seen) this.clock.observe(time, now.wallMs)
    const ahead = this.#ahead
    this.#ahead = []
    this.merge(ahead, now)
    this.#drawn.clear()
    return staged
  }

  /** Sets the clock to `to`, and parks what is shown and stamped above it. Returns what readers find another than before. */
  resetClock(to: number): Entry[] {
    this.clock.reset(to)
    const keys = this.store.park(to)
    const back = this.store.unlapse(unixMsFromHlc(to))
    const hidden = keys.flatMap((key) => {
      const held = this.store.held(key)
      return held?.kind === 'live' ? [departed(held, undefined)] : []
    })
    return [...hidden, ...back]
  }

  /**
   * Merges what the log holds: as then, an own write is shown whatever the clock says now. The clock follows at once: the
   * machine's may be set back before the log is at its end, and what shows must stay below the next stamp.
   */
  #remerge(entries: readonly Entry[], now: Now, isMine: boolean): void {
    const shownTo = this.#latest === '' ? 0 : this.claims.seen.get(this.#latest) + CLOCK_UNLOGGED_MAX
    const foreign = Math.max(this.clock.horizon(now.wallMs), shownTo)
    this.#wallMs = now.wallMs
    for (const entry of entries) {
      const wasReached = isMine || entry.time <= shownTo
      this.clock.observe(entry.time, wasReached ? Number.MAX_SAFE_INTEGER : now.wallMs)
      if (isMine) this.store.apply(entry, Number.POSITIVE_INFINITY)
      else if (entry.time <= foreign) this.store.apply(entry, foreign)
      else this.#ahead.push(entry)
    }
  }

  /** This node's own clock had come to here: what lies before was no longer ahead of it. */
  #reached(time: number): void {
    this.clock.observe(time, Number.MAX_SAFE_INTEGER)
    const ahead = this.#ahead
    this.#ahead = []
    for (const entry of ahead) {
      if (entry.time <= time) this.store.apply(entry, time)
      else this.#ahead.push(entry)
    }
  }

  #forgetAhead(key: string): void {
    this.store.clear(key)
    if (this.#ahead.length > 0) this.#ahead = this.#ahead.filter((entry) => entry.key !== key)
  }

  #restage(exchange: number, entries: readonly Entry[]): void {
    // Another exchange: the one before never came to its end.
    if (this.#restaged?.exchange !== exchange) this.#restaged = { exchange, entries: [] }
    for (const entry of entries) this.#restaged.entries.push(entry)
  }

  #unstage(exchange: number, last: readonly Entry[]): readonly Entry[] {
    // What is taken in by itself comes in between, with a number of its own.
    if (this.#restaged?.exchange !== exchange) return last
    const staged = this.#restaged.entries
    this.#restaged = undefined
    return staged.length === 0 ? last : [...staged, ...last]
  }

  /** What readers find of a key. */
  #visible(key: string, now: Now): Entry | undefined {
    const entry = this.store.shown(key)
    return entry === undefined || this.noticeExpired(entry, now) ? undefined : entry
  }
}
