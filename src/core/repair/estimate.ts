/**
 * How many keys differ between two stores, told from 72 bytes of each. The bytes hold two-bit hashes of 288 cells, a
 * rising row of positions with more of them where the sketch ends: a cell that no difference visits has equal hashes,
 * and of the others a quarter. The number under which the pattern seen is likeliest is returned; mostly within 20 %,
 * 1 in 50 beyond −35 % / +60 %. Four two-bit hashes tell twice as much as one hash of eight bits.
 */

import { invariant } from '../errors.ts'
import { mix32 } from '../hash.ts'
import type { Cells } from './cells.ts'
import { CELLS_MAX } from './walk.ts'

export const ESTIMATOR_BYTES = 72

/** Estimates end here: more differences than this look alike. */
export const ESTIMATE_MAX = 32_768

/** Below this cell nothing is learned that the cells themselves would not say. */
const POSITION_MIN = 8

const POSITIONS: Int32Array = positions(4 * ESTIMATOR_BYTES)

function positions(count: number): Int32Array {
  const cells = new Int32Array(count)
  let cell = POSITION_MIN
  for (let i = 0; i < count; i++) {
    cells[i] = cell
    cell += 1 + Math.floor(cell / (31 + Math.floor(cell / 512)))
  }
  return cells
}

/** The estimator of a whole sketch, `ESTIMATOR_BYTES` long. */
export function estimatorOf(cells: Cells): Uint8Array {
  invariant(cells.first === 0 && cells.count === CELLS_MAX, 'an estimator is made of a whole sketch')
  const bytes = new Uint8Array(ESTIMATOR_BYTES)
  for (let i = 0; i < POSITIONS.length; i++) {
    const hash = mix32(cells.sums[3 * (POSITIONS[i] ?? 0)] ?? 0)
    bytes[i >> 2] = (bytes[i >> 2] ?? 0) | ((hash & 3) << (2 * (i & 3)))
  }
  return bytes
}

/** About how many keys differ, 0…`ESTIMATE_MAX`; undefined if one is not an estimator. 0 is a guess like the others. */
export function estimateOf(theirs: Uint8Array, mine: Uint8Array): number | undefined {
  if (theirs.length !== ESTIMATOR_BYTES || mine.length !== ESTIMATOR_BYTES) return undefined
  const differ = new Uint8Array(POSITIONS.length)
  for (let i = 0; i < differ.length; i++) {
    const bits = (theirs[i >> 2] ?? 0) ^ (mine[i >> 2] ?? 0)
    differ[i] = (bits >> (2 * (i & 3))) & 3
  }
  if (differ.every((bits) => bits === 0)) return 0
  // First the power of two that is likeliest, then in halving steps around it.
  let best = 1
  let likelihood = -1
  const untouched = Float64Array.from(POSITIONS, untouchedByOne)
  for (let count = 1; count <= ESTIMATE_MAX; count *= 2) {
    const found = likelihoodOf(untouched, differ)
    if (found > likelihood) [best, likelihood] = [count, found]
    for (let i = 0; i < untouched.length; i++) untouched[i] = (untouched[i] ?? 0) * (untouched[i] ?? 0)
  }
  for (let step = best / 2; step >= 1 && step >= best / 32; step /= 2)
    for (const count of [best - step, best + step]) {
      if (count > ESTIMATE_MAX) continue
      for (let i = 0; i < untouched.length; i++) untouched[i] = powerOf(untouchedByOne(POSITIONS[i] ?? 0), count)
      const found = likelihoodOf(untouched, differ)
      if (found > likelihood) [best, likelihood] = [count, found]
    }
  return best
}

/** The probability that one difference does not visit `cell`. */
function untouchedByOne(cell: number): number {
  return cell / (cell + 2)
}

/** Up to a constant factor; between 4⁻²⁸⁸ and 4²⁸⁸ where it matters, so a product of doubles holds it. */
function likelihoodOf(untouched: Float64Array, differ: Uint8Array): number {
  let likelihood = 1
  for (let i = 0; i < differ.length; i++)
    likelihood *= differ[i] === 0 ? 1 + 3 * (untouched[i] ?? 0) : 1 - (untouched[i] ?? 0)
  return likelihood
}

/** `base` to a whole number, by × alone: engines may round Math.pow in different ways, and runs must replay. */
function powerOf(base: number, exponent: number): number {
  let power = 1
  for (let rest = exponent | 0, square = base; rest > 0; rest >>= 1, square *= square) if (rest & 1) power *= square
  return power
}
