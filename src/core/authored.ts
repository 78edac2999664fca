/**
 * Who wrote what: for each origin its entries that are held, by time. It answers “which entries does this vector not
 * cover” in time that follows the answer and not the store. What comes far out of order is put in order by `advance`, in
 * steps; the answer is right at any time.
 */

import type { Entry } from './entry.ts'
import type { OriginId } from './origin.ts'
import type { VersionVector } from './vector.ts'
import { Works } from './works.ts'

/** About what an entry takes on disk beside its key and value. */
const ENTRY_BYTES = 14

export class Authored {
  /** About what all entries take on disk. */
  bytes = 0
  readonly #works = new Map<OriginId, Works>()
  /** Those with something to be put in order. */
  readonly #unsettled = new Set<Works>()

  add(entry: Entry): void {
    let works = this.#works.get(entry.origin)
    if (works === undefined) {
      works = new Works()
      this.#works.set(entry.origin, works)
    }
    if (works.add(entry)) this.#unsettled.add(works)
    this.bytes += bytesOf(entry)
  }

  /** The store no longer holds `entry`, which was added before. */
  remove(entry: Entry): void {
    const works = this.#works.get(entry.origin)
    this.bytes -= bytesOf(entry)
    if (works?.remove(entry) !== true) return
    this.#works.delete(entry.origin)
    this.#unsettled.delete(works)
  }

  /** A step of putting in order what came out of it. Whether there is more. */
  advance(): boolean {
    const [works] = this.#unsettled
    works?.advance()
    if (works?.isDue === false) this.#unsettled.delete(works)
    return this.#unsettled.size > 0
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
