/**
 * Entries of 100 bytes, key and value together, with values that no store can make smaller: what is measured is the
 * store and not its luck with one letter many times.
 */

import { KEY_BYTES } from '../samples.ts'

export const ENTRY_BYTES = 100
export const VALUE_BYTES: number = ENTRY_BYTES - KEY_BYTES

/** The same number gives the same bytes, always. xorshift32, Marsaglia 2003. */
export function noiseOf(number: number, length: number): Uint8Array {
  const noise = new Uint8Array(length)
  let state = Math.imul(number + 1, 0x9e3779b1) | 1
  for (let at = 0; at < length; at++) {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    noise[at] = state
  }
  return noise
}
