/**
 * The store: for each key the entry held, which is the greatest version met. An entry stamped beyond the horizon of the
 * clock is parked: held, and so pulled and summed up like any other, but not shown; what was shown stays shown beside it
 * until its time has come. Only reads see the shown entry; replicas compare the held one. Tombstones and values that
 * expired stay until they are collected, which is for the owner to allow.
 */

import { Authored } from './authored.ts'
import { hlcFromUnixMs } from './clock.ts'
import { DueQueue } from './due-queue.ts'
import { compareEntries, type Entry, graveOf, isExpired, mergeEntry } from './entry.ts'
import { EntryTable } from './entry-table.ts'
import { OrderedKeys } from './ordered-keys.ts'
import type { KeyRange } from './range.ts'
import type { FrozenView } from './repair/frozen-view.ts'
import type { KeySeed } from './repair/key-hash.ts'
import { Summary } from './repair/summary.ts'
import { sweep } from './stale-items.ts'
import type { VersionVector } from './vector.ts'

export class Store {
  readonly summary: Summary
  readonly #held: EntryTable
  /** Keys whose held entry is parked, with what is shown instead. */
  readonly #parked = new Map<string, Entry | undefined>()
  readonly #keys = new OrderedKeys()
  readonly #authored = new Authored()
  /** Tombstones and entries that expire, by the time from which on they may be collected; some are stale. */
  readonly #graves = new DueQueue<Entry>()
  #gravesKept = 0
  /** What was due at or below it when `bury` was called is gone for every merge, though `collect` drops it in slices. */
  #buried = 0
  #isBurying = false
  /** Came since, at or below it: not gone. */
  readonly #unburied = new Set<Entry>()
  /** Taken out of `#graves` meanwhile and not to be dropped. */
  #passedOver: Entry[] = []
  /** Entries that expire, by Unix ms; some are stale. */
  readonly #expiring = new DueQueue<Entry>()
  #expiringKept = 0
  /** Live entries, held or shown, whose expiry was noticed: they count no more. */
  readonly #lapsed = new Set<Entry>()
  #liveShown = 0
  #tombstonesShown = 0
  readonly #met: (held: Entry, entry: Entry) => void
  readonly #clock: () => number

  /** `met`: told of each two entries of one key of which one is let go. `clock`: the HLC. */
  constructor(seed: KeySeed, met: (held: Entry, entry: Entry) => void, clock: () => number) {
    this.summary = new Summary(seed)
    this.#held = new EntryTable(seed)
    this.#met = met
    this.#clock = clock
  }

