/**
 * The weight of one version in the sketch: an element 1…p − 1 that two stores compute alike from the key's hash, the
 * version's time and origin, and whether it is a tombstone. It shares no step with the fingerprint, which hashes keys
 * without a seed: where two weights happen to be equal, the fingerprint still tells.
 */

import { elementOf } from './field.ts'

/**
 * @param b the other lane of the key's hash, of which the sketch's key is not made
 * @param time of the version, a safe integer not below 0
 * @param originHash 32 bits of a hash of the version's origin
 */
export function weightOf(b: number, time: number, originHash: number, isLive: boolean): number {
  const low = time | 0
  const high = Math.floor(time / 4294967296) | 0
  let x = Math.imul(b ^ low, 0x2c1b3c6d)
  x = Math.imul(x ^ (x >>> 15) ^ originHash, 0x297a2d39)
  x = Math.imul((x ^ (x >>> 16)) + high, 0x7feb352d)
  x = Math.imul(x ^ (x >>> 15) ^ (isLive ? 0x3c6ef372 : 0x1b873593), 0x846ca68b)
  return elementOf(x ^ (x >>> 16))
}
