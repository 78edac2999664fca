/**
 * Runs that are forgotten for good: of a name, the marked run and all before it. A mark is final and only rises, so marks
 * may come in any order and any number of times, and two nodes that have told each other theirs have the same. A row of a
 * forgotten run is refused; its node draws a new one.
 */

import { hashString, LaneSum } from './hash.ts'
import { compareRuns, nameOf, type OriginId, parseOrigin } from './origin.ts'

/** Names that may be marked, about 6 MB. With so many, nobody else is forgotten. */
export const MARKS_MAX = 65_536

const scratch = { a: 0, b: 0 }

export class GoneMarks {
  readonly #marks = new Map<string, OriginId>()
  readonly #sum = new LaneSum()

  /** Whether this run is forgotten. */
  covers(origin: OriginId): boolean {
    const mark = this.#marks.get(nameOf(origin))
    return mark !== undefined && !isAbove(origin, mark)
  }

  /** The mark of a name. */
  of(name: string): OriginId | undefined {
    return this.#marks.get(name)
  }

  /** Whether it said anything new. */
  add(mark: OriginId): boolean {
    const name = nameOf(mark)
    const former = this.#marks.get(name)
    if (former === undefined ? this.#marks.size >= MARKS_MAX : !isAbove(mark, former)) return false
    if (former !== undefined) {
      hashString(former, scratch)
      this.#sum.subtract(scratch.a, scratch.b)
    }
    hashString(mark, scratch)
    this.#sum.add(scratch.a, scratch.b)
    this.#marks.set(name, mark)
    return true
  }

  all(): OriginId[] {
    return [...this.#marks.values()]
  }

  /** 16 hex digits, equal for equal marks. */
  hash(): string {
    return this.#sum.toHex()
  }
}

/** Whether `origin` is a later run of its name than `mark`. */
export function isAbove(origin: OriginId, mark: OriginId): boolean {
  const run = parseOrigin(origin)
  const marked = parseOrigin(mark)
  return run !== undefined && marked !== undefined && compareRuns(run, marked) > 0
}
