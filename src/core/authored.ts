/**
 * Who wrote what: for each origin its entries that are still held, by time. It answers “which entries does this vector
 * not cover” in time that follows the answer and not the store. Entries of one origin nearly always come in order of
 * time, so each list is an array that grows at its end; replaced entries stay as husks until they are half of it.
 */

import type { Entry } from './entry.ts'
import type { OriginId } from './origin.ts'
import type { VersionVector } from './vector.ts'

/** Below this many husks a list is not swept. */
const HUSKS_MIN = 64

interface Works {
  /** By time, rising; husks among them. */
  entries: Entry[]
  husks: number
}

export class Authored {
  readonly #works = new Map<OriginId, Works>()
  readonly #isHeld: (entry: Entry) => boolean

  /** `isHeld` tells a husk from an entry of the store. */
  constructor(isHeld: (entry: Entry) => boolean) {
    this.#isHeld = isHeld
  }

  add(entry: Entry): void {
    const works = this.#works.get(entry.origin)
    if (works === undefined) {
      this.#works.set(entry.origin, { entries: [entry], husks: 0 })
      return
    }
    const { entries } = works
    const last = entries[entries.length - 1]
    if (last === undefined || last.time < entry.time) entries.push(entry)
    else entries.splice(firstAbove(entries, entry.time), 0, entry)
  }

  /** Says that the store no longer holds `entry`, which was added before. */
  replaced(entry: Entry): void {
    const works = this.#works.get(entry.origin)
    if (works === undefined) return
    works.husks++
    if (works.husks < HUSKS_MIN || works.husks * 2 < works.entries.length) return
    works.entries = works.entries.filter(this.#isHeld)
    works.husks = 0
    if (works.entries.length === 0) this.#works.delete(entry.origin)
  }

  /** All held entries that `seen` does not cover; those of one origin by rising time. A frozen view. */
  notCoveredBy(seen: VersionVector): Entry[] {
    const missing: Entry[] = []
    for (const [origin, { entries }] of this.#works) {
      const known = seen.get(origin)
      for (let i = firstAbove(entries, known); i < entries.length; i++) {
        const entry = entries[i]
        if (entry !== undefined && this.#isHeld(entry)) missing.push(entry)
      }
    }
    return missing
  }
}

/** Index of the first entry with a time above `time`. */
function firstAbove(entries: readonly Entry[], time: number): number {
  let low = 0
  let high = entries.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((entries[middle]?.time ?? 0) <= time) low = middle + 1
    else high = middle
  }
  return low
}
