/**
 * A store as it was at one instant, while writes go on: what has changed since is remembered with what was there before,
 * so a view costs what changes and not what is held. It answers as a store would that never saw anything newer. When
 * more has changed than it may remember it is overrun, and whoever uses it begins again.
 */

import type { Entry } from '../entry.ts'
import type { HeldEntries } from '../entry-table.ts'
import type { LaneSum } from '../hash.ts'
import type { Cells } from './cells.ts'
import type { Sketch } from './sketch.ts'

/** Keys that may change under a view. */
export const VIEW_CHANGES_MAX = 262_144

/** What a view asks of the summary that made it. */
export interface Summed {
  readonly sketch: Sketch
  readonly sum: LaneSum
  keysOf(k: number): string[]
}

export class FrozenView {
  /** Of that instant. */
  readonly cells: Cells
  readonly estimator: Uint8Array
  readonly count: number
  readonly sum: string
  readonly #sum: LaneSum
  readonly #summary: Summed
  readonly #held: HeldEntries
  /** What was held of each key that has changed since. */
  readonly #former = new Map<string, Entry | undefined>()
  /** Keys that were there and are not any more, by k. */
  readonly #departed = new Map<number, string[]>()

  constructor(summary: Summed, held: HeldEntries) {
    this.#summary = summary
    this.#held = held
    this.cells = summary.sketch.prefix()
    this.estimator = summary.sketch.estimator()
    this.count = held.size
    this.#sum = summary.sum
    this.sum = this.#sum.toHex()
  }

  /** `sum`, to go on with. */
  sumCopy(): LaneSum {
    return this.#sum.clone()
  }

  get isOverrun(): boolean {
    return this.#former.size > VIEW_CHANGES_MAX
  }

  /** A key has changed. Called by the summary. */
  note(k: number, key: string, former: Entry | undefined, now: Entry | undefined): void {
    if (this.#former.size > VIEW_CHANGES_MAX) return
    const isFirst = !this.#former.has(key)
    if (isFirst) this.#former.set(key, former)
    if (now !== undefined || (!isFirst && this.#former.get(key) === undefined)) return
    const keys = this.#departed.get(k)
    if (keys === undefined) this.#departed.set(k, [key])
    else if (!keys.includes(key)) keys.push(key)
  }

  /** What was held under this k. */
  heldUnder(k: number): Entry[] {
    const keys = this.#summary.keysOf(k)
    for (const key of this.#departed.get(k) ?? []) if (!keys.includes(key)) keys.push(key)
    const entries: Entry[] = []
    for (const key of keys) {
      const entry = this.held(key)
      if (entry !== undefined) entries.push(entry)
    }
    return entries
  }

  held(key: string): Entry | undefined {
    return this.#former.has(key) ? this.#former.get(key) : this.#held.get(key)
  }

  /** The keys of all that was held, in any order. */
  keys(): string[] {
    const keys: string[] = []
    for (const key of this.#held.keys()) if (this.held(key) !== undefined) keys.push(key)
    for (const departed of this.#departed.values()) {
      for (const key of departed) if (!this.#held.has(key)) keys.push(key)
    }
    return keys
  }
}
