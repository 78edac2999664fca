/**
 * Finds keys by a number: from k, 31 bits of a hash of the key, to the keys that have it, mostly one. A hash table with
 * linear probing, its numbers apart in a typed array: about 25 bytes a key, where a `Map` of sets takes hundreds. A
 * removal shifts back what stands behind it, so nothing is left of keys that are gone. It is in parts that grow one by
 * one, so that no change has to move all. k must be well mixed, since its high bits are its part and its low bits its
 * place; that k belongs to the key is the caller's to keep.
 */

/** Of the 31 bits of k, those that tell the place. The others tell which of the 64 parts. */
const PLACE_BITS = 25
const PARTS = 64

const CAPACITY_MIN = 16
const LOAD_MAX = 0.7
/** Parts fill evenly: each of them grows at another load, so that they do not all grow at the same time. */
const LOAD_SPREAD = 0.2
/** Emptier than this, the table is halved. Far from what makes it grow, so that a few keys to and fro do not move all. */
const LOAD_MIN = 0.15
/** No k: those have 31 bits. */
const FREE = -1

export class KeyIndex {
  readonly #parts: (Part | undefined)[] = new Array<Part | undefined>(PARTS).fill(undefined)
  #size = 0

  get size(): number {
    return this.#size
  }

  has(k: number, key: string): boolean {
    return this.#parts[k >>> PLACE_BITS]?.has(k, key) === true
  }

  /** Adds `key` under `k`, 0 to 2³¹ − 1; changes nothing when it is there. */
  add(k: number, key: string): void {
    let part = this.#parts[k >>> PLACE_BITS]
    if (part === undefined) {
      part = new Part(LOAD_MAX - (LOAD_SPREAD * (k >>> PLACE_BITS)) / PARTS)
      this.#parts[k >>> PLACE_BITS] = part
    }
    if (part.add(k, key)) this.#size++
  }

  /** Changes nothing when `key` is not there under `k`. */
  remove(k: number, key: string): void {
    if (this.#parts[k >>> PLACE_BITS]?.remove(k, key) === true) this.#size--
  }

  /** Appends the keys that have `k` to `into`, in any order. */
  collect(k: number, into: string[]): void {
    this.#parts[k >>> PLACE_BITS]?.collect(k, into)
  }
}

class Part {
  readonly #loadMax: number
  /** A power of two long. A key stands at the place of its k or behind it, around the end, with no free place between. */
  #ks = new Int32Array(CAPACITY_MIN).fill(FREE)
  /** The key of each k; empty where there is none. */
  #keys: string[] = new Array<string>(CAPACITY_MIN).fill('')
  #size = 0

  constructor(loadMax: number) {
    this.#loadMax = loadMax
  }

  has(k: number, key: string): boolean {
    return this.#ks[this.#find(k, key)] !== FREE
  }

  /** Whether it was not there. */
  add(k: number, key: string): boolean {
    let place = this.#find(k, key)
    if (this.#ks[place] !== FREE) return false
    if (this.#size + 1 > this.#ks.length * this.#loadMax) {
      this.#resize(this.#ks.length * 2)
      place = this.#find(k, key)
    }
    this.#ks[place] = k
    this.#keys[place] = key
    this.#size++
    return true
  }

  /** Whether it was there. */
  remove(k: number, key: string): boolean {
    const place = this.#find(k, key)
    if (this.#ks[place] === FREE) return false
    this.#closeGap(place)
    this.#size--
    const { length } = this.#ks
    if (length > CAPACITY_MIN && this.#size < length * LOAD_MIN) this.#resize(length / 2)
    return true
  }

  collect(k: number, into: string[]): void {
    const mask = this.#ks.length - 1
    for (let place = k & mask; this.#ks[place] !== FREE; place = (place + 1) & mask)
      if (this.#ks[place] === k) into.push(this.#keys[place] ?? '')
  }

  /** Where the key stands, or the free place where it would. */
  #find(k: number, key: string): number {
    const mask = this.#ks.length - 1
    let place = k & mask
    while (this.#ks[place] !== FREE && (this.#ks[place] !== k || this.#keys[place] !== key)) place = (place + 1) & mask
    return place
  }

  /** Moves back into the gap what could stand there, and again into the gap that this leaves. Knuth, 6.4, algorithm R. */
  #closeGap(gap: number): void {
    const mask = this.#ks.length - 1
    for (let place = (gap + 1) & mask; this.#ks[place] !== FREE; place = (place + 1) & mask) {
      const k = this.#ks[place] ?? FREE
      // How far it stands behind the place of its k: if the gap is farther back than that, it must stay.
      if (((place - k) & mask) < ((place - gap) & mask)) continue
      this.#ks[gap] = k
      this.#keys[gap] = this.#keys[place] ?? ''
      gap = place
    }
    this.#ks[gap] = FREE
    this.#keys[gap] = ''
  }

  #resize(capacity: number): void {
    const ks = this.#ks
    const keys = this.#keys
    this.#ks = new Int32Array(capacity).fill(FREE)
    this.#keys = new Array<string>(capacity).fill('')
    const mask = capacity - 1
    for (const [i, k] of ks.entries()) {
      if (k === FREE) continue
      let place = k & mask
      while (this.#ks[place] !== FREE) place = (place + 1) & mask
      this.#ks[place] = k
      this.#keys[place] = keys[i] ?? ''
    }
  }
}
