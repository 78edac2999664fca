/**
 * The entries of a store by key: a hash table that keeps them in the order in which their keys came, as a `Map` does.
 * It keeps the hash of each key beside the number that leads to its entry, so that filling it touches none of the keys
 * that came before: with a million of them it takes half the time of a `Map`, and less memory. As there, a change that
 * finds it too full or too empty moves all at once: at a million some 15 ms to grow and 25 ms to shrink, where a `Map`
 * takes 30 ms and 15 ms. Who goes through it while it changes meets every key that stays, and none twice.
 */

import type { Entry } from './entry.ts'
import { hashOf, type KeySeed } from './repair/key-hash.ts'

const CAPACITY_MIN = 16
const LOAD_MAX = 0.7
/** Emptier than this, the table is made smaller. Far from `LOAD_MAX`, so that a few keys to and fro do not move all. */
const LOAD_MIN = 0.15

/** What is held, for who only looks. */
export interface HeldEntries {
  readonly size: number
  get(key: string): Entry | undefined
  has(key: string): boolean
  keys(): Iterable<string>
  values(): Iterable<Entry>
}

/** Where somebody is who goes through the table. */
interface Cursor {
  /** In the row, of what comes next. */
  next: number
}

export class EntryTable {
  readonly #seed: KeySeed
  /** Places: a power of two. */
  #capacity = CAPACITY_MIN
  /**
   * For each place two numbers: 31 bits of the key's hash, and the number of its entry in the row, from 1 on; 0: free. A
   * key stands at the place of its hash or behind it, around the end, with no free place between.
   */
  #places = new Int32Array(2 * CAPACITY_MIN)
  /** In the order of their keys' coming; `undefined` where one was removed. */
  #row: (Entry | undefined)[] = []
  #size = 0
  /** Of those who may go on: who was dropped half-way is not followed. */
  #cursors: WeakRef<Cursor>[] = []

  /** `seed`: who does not know it cannot choose keys that stand in each other's way. */
  constructor(seed: KeySeed) {
    this.#seed = seed
  }

  get size(): number {
    return this.#size
  }

  get(key: string): Entry | undefined {
    const number = this.#places[this.#find(key) + 1] ?? 0
    return number === 0 ? undefined : this.#row[number - 1]
  }

  has(key: string): boolean {
    return this.#places[this.#find(key) + 1] !== 0
  }

  /** In place of the one of its key. */
  set(entry: Entry): void {
    const at = this.#find(entry.key)
    const number = this.#places[at + 1] ?? 0
    if (number !== 0) this.#row[number - 1] = entry
    else this.#append(entry, at)
  }

  /** Changes nothing when it is not there. */
  delete(key: string): void {
    const at = this.#find(key)
    const number = this.#places[at + 1] ?? 0
    if (number === 0) return
    this.#closeGap(at)
    this.#row[number - 1] = undefined
    this.#size--
    if (this.#capacity > CAPACITY_MIN && this.#size < this.#capacity * LOAD_MIN) this.#rebuild()
  }

  *values(): Generator<Entry, void> {
    const cursor: Cursor = { next: 0 }
    const ref = new WeakRef(cursor)
    this.#cursors.push(ref)
    while (cursor.next < this.#row.length) {
      const entry = this.#row[cursor.next++]
      if (entry !== undefined) yield entry
    }
    this.#cursors = this.#cursors.filter((other) => other !== ref)
  }

  *keys(): Generator<string, void> {
    for (const { key } of this.values()) yield key
  }

  /** Where the place of the key begins, or the free one where it would stand. */
  #find(key: string): number {
    const hash = hashOf(key, this.#seed) >>> 1
    const places = this.#places
    const mask = places.length - 1
    for (let at = (2 * hash) & mask; ; at = (at + 2) & mask) {
      const number = places[at + 1] ?? 0
      if (number === 0 || (places[at] === hash && this.#row[number - 1]?.key === key)) return at
    }
  }

  /** `at`: a free place, where its key would stand. */
  #append(entry: Entry, at: number): void {
    if (this.#row.length + 1 > this.#capacity * LOAD_MAX) {
      this.#rebuild()
      at = this.#find(entry.key)
    }
    this.#row.push(entry)
    this.#size++
    this.#places[at] = hashOf(entry.key, this.#seed) >>> 1
    this.#places[at + 1] = this.#row.length
  }

  /** Moves back into the gap what could stand there, and again into the gap that this leaves. Knuth, 6.4, algorithm R. */
  #closeGap(gap: number): void {
    const places = this.#places
    const mask = places.length - 1
    for (let at = (gap + 2) & mask; places[at + 1] !== 0; at = (at + 2) & mask) {
      const hash = places[at] ?? 0
      // How far it stands behind the place of its hash: if the gap is farther back than that, it must stay.
      if (((at - 2 * hash) & mask) < ((at - gap) & mask)) continue
      places[gap] = hash
      places[gap + 1] = places[at + 1] ?? 0
      gap = at
    }
    places[gap + 1] = 0
  }

  /** Leaves out what was removed, and has room for half as many again. */
  #rebuild(): void {
    const numbers = this.#size < this.#row.length ? this.#closeUp() : undefined
    let capacity = CAPACITY_MIN
    while (1.5 * (this.#size + 1) > capacity * LOAD_MAX) capacity *= 2
    const former = this.#places
    const places = new Int32Array(2 * capacity)
    const mask = places.length - 1
    for (let from = 0; from < former.length; from += 2) {
      const number = former[from + 1] ?? 0
      if (number === 0) continue
      const hash = former[from] ?? 0
      let at = (2 * hash) & mask
      while (places[at + 1] !== 0) at = (at + 2) & mask
      places[at] = hash
      places[at + 1] = numbers === undefined ? number : (numbers[number - 1] ?? 0)
    }
    this.#capacity = capacity
    this.#places = places
  }

  /** Closes the gaps of the row; whoever goes through it goes on where he was. Returns the new number of each. */
  #closeUp(): Int32Array {
    const cursors = this.#cursors.flatMap((ref) => ref.deref() ?? [])
    this.#cursors = this.#cursors.filter((ref) => ref.deref() !== undefined)
    const numbers = new Int32Array(this.#row.length)
    const row: Entry[] = []
    for (let i = 0; i < this.#row.length; i++) {
      for (const cursor of cursors) if (cursor.next === i) cursor.next = -1 - row.length
      const entry = this.#row[i]
      if (entry === undefined) continue
      row.push(entry)
      numbers[i] = row.length
    }
    for (const cursor of cursors) cursor.next = cursor.next < 0 ? -1 - cursor.next : row.length
    this.#row = row
    return numbers
  }
}
