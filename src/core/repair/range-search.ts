/**
 * Finds the keys that differ between two frozen views by splitting ranges: a range whose sums differ is split in 16, down
 * to where few entries are left, which are listed. One request at a time, of many ranges. Costs time that follows what is
 * held, so it is for stores that differ much, or where a sketch could not tell.
 */

import type { List, Listed, Parts, Split } from '../repair-message.ts'
import type { FrozenView } from './frozen-view.ts'
import { DEPTH_MAX, Leaves, PART_WORDS } from './leaves.ts'
import type { Summary } from './summary.ts'

/** A range with so few entries on both sides is listed. */
const LISTED_MAX = 32
/** Ranges in one request: 16 × 12 bytes come back for each, or what they hold. */
const SPLIT_MAX = 256
const LIST_MAX = 1_024

interface Range {
  readonly depth: number
  readonly range: number
}

export class RangeSearch {
  readonly #leaves: Leaves
  readonly #toSplit: Range[] = [{ depth: 0, range: 0 }]
  readonly #toList: Range[] = []
  readonly #differing = new Set<number>()
  #asked: Split | List | undefined
  #isReady = false
  #isFinished = false

  constructor(view: FrozenView, summary: Summary) {
    this.#leaves = new Leaves(view, summary)
  }

  /** Looks at up to `max` keys of this side; true when it is ready to ask. */
  run(max: number): boolean {
    this.#isReady ||= this.#leaves.run(max)
    return this.#isReady && !this.#isFinished
  }

  /** The next question, or `undefined` when all differences are known. */
  next(exchange: number): Split | List | undefined {
    this.#asked = undefined
    const split = take(this.#toSplit, SPLIT_MAX)
    if (split.length > 0) this.#asked = { kind: 'split', exchange, depth: split[0]?.depth ?? 0, ranges: split.map(at) }
    else {
      const list = take(this.#toList, LIST_MAX)
      if (list.length > 0) this.#asked = { kind: 'list', exchange, depth: list[0]?.depth ?? 0, ranges: list.map(at) }
    }
    return this.#asked
  }

  /** False when it answers something else than was asked last. */
  hearParts({ depth, ranges, sums }: Parts): boolean {
    if (!this.#isAnswer('split', depth, ranges) || sums.length !== ranges.length * 16 * PART_WORDS) return false
    ranges.forEach((range, index) => {
      const mine = this.#leaves.split(depth, range)
      for (let part = 0; part < 16; part++) {
        const theirsAt = (index * 16 + part) * PART_WORDS
        const mineAt = part * PART_WORDS
        let differs = false
        for (let word = 0; word < PART_WORDS; word++) differs ||= sums[theirsAt + word] !== mine[mineAt + word]
        if (!differs) continue
        const few = (sums[theirsAt] ?? 0) <= LISTED_MAX && (mine[mineAt] ?? 0) <= LISTED_MAX
        const next = { depth: depth + 1, range: range * 16 + part }
        if (few || next.depth === DEPTH_MAX) this.#toList.push(next)
        else this.#toSplit.push(next)
      }
    })
    return true
  }

  hearListed({ depth, ranges, pairs }: Listed): boolean {
    if (!this.#isAnswer('list', depth, ranges)) return false
    const mine: number[] = []
    for (const range of ranges) this.#leaves.list(depth, range, mine)
    const sums = new Map<number, number>()
    // Several entries may have one k: together they weigh the same on both sides, or not.
    for (let i = 0; i < pairs.length; i += 2) weigh(sums, pairs[i] ?? 0, pairs[i + 1] ?? 0)
    for (let i = 0; i < mine.length; i += 2) weigh(sums, mine[i] ?? 0, -(mine[i + 1] ?? 0))
    for (const [k, weight] of sums) if (weight !== 0) this.#differing.add(k)
    return true
  }

  get differing(): number[] {
    return [...this.#differing]
  }

  /** All is asked. */
  finish(): void {
    this.#isFinished = true
  }

  #isAnswer(kind: 'split' | 'list', depth: number, ranges: readonly number[]): boolean {
    const asked = this.#asked
    if (asked?.kind !== kind || asked.depth !== depth || asked.ranges.length !== ranges.length) return false
    return ranges.every((range, index) => range === asked.ranges[index])
  }
}

function at({ range }: Range): number {
  return range
}

function weigh(sums: Map<number, number>, k: number, weight: number): void {
  sums.set(k, (sums.get(k) ?? 0) + weight)
}

/** The first ones of one depth. */
function take(ranges: Range[], max: number): Range[] {
  const depth = ranges[0]?.depth
  let count = 0
  while (count < max && count < ranges.length && ranges[count]?.depth === depth) count++
  return ranges.splice(0, count)
}
