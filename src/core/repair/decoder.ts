/**
 * Finds which keys differ, and by what weight, from the cells of two stores subtracted. A cell that holds one
 * difference alone has A ≠ 0 and B² = A·C; its key is k = B / A, taken only if the walk of k visits the cell, and is
 * then peeled from its other cells, which may leave them with one. Work is done in slices, and more cells may be added
 * when it is stuck. Cells that a peer made up end it as stuck or decoded with keys that nobody has: it takes at most
 * as many differences as there are cells, so it ends; whether a difference is true is for the fingerprint to say.
 */

import { invariant } from '../errors.ts'
import type { Cells } from './cells.ts'
import { add, invert, multiply, subtract } from './field.ts'
import { CELLS_MAX, nextCell, nextState, visits } from './walk.ts'

export interface Difference {
  /** Element of the key, 1…p − 1. */
  readonly k: number
  /** Their weight of the key less mine, 1…p − 1. */
  readonly deltaWeight: number
}

/** Working: call again. Decoded: no difference is left in the cells. Stuck: it needs more cells. */
export type Decoding = 'working' | 'decoded' | 'stuck'

export class Decoder {
  #count = 0
  #sums: Int32Array = new Int32Array(0)

  /** Cells to look at, a ring; a cell stands in it at most once. */
  #waiting: Int32Array = new Int32Array(0)
  #isWaiting: Uint8Array = new Uint8Array(0)
  #waitingFrom = 0
  #waitingCount = 0

  /** What was peeled, at most one for each cell, and where its walk stands: at the first cell that is not here yet. */
  readonly #keys: number[] = []
  readonly #weights: number[] = []
  readonly #states: number[] = []
  readonly #cells: number[] = []
  /** Those before this one have been peeled from all cells here. */
  #peeled = 0

  /** @param difference theirs − mine, from cell 0 on */
  constructor(difference: Cells) {
    this.extend(difference)
  }

  /** Number of cells so far; `extend` goes on from here. */
  get count(): number {
    return this.#count
  }

  /** Goes on with the cells from number `count` on, theirs − mine as they are, nothing peeled from them. */
  extend(difference: Cells): void {
    invariant(difference.first === this.#count, 'more cells follow those that are here')
    const before = this.#count
    const count = before + difference.count
    const sums = new Int32Array(3 * count)
    sums.set(this.#sums)
    sums.set(difference.sums, 3 * before)
    this.#sums = sums
    // With new cells every cell is worth a look: one may have been passed over when the number of differences ran out.
    this.#waiting = new Int32Array(count).map((_, cell) => cell)
    this.#isWaiting = new Uint8Array(count).fill(1)
    this.#waitingFrom = 0
    this.#waitingCount = count
    this.#count = count
    this.#peeled = 0
  }

  /**
   * Works for about `workMax` units, one for each cell looked at or peeled: some 50 ns, a microsecond before the engine
   * has compiled this.
   * Once it says decoded or stuck, it says so again until it is extended.
   */
  run(workMax: number): Decoding {
    let work = 0
    for (; this.#peeled < this.#keys.length; this.#peeled++) {
      if (work >= workMax) return 'working'
      work += 1 + this.#peel(this.#peeled)
    }
    while (this.#waitingCount > 0) {
      if (work >= workMax) return 'working'
      work += 1 + this.#look(this.#takeWaiting())
    }
    return this.#sums.every(isZero) ? 'decoded' : 'stuck'
  }

  /** The differences found so far, each key once. Complete only when decoded. */
  get differences(): readonly Difference[] {
    // Only cells that were made up give a key twice; what both say of it is then added, and may come to nothing.
    const found = new Map<number, number>()
    for (let i = 0; i < this.#keys.length; i++) {
      const k = this.#keys[i] ?? 0
      found.set(k, add(found.get(k) ?? 0, this.#weights[i] ?? 0))
    }
    const differences: Difference[] = []
    for (const [k, deltaWeight] of found) if (deltaWeight !== 0) differences.push({ k, deltaWeight })
    return differences
  }

  /** Peels the difference that `cell` holds alone, if it does. Returns the number of cells touched. */
  #look(cell: number): number {
    const a = this.#sums[3 * cell] ?? 0
    const b = this.#sums[3 * cell + 1] ?? 0
    if (a === 0 || b === 0 || multiply(b, b) !== multiply(a, this.#sums[3 * cell + 2] ?? 0)) return 0
    const k = multiply(b, invert(a))
    if (!visits(k, cell) || this.#keys.length >= this.#count) return 0
    const index = this.#keys.length
    this.#keys.push(k)
    this.#weights.push(a)
    this.#states.push(k)
    this.#cells.push(0)
    this.#peeled = index + 1
    return this.#peel(index)
  }

  /** Takes difference `index` from the cells of its walk that have come since it was last done. */
  #peel(index: number): number {
    const k = this.#keys[index] ?? 0
    const a = this.#weights[index] ?? 0
    const b = multiply(a, k)
    const c = multiply(b, k)
    const sums = this.#sums
    const end = this.#count
    let state = this.#states[index] ?? 0
    let cell = this.#cells[index] ?? CELLS_MAX
    let touched = 0
    while (cell < end) {
      const at = 3 * cell
      sums[at] = subtract(sums[at] ?? 0, a)
      sums[at + 1] = subtract(sums[at + 1] ?? 0, b)
      sums[at + 2] = subtract(sums[at + 2] ?? 0, c)
      this.#putWaiting(cell)
      touched++
      state = nextState(state)
      cell = nextCell(cell, state)
    }
    this.#states[index] = state
    this.#cells[index] = cell
    return touched
  }

  #putWaiting(cell: number): void {
    if (this.#isWaiting[cell] === 1) return
    this.#isWaiting[cell] = 1
    const at = this.#waitingFrom + this.#waitingCount
    this.#waiting[at < this.#count ? at : at - this.#count] = cell
    this.#waitingCount++
  }

  #takeWaiting(): number {
    const cell = this.#waiting[this.#waitingFrom] ?? 0
    this.#waitingFrom = this.#waitingFrom + 1 < this.#count ? this.#waitingFrom + 1 : 0
    this.#waitingCount--
    this.#isWaiting[cell] = 0
    return cell
  }
}

function isZero(sum: number): boolean {
  return sum === 0
}
