/**
 * Reference: a trie of 16 branches over k, complete down to a depth at which a leaf holds an entry or two, with a sum
 * of 32 bits at each node that follows every change. What is below a leaf is a chain of (k, w), which a store could
 * share with another index; the sums alone are `digestBytes`.
 */

import type { Entry } from '../../../src/core/entry.ts'
import { digestOf, kOf, weigh } from './item.ts'

const K_BITS = 31
const NONE = -1

export class HashTrie {
  readonly depth: number
  /** By depth; 16^depth sums each. */
  readonly #sums: readonly Int32Array[]
  readonly #heads: Int32Array
  /** By slot. */
  #next: Int32Array
  #ks: Int32Array
  #ws: Int32Array
  readonly #keys: string[] = []

  /** For about so many entries. */
  constructor(entries: number) {
    this.depth = Math.max(1, Math.round(Math.log(entries) / Math.log(16)))
    this.#sums = Array.from({ length: this.depth + 1 }, (_, depth) => new Int32Array(16 ** depth))
    this.#heads = new Int32Array(16 ** this.depth).fill(NONE)
    this.#next = new Int32Array(entries)
    this.#ks = new Int32Array(entries)
    this.#ws = new Int32Array(entries)
  }

  get digestBytes(): number {
    return this.#sums.reduce((sum, level) => sum + level.byteLength, 0)
  }

  change(former: Entry | undefined, now: Entry): void {
    const k = kOf(now.key)
    const w = weigh(now)
    const delta = digestOf(k, w) - digestOf(k, weigh(former))
    let node = this.leafOf(k)
    this.#ws[former === undefined ? this.#add(node, k, now.key) : this.#slotOf(node, k, now.key)] = w
    for (let depth = this.depth; depth >= 0; depth--, node >>>= 4) {
      const sums = this.#sums[depth]
      if (sums !== undefined) sums[node] = (sums[node] ?? 0) + delta
    }
  }

  sumAt(depth: number, node: number): number {
    return this.#sums[depth]?.[node] ?? 0
  }

  /** Appends k and w of each entry of a leaf. */
  list(leaf: number, into: number[]): void {
    for (let slot = this.#heads[leaf] ?? NONE; slot !== NONE; slot = this.#next[slot] ?? NONE) {
      into.push(this.#ks[slot] ?? 0, this.#ws[slot] ?? 0)
    }
  }

  leafOf(k: number): number {
    return k >>> (K_BITS - 4 * this.depth)
  }

  #slotOf(leaf: number, k: number, key: string): number {
    let slot = this.#heads[leaf] ?? NONE
    while (slot !== NONE && (this.#ks[slot] !== k || this.#keys[slot] !== key)) slot = this.#next[slot] ?? NONE
    return slot
  }

  #add(leaf: number, k: number, key: string): number {
    const slot = this.#keys.push(key) - 1
    if (slot === this.#ks.length) {
      this.#next = grown(this.#next)
      this.#ks = grown(this.#ks)
      this.#ws = grown(this.#ws)
    }
    this.#ks[slot] = k
    this.#next[slot] = this.#heads[leaf] ?? NONE
    this.#heads[leaf] = slot
    return slot
  }
}

function grown(list: Int32Array): Int32Array {
  const longer = new Int32Array(2 * list.length)
  longer.set(list)
  return longer
}
