/**
 * A frozen view cut into 65,536 ranges by the top 16 bits of k, with a count and a hash of each: for the comparison of
 * stores that differ in more keys than a sketch can tell. Made in slices, once, in time that follows what is held; then
 * any range of 16^d can be summed up, split or listed.
 */

import { LaneSum } from '../hash.ts'
import type { FrozenView } from './frozen-view.ts'
import type { Summary } from './summary.ts'

export const DEPTH_MAX = 4
const LEAVES = 65_536
/** k has 31 bits. */
const LEAF_SHIFT = 15
/** Numbers for each part of a range: entries, hash lane, hash lane. */
export const PART_WORDS = 3

export class Leaves {
  readonly #view: FrozenView
  readonly #summary: Summary
  readonly #keys: string[]
  readonly #ks: Int32Array
  readonly #sums: Int32Array
  /** Where the keys of each leaf begin in `#order`. */
  readonly #starts = new Int32Array(LEAVES + 1)
  readonly #order: Int32Array
  #summed = 0
  #placed = 0

  constructor(view: FrozenView, summary: Summary) {
    this.#view = view
    this.#summary = summary
    this.#keys = view.keys()
    this.#ks = new Int32Array(this.#keys.length)
    this.#order = new Int32Array(this.#keys.length)
    this.#sums = new Int32Array(PART_WORDS * LEAVES)
  }

  /** Looks at up to `max` keys; true when all is done. */
  run(max: number): boolean {
    const { length } = this.#keys
    for (let left = max; left > 0 && this.#summed < length; left--) this.#sumUp(this.#summed++)
    if (this.#summed < length) return false
    if (this.#placed === 0) this.#begin()
    for (let left = max; left > 0 && this.#placed < length; left--) this.#place(this.#placed++)
    if (this.#placed < length) return false
    return true
  }

  /** `PART_WORDS` numbers for each of the 16 parts of a range of this depth, 0 to 3. */
  split(depth: number, range: number): Uint32Array {
    const parts = new Uint32Array(16 * PART_WORDS)
    const width = 16 ** (DEPTH_MAX - depth - 1)
    for (let part = 0; part < 16; part++) {
      const from = (range * 16 + part) * width
      for (let leaf = from; leaf < from + width; leaf++) {
        for (let word = 0; word < PART_WORDS; word++) {
          const at = part * PART_WORDS + word
          parts[at] = (parts[at] ?? 0) + (this.#sums[leaf * PART_WORDS + word] ?? 0)
        }
      }
    }
    return parts
  }

  /** Appends (k, weight) of every entry of a range of this depth, 1 to 4. */
  list(depth: number, range: number, into: number[]): void {
    const width = 16 ** (DEPTH_MAX - depth)
    const from = this.#startOf(range * width)
    const to = this.#startOf((range + 1) * width)
    for (let at = from; at < to; at++) {
      const index = this.#order[at] ?? 0
      const entry = this.#view.held(this.#keys[index] ?? '')
      if (entry !== undefined) into.push(this.#ks[index] ?? 0, this.#summary.weightOf(entry))
    }
  }

  #sumUp(index: number): void {
    const key = this.#keys[index] ?? ''
    const entry = this.#view.held(key)
    if (entry === undefined) return
    const k = this.#summary.kOf(key)
    this.#ks[index] = k
    const sum = new LaneSum()
    this.#summary.addTo(sum, entry, 1)
    const at = (k >>> LEAF_SHIFT) * PART_WORDS
    this.#sums[at] = (this.#sums[at] ?? 0) + 1
    this.#sums[at + 1] = (this.#sums[at + 1] ?? 0) + sum.a
    this.#sums[at + 2] = (this.#sums[at + 2] ?? 0) + sum.b
  }

  #begin(): void {
    let start = 0
    for (let leaf = 0; leaf < LEAVES; leaf++) {
      this.#starts[leaf] = start
      start += this.#sums[leaf * PART_WORDS] ?? 0
    }
    this.#starts[LEAVES] = start
  }

  /** Moves the start of its leaf up; `#startOf` undoes that, since a leaf's end is the next one's start. */
  #place(index: number): void {
    const leaf = (this.#ks[index] ?? 0) >>> LEAF_SHIFT
    const at = this.#starts[leaf] ?? 0
    this.#order[at] = index
    this.#starts[leaf] = at + 1
  }

  #startOf(leaf: number): number {
    return leaf === 0 ? 0 : (this.#starts[leaf - 1] ?? 0)
  }
}
