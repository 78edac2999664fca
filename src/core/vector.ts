/**
 * The version vector: origin → time. V[o] = t claims: for every write by o with time ≤ t, I hold it, or something newer
 * for its key. An origin that is missing counts as its birth, at or below which nothing was written. A vector keeps a
 * hash of itself that follows each change, so that two replicas compare theirs in a few bytes.
 */

import type { Version } from './entry.ts'
import { hashString, LaneSum, mixNumber } from './hash.ts'
import { birthOf, type OriginId } from './origin.ts'

/** A vector on the wire and on disk: each origin once, in any order. */
export type VectorEntries = readonly (readonly [origin: OriginId, time: number])[]

interface Slot {
  time: number
  readonly hashA: number
  readonly hashB: number
}

const scratch = { a: 0, b: 0 }

export class VersionVector {
  readonly #slots = new Map<OriginId, Slot>()
  readonly #sum = new LaneSum()

  /** The time up to which the writes of `origin` are covered. */
  get(origin: OriginId): number {
    return this.#slots.get(origin)?.time ?? birthOf(origin)
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
      hashString(origin, scratch)
      const added = { time, hashA: scratch.a, hashB: scratch.b }
      this.#slots.set(origin, added)
      this.#add(added)
      return true
    }
    if (time <= slot.time) return false
    this.#subtract(slot)
    slot.time = time
    this.#add(slot)
    return true
  }

  /** Lowers V[origin] to `time` when it is above; at its birth it is dropped. For origins that left the membership. */
  clamp(origin: OriginId, time: number): void {
    const slot = this.#slots.get(origin)
    if (slot === undefined || slot.time <= time) return
    this.#subtract(slot)
    if (time <= birthOf(origin)) {
      this.#slots.delete(origin)
      return
    }
    slot.time = time
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
    for (const [origin, slot] of this.#slots) entries.push([origin, slot.time])
    return entries
  }

  /** Hash of all entries, 16 hex digits; equal vectors have equal hashes. */
  hash(): string {
    return this.#sum.toHex()
  }

  #add(slot: Slot): void {
    this.#sum.add(mixNumber(slot.hashA, slot.time), mixNumber(slot.hashB, slot.time))
  }

  #subtract(slot: Slot): void {
    this.#sum.subtract(mixNumber(slot.hashA, slot.time), mixNumber(slot.hashB, slot.time))
  }
}
