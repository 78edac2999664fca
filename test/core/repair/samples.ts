/** Maps of elements to weights for the tests of repair, drawn from a seed, and the sketch that a map has. */

import { mix32 } from '../../../src/core/hash.ts'
import { type Cells, differenceOf } from '../../../src/core/repair/cells.ts'
import { elementOf } from '../../../src/core/repair/field.ts'
import { Sketch } from '../../../src/core/repair/sketch.ts'

/** Weights by element of the key. */
export type Weights = Map<number, number>

/** A row of 32-bit numbers that the seed alone decides. */
export function numbersFrom(seed: number): () => number {
  let at = Math.imul(seed, 0x9e3779b1)
  return () => {
    at = (at + 0x6d2b79f5) | 0
    return mix32(mix32(at) ^ 0x5bd1e995) >>> 0
  }
}

export function sampleOf(size: number, seed: number): Weights {
  const next = numbersFrom(seed)
  const weights: Weights = new Map()
  while (weights.size < size) weights.set(elementOf(next()), elementOf(next()))
  return weights
}

export function sketchOf(weights: Weights): Sketch {
  const sketch = new Sketch()
  for (const [k, weight] of weights) sketch.change(k, weight)
  return sketch
}

/** Cells first…first + count − 1 of theirs − mine. */
export function comparedOf(theirs: Sketch, mine: Sketch, count: number, first = 0): Cells {
  return differenceOf(theirs.prefix(count, first), mine.prefix(count, first))
}
