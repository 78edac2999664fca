/**
 * The keyed hash of a key: HalfSipHash-1-3 with 64 bits of output over the key's UTF-16 units in little-endian order,
 * two units a word. It places keys in the sketch and in the ranges of repair, so all replicas of a cluster must use
 * one seed; who does not know the seed cannot choose keys that collide. Written out flat, since it runs for every put.
 *
 * Source: J.-P. Aumasson, D. J. Bernstein, SipHash, and its reference code for the 32-bit variant.
 */

import { elementOf } from './field.ts'

export interface KeySeed {
  /** 32-bit integers. */
  readonly k0: number
  readonly k1: number
}

/** The first bits of π: the seed under which seeds are made. */
const FIXED: KeySeed = { k0: 0x243f6a88 | 0, k1: 0x85a308d3 | 0 }

/** The seed that a text (a cluster's name, with its secret if it has one) gives. As secret as the text. */
export function seedOf(text: string): KeySeed {
  const out = { a: 0, b: 0 }
  hashKey(text, FIXED, out)
  return { k0: out.a, k1: out.b }
}

/** The element 1…p − 1 by which the sketch knows a key, from lane `a` of its hash. */
export function sketchKeyOf(a: number): number {
  return elementOf(a)
}

let hashedKey = ''
let hashedSeed: KeySeed | undefined
const hashed = { a: 0, b: 0 }

/** Lane `a`. What is asked for again at once is remembered: what is done with a key takes some steps in a row. */
export function hashOf(key: string, seed: KeySeed): number {
  return hashesOf(key, seed).a
}

/** Both lanes, to be read before the next call. */
export function hashesOf(key: string, seed: KeySeed): { readonly a: number; readonly b: number } {
  if (key === hashedKey && seed === hashedSeed) return hashed
  hashKey(key, seed, hashed)
  hashedKey = key
  hashedSeed = seed
  return hashed
}

/** Writes the two lanes, signed 32-bit integers, to `out`. Always pass objects of one shape. */
export function hashKey(key: string, seed: KeySeed, out: { a: number; b: number }): void {
  const length = key.length
  let v0 = seed.k0
  let v1 = seed.k1 ^ 0xee
  let v2 = seed.k0 ^ 0x6c796765
  let v3 = seed.k1 ^ 0x74656462
  const last = (length << 25) | (length & 1 ? key.charCodeAt(length - 1) : 0)
  const even = length & ~1
  for (let i = 0; i <= even; i += 2) {
    const word = i < even ? key.charCodeAt(i) | (key.charCodeAt(i + 1) << 16) : last
    v3 ^= word
    v0 = (v0 + v1) | 0
    v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0
    v0 = (v0 << 16) | (v0 >>> 16)
    v2 = (v2 + v3) | 0
    v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2
    v0 = (v0 + v3) | 0
    v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0
    v2 = (v2 + v1) | 0
    v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2
    v2 = (v2 << 16) | (v2 >>> 16)
    v0 ^= word
  }
  v2 ^= 0xee
  // Three rounds give the first lane, three more the second.
  for (let round = 0; round < 6; round++) {
    if (round === 3) {
      out.a = v1 ^ v3
      v1 ^= 0xdd
    }
    v0 = (v0 + v1) | 0
    v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0
    v0 = (v0 << 16) | (v0 >>> 16)
    v2 = (v2 + v3) | 0
    v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2
    v0 = (v0 + v3) | 0
    v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0
    v2 = (v2 + v1) | 0
    v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2
    v2 = (v2 << 16) | (v2 >>> 16)
  }
  out.b = v1 ^ v3
}