  /** The entry that readers see, unless it has expired by their clock. */
  shown(key: string): Entry | undefined {
    if (this.#parked.size > 0 && this.#parked.has(key)) return this.#parked.get(key)
    return this.#held.get(key)
  }

  /** The greatest version met. */
  held(key: string): Entry | undefined {
    return this.#held.get(key)
  }

  /** To an empty store many entries will come before anybody asks for their order, or for repair. */
  load(): void {
    this.summary.defer(this.#held)
    this.#keys.load()
  }

  /** A slice of what was put off, at `load` above all; what is asked for first comes first. Whether there is more. */
  advance(): boolean {
    return this.summary.advance() || this.#authored.advance() || this.#keys.advance()
  }

  /** Merges the entry in. Returns whether it became the one shown. `horizon`: times above it are parked. */
  apply(entry: Entry, horizon: number): boolean {
    let held = this.#held.get(entry.key)
    if (this.#isBurying && held !== undefined && this.#isBuried(held)) {
      this.clear(entry.key)
      held = undefined
    }
    if (held === undefined) {
      this.#keys.add(entry.key)
      this.#hold(undefined, entry)
      if (entry.time > horizon) this.#parked.set(entry.key, undefined)
      else this.#count(entry, 1)
      return entry.time <= horizon
    }
    this.#met(held, entry)
    if (this.#parked.size > 0 && this.#parked.has(entry.key)) return this.#applyBesideParked(entry, held, horizon)
    if (mergeEntry(held, entry) === held) return false
    if (entry.time > horizon) {
      this.#parked.set(entry.key, held)
      this.#hold(held, entry)
      return false
    }
    this.#count(held, -1)
    this.#count(entry, 1)
    this.#replace(held, entry)
    return true
  }

  /** Shows the parked entries whose time has come, and returns them. */
  unpark(horizon: number): Entry[] {
    const come: Entry[] = []
    for (const [key, shown] of this.#parked) {
      const held = this.#held.get(key)
      if (held === undefined || held.time > horizon) continue
      this.#parked.delete(key)
      if (shown !== undefined) {
        this.#count(shown, -1)
        this.#letGo(shown)
      }
      this.#count(held, 1)
      come.push(held)
    }
    return come
  }

  /** Parks what is shown and stamped above `horizon`. Returns the keys: nothing shows of them now. */
  park(horizon: number): string[] {
    const keys: string[] = []
    for (const [key, shown] of this.#parked) {
      if (shown === undefined || shown.time <= horizon) continue
      // The parked one covers it, as it would if it came now.
      this.#hide(shown)
      keys.push(key)
    }
    for (const held of this.#held.values()) {
      const { key } = held
      if (held.time <= horizon || this.#parked.has(key)) continue
      this.#count(held, -1)
      this.#parked.set(key, undefined)
      keys.push(key)
    }
    return keys
  }

  /** Of `max` entries that have expired by now those that readers could see: they count no more from here on. */
  lapse(unixMs: number, max: number): Entry[] {
    const lapsed: Entry[] = []
    for (let taken = 0; taken < max && this.#expiring.peekAt() <= unixMs; taken++) {
      const entry = this.#expiring.take()
      if (entry !== undefined && this.noteLapse(entry)) lapsed.push(entry)
    }
    return lapsed
  }

  /** Takes notice that an entry has expired. Whether readers could see it until now. */
  noteLapse(entry: Entry): boolean {
    const isHeld = this.#held.get(entry.key) === entry
    const isShown = this.shown(entry.key) === entry
    if (this.#lapsed.has(entry) || (!isHeld && !isShown)) return false
    if (isHeld) this.summary.lapse(entry, graveOf(entry), this.#clock())
    if (isShown) this.#count(entry, -1)
    this.#lapsed.add(entry)
    return isShown
  }

  /** The clock was set back: what had expired by the former one and has not by this shows again. Returns what does. */
  unlapse(unixMs: number): Entry[] {
    this.summary.forgetRecent(hlcFromUnixMs(unixMs))
    const back: Entry[] = []
    for (const entry of [...this.#lapsed]) {
      if (isExpired(entry, unixMs)) continue
      this.#lapsed.delete(entry)
      if (this.#held.get(entry.key) === entry) this.summary.unlapse(entry)
      if (this.shown(entry.key) === entry) {
        this.#count(entry, 1)
        back.push(entry)
      }
      this.#expiring.add(entry.expiresAt ?? 0, entry)
    }
    return back
  }

  /** When the next entry expires, Unix ms. */
  get nextExpiry(): number {
    return this.#expiring.peekAt()
  }

  /** All that is held and due at `floor` is gone from here on: call `collect` until it is done. */
  bury(floor: number): void {
    this.#buried = floor
    this.#endBurying()
    this.#isBurying = this.oldestGrave <= floor
  }

  /** Drops up to `max` of what was buried. Returns how many it dropped, and whether that was all. */
  collect(max: number): { readonly collected: number; readonly isDone: boolean } {
    let collected = 0
    for (let taken = 0; taken < max && this.#isBurying; taken++) {
      const entry = this.oldestGrave <= this.#buried ? this.#graves.take() : undefined
      if (entry === undefined) this.#endBurying()
      else if (this.#unburied.has(entry)) this.#passedOver.push(entry)
      else if (this.#parked.has(entry.key)) {
        if (this.#parked.get(entry.key) === entry) this.#hide(entry)
        else if (this.#held.get(entry.key) === entry) this.#passedOver.push(entry)
      } else if (this.#held.get(entry.key) !== entry) continue
      else {
        this.clear(entry.key)
        collected++
      }
    }
    return { collected, isDone: !this.#isBurying }
  }

  /** The floor at which something may be collected. */
  get oldestGrave(): number {
    return this.#graves.peekAt()
  }

  /** Nothing is held of this key any more. */
  clear(key: string): void {
    const held = this.#held.get(key)
    if (held === undefined) return
    const shown = this.shown(key)
    if (shown !== undefined) this.#count(shown, -1)
    if (shown !== undefined && shown !== held) this.#letGo(shown)
    this.#parked.delete(key)
    this.#held.delete(key)
    this.#keys.remove(key)
    this.summary.change(held, undefined, this.#isSummed(held), this.#clock())
    this.#letGo(held)
  }

  /** Visits the entries shown in `range`, in key order, until `visit` returns false. */
  walk(range: KeyRange, reverse: boolean, visit: (entry: Entry) => boolean): void {
    this.#keys.walk(range, reverse, (key) => {
      const entry = this.shown(key)
      return entry === undefined || visit(entry)
    })
  }

  /** A frozen list of what `seen` does not cover: parked entries and the ones shown beside them too. */
  notCoveredBy(seen: Pick<VersionVector, 'get'>): Entry[] {
    return this.#authored.notCoveredBy(seen)
  }

  /** All that is held of a key: the greatest version, and what is shown beside it while that is parked. */
  allOf(key: string): Entry[] {
    const held = this.#held.get(key)
    if (held === undefined) return []
    const shown = this.shown(key)
    return shown === undefined || shown === held ? [held] : [held, shown]
  }

  /** A view of now that writes do not change; `summary.release` gives it back. */
  freeze(): FrozenView {
    return this.summary.freeze(this.#held)
  }

  /** The keys of which something is held. Who goes through them while they change meets every key that stays. */
  heldKeys(): IterableIterator<string> {
    return this.#held.keys()
  }

  /** About what all entries take on disk. */
  get bytes(): number {
    return this.#authored.bytes
  }

  /** All entries held, and those shown beside a parked one. For checks, not for serving. */
  all(): readonly Entry[] {
    const entries = [...this.#held.values()]
    for (const shown of this.#parked.values()) if (shown !== undefined) entries.push(shown)
    return entries
  }

  /** Whether it was noticed that this entry has expired. */
  hasLapsed(entry: Entry): boolean {
    return this.#lapsed.has(entry)
  }

  /** Hash of the live entries held, 16 hex digits. */
  fingerprint(): string {
    return this.summary.fingerprint()
  }

  /** Keys that a reader finds. */
  get liveCount(): number {
    return this.#liveShown
  }

  /** Tombstones, and entries that have expired, which wait to be collected. */
  get tombstoneCount(): number {
    return this.#tombstonesShown + this.#lapsed.size
  }

  /** Keys of which something is held, tombstones too. */
  get heldCount(): number {
    return this.#held.size
  }

  get parkedCount(): number {
    return this.#parked.size
  }

  #applyBesideParked(entry: Entry, parked: Entry, horizon: number): boolean {
    const shown = this.#parked.get(entry.key)
    const order = compareEntries(entry, parked)
    if (order === 0) return false
    if (order > 0 && entry.time > horizon) {
      this.#replace(parked, entry)
      return false
    }
    // A lesser entry from the future is covered by the parked one and never shown.
    if (entry.time > horizon) return false
    if (shown !== undefined && mergeEntry(shown, entry) === shown) return false
    if (shown !== undefined) this.#count(shown, -1)
    this.#count(entry, 1)
    if (order > 0) {
      this.#parked.delete(entry.key)
      this.#replace(parked, entry)
    } else {
      this.#parked.set(entry.key, entry)
      this.#authored.add(entry)
      this.#await(entry)
    }
    if (shown !== undefined) this.#letGo(shown)
    return true
  }

  /** `entry` is the one held from now on; the former one may stay shown beside it. */
  #hold(former: Entry | undefined, entry: Entry): void {
    this.#held.set(entry)
    this.summary.change(former, entry, former !== undefined && this.#isSummed(former), this.#clock())
    this.#authored.add(entry)
    this.#await(entry)
  }

  #replace(held: Entry, entry: Entry): void {
    this.#hold(held, entry)
    this.#letGo(held)
  }

  /** Neither held nor shown any more. */
  #letGo(entry: Entry): void {
    this.#authored.remove(entry)
    this.#lapsed.delete(entry)
    if (entry.kind === 'live' && entry.expiresAt === undefined) return
    this.#gravesKept--
    if (entry.kind === 'live') this.#expiringKept--
    this.#sweep()
  }

  /** What shows beside a parked entry shows no more. */
  #hide(shown: Entry): void {
    this.#count(shown, -1)
    this.#parked.set(shown.key, undefined)
    this.#letGo(shown)
  }

  #endBurying(): void {
    this.#isBurying = false
    this.#unburied.clear()
    for (const entry of this.#passedOver) this.#graves.add(graveOf(entry), entry)
    this.#passedOver = []
  }

  #isBuried(held: Entry): boolean {
    return graveOf(held) <= this.#buried && !this.#unburied.has(held) && !this.#parked.has(held.key)
  }

  /** Whether the fingerprint has it. */
  #isSummed(entry: Entry): boolean {
    return entry.kind === 'live' && !this.#lapsed.has(entry)
  }

  #count(entry: Entry, by: 1 | -1): void {
    if (entry.kind === 'tombstone') this.#tombstonesShown += by
    else if (!this.#lapsed.has(entry)) this.#liveShown += by
  }

  /** Plans what will become of an entry that does not stay for ever. */
  #await(entry: Entry): void {
    if (this.#isBurying && graveOf(entry) <= this.#buried) this.#unburied.add(entry)
    if (entry.kind === 'tombstone') {
      this.#graves.add(entry.time, entry)
      this.#gravesKept++
    } else if (entry.expiresAt !== undefined) {
      this.#graves.add(graveOf(entry), entry)
      this.#gravesKept++
      this.#expiring.add(entry.expiresAt, entry)
      this.#expiringKept++
    }
  }

  #sweep(): void {
    const isThere = (entry: Entry): boolean =>
      this.#held.get(entry.key) === entry || this.#parked.get(entry.key) === entry
    this.#gravesKept = sweep(this.#graves, this.#gravesKept, isThere)
    this.#expiringKept = sweep(this.#expiring, this.#expiringKept, isThere)
  }
}
