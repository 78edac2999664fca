/**
 * Who wrote what: for each origin its entries that are held, by time. It answers “which entries does this vector not
 * cover” in time that follows the answer and not the store. Entries of one origin nearly always come in order of time, so
 * each list grows at its end; a replaced entry leaves a gap, and gaps are closed when they are half of the list. Those
 * that come far out of order, as from a checkpoint, are put in order together when somebody asks.
 */

import type { Entry } from './entry.ts'
import type { OriginId } from './origin.ts'
import type { VersionVector } from './vector.ts'

/** With fewer gaps than this a list is left as it is. */
const GAPS_MIN = 64
const CAPACITY_MIN = 16
/** Among so few that wait to be put in order, or such a share of all, one is found by looking at each. */
const LOOSE_MIN = 64
const LOOSE_SHARE = 1 / 256
/** An entry that belongs this near to the end is put there at once. */
const NEAR_END = 1_024

/** About what an entry takes on disk beside its key and value. */
const ENTRY_BYTES = 14

export class Authored {
  /** About what all entries take on disk. */
  bytes = 0
  readonly #works = new Map<OriginId, Works>()

  add(entry: Entry): void {
    let works = this.#works.get(entry.origin)
    if (works === undefined) {
      works = new Works()
      this.#works.set(entry.origin, works)
    }
    works.add(entry)
    this.bytes += bytesOf(entry)
  }

  /** The store no longer holds `entry`, which was added before. */
  remove(entry: Entry): void {
    const works = this.#works.get(entry.origin)
    this.bytes -= bytesOf(entry)
    if (works?.remove(entry) === true) this.#works.delete(entry.origin)
  }

  /** All entries that `seen` does not cover; those of one origin by rising time. A frozen view. */
  notCoveredBy(seen: Pick<VersionVector, 'get'>): Entry[] {
    // Whole lists are copied at once: a million entries one by one would hold the loop for long.
    const missing: Entry[][] = []
    for (const [origin, works] of this.#works) {
      const above = works.above(seen.get(origin))
      if (above.length > 0) missing.push(above)
    }
    return missing.length === 1 ? (missing[0] ?? []) : missing.flat()
  }
}

function bytesOf({ key, value }: Entry): number {
  return ENTRY_BYTES + key.length + (value?.length ?? 0)
}

/** The works of one origin. Times stand apart in a typed array, where a binary search is cheap. */
class Works {
  #times = new Float64Array(CAPACITY_MIN)
  /** By time, rising; `undefined` where one was replaced. */
  #entries: (Entry | undefined)[] = []
  #gaps = 0
  /** Far from the end, as a checkpoint brings them: they wait, since to make room for each takes time that follows the list. */
  #loose: Entry[] = []

  add(entry: Entry): void {
    const count = this.#entries.length
    const isLast = count === 0 || (this.#times[count - 1] ?? 0) < entry.time
    if (!isLast && count > NEAR_END && (this.#times[count - NEAR_END] ?? 0) > entry.time) {
      this.#loose.push(entry)
      return
    }
    if (count === this.#times.length) {
      const times = new Float64Array(count * 2)
      times.set(this.#times)
      this.#times = times
    }
    const at = isLast ? count : this.#firstAbove(entry.time)
    if (at < count) this.#times.copyWithin(at + 1, at, count)
    this.#times[at] = entry.time
    if (at === count) this.#entries.push(entry)
    else this.#entries.splice(at, 0, entry)
  }

  /** Whether that was the last one. */
  remove(entry: Entry): boolean {
    let at = this.#indexOf(entry)
    if (at < 0 && this.#loose.length >= Math.max(LOOSE_MIN, this.#entries.length * LOOSE_SHARE)) {
      this.#settle()
      at = this.#indexOf(entry)
    }
    if (at < 0) {
      const loose = this.#loose.indexOf(entry)
      if (loose >= 0) this.#loose.splice(loose, 1)
      return this.#isEmpty
    }
    this.#entries[at] = undefined
    this.#gaps++
    if (this.#isEmpty) return true
    if (this.#gaps >= GAPS_MIN && this.#gaps * 2 >= this.#entries.length) this.#close()
    return false
  }

  get #isEmpty(): boolean {
    return this.#gaps === this.#entries.length && this.#loose.length === 0
  }

  /** Among those in order; −1 when it is not. */
  #indexOf(entry: Entry): number {
    let at = this.#firstAbove(entry.time) - 1
    // Two entries of one version exist only after a disk was cloned.
    while (at >= 0 && this.#times[at] === entry.time && this.#entries[at] !== entry) at--
    return this.#entries[at] === entry ? at : -1
  }

  /** Puts the loose ones in order: all times are sorted at once, then each entry finds its own. */
  #settle(): void {
    if (this.#loose.length === 0) return
    this.#close()
    const all = (this.#entries as Entry[]).concat(this.#loose)
    this.#loose = []
    const times = new Float64Array(Math.max(CAPACITY_MIN, all.length))
    for (const [i, entry] of all.entries()) times[i] = entry.time
    this.#times = times
    times.subarray(0, all.length).sort()
    this.#entries = new Array<Entry | undefined>(all.length).fill(undefined)
    // From behind, so that those of one time keep their order.
    for (let i = all.length - 1; i >= 0; i--) {
      const entry = all[i]
      if (entry === undefined) continue
      let at = this.#firstAbove(entry.time) - 1
      while (this.#entries[at] !== undefined) at--
      this.#entries[at] = entry
    }
  }

  above(time: number): Entry[] {
    this.#settle()
    const entries = this.#entries.slice(this.#firstAbove(time))
    return this.#gaps === 0 ? (entries as Entry[]) : entries.filter((entry) => entry !== undefined)
  }

  #close(): void {
    const entries: Entry[] = []
    const times = new Float64Array(Math.max(CAPACITY_MIN, this.#entries.length))
    for (const entry of this.#entries) {
      if (entry === undefined) continue
      times[entries.length] = entry.time
      entries.push(entry)
    }
    this.#entries = entries
    this.#times = times
    this.#gaps = 0
  }

  /** Index of the first entry with a time above `time`. */
  #firstAbove(time: number): number {
    let low = 0
    let high = this.#entries.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#times[middle] ?? 0) <= time) low = middle + 1
      else high = middle
    }
    return low
  }
}
