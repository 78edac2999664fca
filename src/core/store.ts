/**
 * The store: for each key the entry held, which is the greatest version met. An entry stamped beyond the horizon of the
 * clock is parked: held, and so pulled and fingerprinted like any other, but not shown; what was shown stays shown
 * beside it until its time has come. Only reads see the shown entry; replicas compare the held one.
 */

import { Authored } from './authored.ts'
import { compareEntries, type Entry, mergeEntry } from './entry.ts'
import { Fingerprint } from './fingerprint.ts'
import { OrderedKeys } from './ordered-keys.ts'
import type { KeyRange } from './range.ts'
import type { VersionVector } from './vector.ts'

export class Store {
  readonly #held = new Map<string, Entry>()
  /** Keys whose held entry is parked, with what is shown instead. */
  readonly #parked = new Map<string, Entry | undefined>()
  readonly #keys = new OrderedKeys()
  readonly #authored = new Authored()
  readonly #fingerprint = new Fingerprint()
  #liveShown = 0
  #tombstonesShown = 0

  /** The entry that readers see. */
  shown(key: string): Entry | undefined {
    if (this.#parked.size > 0 && this.#parked.has(key)) return this.#parked.get(key)
    return this.#held.get(key)
  }

  /** The greatest version met. */
  held(key: string): Entry | undefined {
    return this.#held.get(key)
  }

  /** Merges the entry in. Returns whether it became the one shown. `horizon`: times above it are parked. */
  apply(entry: Entry, horizon: number): boolean {
    const held = this.#held.get(entry.key)
    if (held === undefined) {
      this.#keys.add(entry.key)
      this.#hold(entry)
      if (entry.time > horizon) this.#parked.set(entry.key, undefined)
      else this.#count(entry, 1)
      return entry.time <= horizon
    }
    if (this.#parked.size > 0 && this.#parked.has(entry.key)) return this.#applyBesideParked(entry, held, horizon)
    if (mergeEntry(held, entry) === held) return false
    if (entry.time > horizon) {
      this.#parked.set(entry.key, held)
      this.#fingerprint.remove(held)
      this.#hold(entry)
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
        this.#authored.remove(shown)
      }
      this.#count(held, 1)
      come.push(held)
    }
    return come
  }

  /** Visits the entries shown in `range`, in key order, until `visit` returns false. */
  walk(range: KeyRange, reverse: boolean, visit: (entry: Entry) => boolean): void {
    this.#keys.walk(range, reverse, (key) => {
      const entry = this.shown(key)
      return entry === undefined || visit(entry)
    })
  }

  /** A frozen list of what `seen` does not cover: parked entries and the ones shown beside them too. */
  notCoveredBy(seen: VersionVector): Entry[] {
    return this.#authored.notCoveredBy(seen)
  }

  /** All entries held, and those shown beside a parked one. For checks, not for serving. */
  all(): readonly Entry[] {
    const entries = [...this.#held.values()]
    for (const shown of this.#parked.values()) if (shown !== undefined) entries.push(shown)
    return entries
  }

  /** Hash of the live entries held, 16 hex digits. */
  fingerprint(): string {
    return this.#fingerprint.toHex()
  }

  /** Keys that a reader finds. */
  get liveCount(): number {
    return this.#liveShown
  }

  get tombstoneCount(): number {
    return this.#tombstonesShown
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
    this.#count(entry, 1)
    if (order > 0) {
      this.#parked.delete(entry.key)
      this.#replace(parked, entry)
    } else {
      this.#parked.set(entry.key, entry)
      this.#authored.add(entry)
    }
    if (shown !== undefined) {
      this.#count(shown, -1)
      this.#authored.remove(shown)
    }
    return true
  }

  #hold(entry: Entry): void {
    this.#held.set(entry.key, entry)
    this.#fingerprint.add(entry)
    this.#authored.add(entry)
  }

  #replace(held: Entry, entry: Entry): void {
    this.#fingerprint.remove(held)
    this.#hold(entry)
    this.#authored.remove(held)
  }

  #count(entry: Entry, by: 1 | -1): void {
    if (entry.kind === 'live') this.#liveShown += by
    else this.#tombstonesShown += by
  }
}
