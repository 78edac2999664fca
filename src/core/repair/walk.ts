/**
 * Which cells of a sketch a key belongs to: cell 0 always, and cell i with probability 1 / (1 + i/2), each apart from
 * the others, in rising order, drawn from the key's element k alone. Two pure steps on numbers, for loops that must
 * not allocate, and so that a walk can be put aside and taken up:
 *
 *     for (let cell = 0, state = k; cell < end; state = nextState(state), cell = nextCell(cell, state)) …
 *
 * All machines must agree: integer arithmetic and + − × ÷ √ of doubles, which IEEE 754 rounds in one way only.
 *
 * Source of the placing: L. Yang et al., Practical Rateless Set Reconciliation, SIGCOMM 2024; here drawn exactly.
 */

import { mix32 } from '../hash.ts'

/** Cells a sketch may have; a walk ends there. */
export const CELLS_MAX = 32_768

/** −⌊2³² / φ⌋: steps through all 32-bit states. */
const STRIDE = -0x61c88647

/** The state of the walk after `state`; the first is k. */
export function nextState(state: number): number {
  return (state + STRIDE) | 0
}

/** The cell after `cell`, given the state after the one that led to `cell`; `CELLS_MAX` at the end. */
export function nextCell(cell: number, state: number): number {
  // No cell up to j with probability (i + 1)(i + 2) / (j + 1)(j + 2): solved for the first j at which a uniform draw
  // from (0, 1] is not below it.
  const draw = (mix32(state) >>> 0) + 1
  const next = Math.floor(Math.sqrt(((cell + 1) * (cell + 2) * 4294967296) / draw + 0.25) - 0.5)
  return next < CELLS_MAX ? next | 0 : CELLS_MAX
}

/** Whether the walk of `k` visits `cell`. */
export function visits(k: number, cell: number): boolean {
  let at = 0
  let state = k
  while (at < cell) {
    state = nextState(state)
    at = nextCell(at, state)
  }
  return at === cell
}
