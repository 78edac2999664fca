/**
 * Chance of the network, as a hash rather than a stream: what becomes of frame number k between two places depends on the
 * seed, the two places and k alone. So leaving out one frame, or one fault, changes nothing for any other.
 */

import { mix32 } from '../../src/core/hash.ts'

/** What is decided about one frame; each decision has a hash of its own. */
export const DECISION = {
  delay: 0x51,
  extraDelay: 0x1f3,
  loss: 0x2e7,
  duplicate: 0x3b5,
  duplicateDelay: 0x47d,
  replay: 0x593,
  replayDelay: 0x6a9,
  reorder: 0x7c1,
  reorderDelay: 0x8d3,
  corrupt: 0x9e5,
  corruptHow: 0xaf1,
  corruptWhere: 0xbc7,
} as const

const GOLDEN = 0x9e3779b1

/** The hash of the `number`th thing of its kind; `seed` stands for the seed of the run, the places and the kind. */
export function rollOf(seed: number, number: number): number {
  return mix32(mix32(seed) + Math.imul(number, GOLDEN))
}

/** A number in [0, 1) for one decision about what `roll` stands for. */
export function chance(roll: number, decision: number): number {
  return (mix32(roll ^ Math.imul(decision, GOLDEN)) >>> 0) / 4_294_967_296
}
