/**
 * Remembers, for each run of a process, how many writes of each origin were found in order. What a node holds and claims
 * only grows while its process lives, so a checker need not look at the same write twice.
 */

import type { Entry } from '../src/core/entry.ts'
import type { OriginId } from '../src/core/origin.ts'

const NONE: readonly Entry[] = []

export class Unchecked {
  readonly #counts = new WeakMap<object, Map<OriginId, number>>()

  /** Those of `writes` by `origin` up to `upTo` that were not taken for `replica` before. */
  take(replica: object, origin: OriginId, writes: readonly Entry[], upTo: number): readonly Entry[] {
    let counts = this.#counts.get(replica)
    if (counts === undefined) {
      counts = new Map()
      this.#counts.set(replica, counts)
    }
    const from = counts.get(origin) ?? 0
    let to = from
    for (let write = writes[to]; write !== undefined && write.time <= upTo; write = writes[to]) to++
    if (to === from) return NONE
    counts.set(origin, to)
    return writes.slice(from, to)
  }
}
