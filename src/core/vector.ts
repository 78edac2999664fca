/**
 * The version vector: origin → time. V[o] = t claims: for every write by o with time ≤ t, I hold it, or something newer
 * for its key. An origin that is missing counts as its birth, at or below which nothing was written. A vector keeps a
 * hash of itself that follows each change, so that two replicas compare theirs in a few bytes. Old runs stay in it for
 * years, so what it knows of an origin stands in typed arrays, at a slot that is used again when the origin was dropped.
 */

import type { Version } from './entry.ts'
import { hashString, LaneSum, mixNumber } from './hash.ts'
import { birthOf, type OriginId } from './origin.ts'

/** A vector on the wire and on disk: each origin once, in any order. */
export type VectorEntries = readonly (readonly [origin: OriginId, time: number])[]

const CAPACITY_MIN = 8

const scratch = { a: 0, b: 0 }

export class VersionVector {
  /** Where the origin stands in the three arrays. */
  readonly #slots = new Map<OriginId, number>()
  #times = new Float64Array(CAPACITY_MIN)
  /** The two lanes of the origin's hash. */
  #hashA = new Int32Array(CAPACITY_MIN)
  #hashB = new Int32Array(CAPACITY_MIN)
  /** Slots of origins that were dropped. */
  readonly #free: number[] = []
  readonly #sum = new LaneSum()

  /** The time up to which the writes of `origin` are covered. */
  get(origin: OriginId): number {
    const slot = this.#slots.get(origin)
    return slot === undefined ? birthOf(origin) : this.#timeAt(slot)
  }

  has(origin: OriginId): boolean {
    return this.#slots.has(origin)
  }

  covers(version: Version): boolean {
    return this.get(version.origin) >= version.time
  }

  /** Raises V[origin]; a lower time changes nothing. Whether it rose. */
  raise(origin: OriginId, time: number): boolean {
    const slot = this.#slots.get(origin)
    if (slot === undefined) {
      // An entry at the birth says nothing that a missing one does not, and would give equal vectors unequal hashes.
      if (time <= birthOf(origin)) return false
      this.#place(origin, time)
      return true
    }
    if (time <= this.#timeAt(slot)) return false
    this.#subtract(slot, this.#sum)
    this.#times[slot] = time
    this.#add(slot)
    return true
  }

  /** Lowers V[origin] to `time` when it is above; at its birth it is dropped. For origins that left the membership. */
  clamp(origin: OriginId, time: number): void {
    const slot = this.#slots.get(origin)
    if (slot === undefined || this.#timeAt(slot) <= time) return
    this.#subtract(slot, this.#sum)
    if (time <= birthOf(origin)) {
      this.#slots.delete(origin)
      this.#free.push(slot)
      return
    }
    this.#times[slot] = time
    this.#add(slot)
  }

  union(entries: VectorEntries): void {
    for (const [origin, time] of entries) this.raise(origin, time)
  }

  get size(): number {
    return this.#slots.size
  }

  /** A frozen view. */
  [Symbol.iterator](): IterableIterator<readonly [OriginId, number]> {
    return this.toEntries()[Symbol.iterator]()
  }

  /** A copy that later changes do not touch. */
  toEntries(): VectorEntries {
    const entries: (readonly [OriginId, number])[] = []
    for (const [origin, slot] of this.#slots) entries.push([origin, this.#timeAt(slot)])
    return entries
  }

  /** A copy of what it claims of these origins alone; one that it does not name is listed at its birth. */
  toEntriesOf(origins: Iterable<OriginId>): VectorEntries {
    const entries: (readonly [OriginId, number])[] = []
    for (const origin of origins) entries.push([origin, this.get(origin)])
    return entries
  }

  /** Hash of all entries, 16 hex digits; equal vectors have equal hashes. */
  hash(): string {
    return this.#sum.toHex()
  }

  /** What `hash` would be without these origins, each given once. Takes time for those given, not for all others. */
  hashWithout(origins: Iterable<OriginId>): string {
    const sum = this.#sum.clone()
    for (const origin of origins) {
      const slot = this.#slots.get(origin)
      if (slot !== undefined) this.#subtract(slot, sum)
    }
    return sum.toHex()
  }

  #place(origin: OriginId, time: number): void {
    const slot = this.#free.pop() ?? this.#slots.size
    if (slot === this.#times.length) this.#grow()
    hashString(origin, scratch)
    this.#times[slot] = time
    this.#hashA[slot] = scratch.a
    this.#hashB[slot] = scratch.b
    this.#slots.set(origin, slot)
    this.#add(slot)
  }

  /** By a quarter: a vector grows slowly for years, and room for as many again would never be used. */
  #grow(): void {
    const capacity = this.#times.length + Math.max(CAPACITY_MIN, this.#times.length >> 2)
    const times = new Float64Array(capacity)
    const hashA = new Int32Array(capacity)
    const hashB = new Int32Array(capacity)
    times.set(this.#times)
    hashA.set(this.#hashA)
    hashB.set(this.#hashB)
    this.#times = times
    this.#hashA = hashA
    this.#hashB = hashB
  }

  #timeAt(slot: number): number {
    return this.#times[slot] ?? 0
  }

  #add(slot: number): void {
    const time = this.#timeAt(slot)
    this.#sum.add(mixNumber(this.#hashA[slot] ?? 0, time), mixNumber(this.#hashB[slot] ?? 0, time))
  }

  #subtract(slot: number, sum: LaneSum): void {
    const time = this.#timeAt(slot)
    sum.subtract(mixNumber(this.#hashA[slot] ?? 0, time), mixNumber(this.#hashB[slot] ?? 0, time))
  }
}
