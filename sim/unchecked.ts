/**
 * Remembers, for each run of a process, how many writes of each origin were found in order. What a node holds and claims
 * only grows while its process lives, so a checker need not look at the same write twice.
 */

import type { Entry } from '../src/core/entry.ts'
import type { OriginId } from '../src/core/origin.ts'

export class Unchecked {
  readonly #counts = new WeakMap<object, Map<OriginId, number>>()

  /** Looks at those of `writes` by `origin` up to `upTo` that were not looked at for `replica`. What throws is not counted. */
  visit(replica: object, origin: OriginId, writes: readonly Entry[], upTo: number, look: (write: Entry) => void): void {
    let counts = this.#counts.get(replica)
    if (counts === undefined) {
      counts = new Map()
      this.#counts.set(replica, counts)
    }
    let at = counts.get(origin) ?? 0
    for (let write = writes[at]; write !== undefined && write.time <= upTo; write = writes[++at]) look(write)
    counts.set(origin, at)
  }
}
