/**
 * The fingerprint: 64 bits that are equal on two stores with the same live entries. A sum over (key, version) in two
 * lanes, so it follows each change in constant time; tombstones stay out, since replicas drop them at different times.
 */

import type { Entry } from './entry.ts'
import { hashString, LaneSum, mixNumber } from './hash.ts'

const keyHash = { a: 0, b: 0 }
const originHash = { a: 0, b: 0 }
let hashedOrigin = ''

export class Fingerprint {
  readonly #sum = new LaneSum()

  add(entry: Entry): void {
    if (entry.kind === 'tombstone') return
    hash(entry)
    this.#sum.add(mixNumber(keyHash.a, entry.time) ^ originHash.a, mixNumber(keyHash.b, entry.time) ^ originHash.b)
  }

  remove(entry: Entry): void {
    if (entry.kind === 'tombstone') return
    hash(entry)
    this.#sum.subtract(mixNumber(keyHash.a, entry.time) ^ originHash.a, mixNumber(keyHash.b, entry.time) ^ originHash.b)
  }

  /** 16 hex digits. */
  toHex(): string {
    return this.#sum.toHex()
  }
}

function hash(entry: Entry): void {
  hashString(entry.key, keyHash)
  // Entries of one origin come in long rows: hash it once for all of them.
  if (entry.origin === hashedOrigin) return
  hashString(entry.origin, originHash)
  hashedOrigin = entry.origin
}
