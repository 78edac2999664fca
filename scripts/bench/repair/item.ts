/**
 * An entry as the references know it: k, 31 bits of a keyed hash of its key, and w, 31 bits of a hash of its version;
 * the same two that the shipped sketch is made of.
 */

import type { Entry } from '../../../src/core/entry.ts'
import { hashString, mix32 } from '../../../src/core/hash.ts'
import { hashKey, type KeySeed, seedOf, sketchKeyOf } from '../../../src/core/repair/key-hash.ts'
import { weightOf } from '../../../src/core/repair/weight.ts'

export const SEED: KeySeed = seedOf('bench')

const keyHash = { a: 0, b: 0 }
const originHash = { a: 0, b: 0 }
let hashedOrigin = ''

/** k of a key, which `weigh` is about until another key is asked for. */
export function kOf(key: string): number {
  hashKey(key, SEED, keyHash)
  return sketchKeyOf(keyHash.a)
}

/** w of an entry of the key that was hashed last; 0 of none. */
export function weigh(entry: Entry | undefined): number {
  if (entry === undefined) return 0
  if (entry.origin !== hashedOrigin) {
    hashedOrigin = entry.origin
    hashString(hashedOrigin, originHash)
  }
  return weightOf(keyHash.b, entry.time, originHash.a, entry.kind === 'live')
}

/** 32 bits that sums of items are made of; 0 of none. */
export function digestOf(k: number, w: number): number {
  return w === 0 ? 0 : mix32(k ^ mix32(w))
}
