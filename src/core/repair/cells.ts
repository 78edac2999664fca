/**
 * A run of consecutive cells of a sketch, a copy that belongs to its holder. Each cell keeps three sums modulo p over
 * the entries whose walk visits it: A of weights w, B of w·k, C of w·k². All of it is linear, so two runs can be
 * subtracted cell by cell, and a change can be taken back exactly. Bytes of a peer become cells here or not at all.
 */

import { invariant } from '../errors.ts'
import { add, multiply, P, subtract } from './field.ts'
import { CELLS_MAX, nextCell, nextState } from './walk.ts'

/** Three elements of four bytes, little-endian. */
export const CELL_BYTES = 12

export class Cells {
  /** Number of the first cell here. */
  readonly first: number
  readonly count: number
  /** A, B and C of each cell in turn; elements 0…p − 1. */
  readonly sums: Int32Array

  /** Cells first…first + count − 1, all zero. They must lie within `CELLS_MAX`. */
  constructor(count: number, first = 0) {
    invariant(first >= 0 && count >= 0 && first + count <= CELLS_MAX, 'cells lie within the sketch')
    this.first = first
    this.count = count
    this.sums = new Int32Array(3 * count)
  }

  /** A copy of cells first…first + count − 1, which must be here. */
  copy(count: number, first: number = this.first): Cells {
    const from = first - this.first
    invariant(from >= 0 && from + count <= this.count, 'copied cells are there')
    const cells = new Cells(count, first)
    cells.sums.set(this.sums.subarray(3 * from, 3 * (from + count)))
    return cells
  }

  /** The weight of the key of element `k` (1…p − 1) grew by `deltaWeight`, modulo p. Its negative takes that back. */
  change(k: number, deltaWeight: number): void {
    const b = multiply(deltaWeight, k)
    const c = multiply(b, k)
    const { first, sums } = this
    const end = first + this.count
    let cell = 0
    let state = k
    while (cell < end) {
      if (cell >= first) {
        const at = 3 * (cell - first)
        sums[at] = add(sums[at] ?? 0, deltaWeight)
        sums[at + 1] = add(sums[at + 1] ?? 0, b)
        sums[at + 2] = add(sums[at + 2] ?? 0, c)
      }
      state = nextState(state)
      cell = nextCell(cell, state)
    }
  }

  /** Whether no difference is left: every sum is zero. */
  isZero(): boolean {
    return this.sums.every(isZero)
  }

  /** `CELL_BYTES` for each cell. */
  toBytes(): Uint8Array {
    const bytes = new Uint8Array(CELL_BYTES * this.count)
    const view = new DataView(bytes.buffer)
    for (let i = 0; i < this.sums.length; i++) view.setInt32(4 * i, this.sums[i] ?? 0, true)
    return bytes
  }
}

function isZero(sum: number): boolean {
  return sum === 0
}

/** Cell by cell `theirs − mine`. Both must hold the same cells. */
export function differenceOf(theirs: Cells, mine: Cells): Cells {
  invariant(theirs.first === mine.first && theirs.count === mine.count, 'the same cells are compared')
  const cells = new Cells(theirs.count, theirs.first)
  for (let i = 0; i < cells.sums.length; i++) cells.sums[i] = subtract(theirs.sums[i] ?? 0, mine.sums[i] ?? 0)
  return cells
}

/** The cells from number `first` on that `bytes` hold; undefined if no cells of a sketch are written so. */
export function cellsFromBytes(bytes: Uint8Array, first = 0): Cells | undefined {
  const count = bytes.length / CELL_BYTES
  if (!Number.isInteger(count) || !Number.isInteger(first) || first < 0 || first + count > CELLS_MAX) return undefined
  const cells = new Cells(count, first)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (let i = 0; i < cells.sums.length; i++) {
    const sum = view.getUint32(4 * i, true)
    if (sum >= P) return undefined
    cells.sums[i] = sum
  }
  return cells
}
