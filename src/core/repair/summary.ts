/**
 * What is known of all held entries together, following each change in constant time: the fingerprint of the live ones,
 * a hash of all, the sketch, and which keys have which k. Views that were frozen are told what they must undo. Equal
 * stores have equal summaries, whatever the order of their changes. One keyed hash of the key serves them all. Sketch and
 * index are of use to repair alone, and may be made later than the rest: in slices, or at once when they are asked for.
 */

import { compareEntries, type Entry } from '../entry.ts'
import type { HeldEntries } from '../entry-table.ts'
import { invariant } from '../errors.ts'
import { hashString, LaneSum, mixNumber } from '../hash.ts'
import { KeyIndex } from '../key-index.ts'
import type { OriginId } from '../origin.ts'
import { subtract } from './field.ts'
import { FrozenView } from './frozen-view.ts'
import { hashesOf, type KeySeed, sketchKeyOf } from './key-hash.ts'
import { RecentChanges } from './recent-changes.ts'
import { Sketch } from './sketch.ts'
import { weightOf } from './weight.ts'

/** The hash of a tombstone differs from that of a value at the same version. */
const TOMBSTONE_SALT = 0x5bd1e995
/** Entries for sketch and index at one time; the first ones take an engine that has just started ten times as long. */
const ADVANCE_SLICE = 2_048
const ADVANCE_SLICE_FIRST = 128

let keyHash: ReturnType<typeof hashesOf> = { a: 0, b: 0 }
/** The origin hashed last, and the one before: an entry and the one that it replaces are often by two. */
let originHash = { a: 0, b: 0 }
let hashedOrigin = ''
let otherHash = { a: 0, b: 0 }
let otherOrigin = ''
const lanes = { a: 0, b: 0 }

export class Summary {
  readonly seed: KeySeed
  readonly #sketch = new Sketch()
  readonly #index = new KeyIndex()
  /** Of the live entries, those left out that have expired. */
  readonly #fingerprint = new LaneSum()
  /** Of everything held. */
  readonly #sum = new LaneSum()
  #recent = new RecentChanges(-1)
  readonly #views = new Set<FrozenView>()
  /** What is held, while sketch and index have only those keys of it that were met so far. */
  #owed: HeldEntries | undefined
  /** Stands before the first of them that was not met. */
  #meeting: Iterator<Entry> | undefined

  constructor(seed: KeySeed) {
    this.seed = seed
  }

  /**
   * The held entry of a key changed. `formerCounts`: whether the former one is in the fingerprint. `clock`: the HLC of
   * this replica now.
   */
  change(former: Entry | undefined, now: Entry | undefined, formerCounts: boolean, clock: number): void {
    const { key } = former ?? now ?? NOTHING
    keyHash = hashesOf(key, this.seed)
    const k = sketchKeyOf(keyHash.a)
    let weight = 0
    let formerWeight = 0
    let a = 0
    let b = 0
    if (former !== undefined) {
      formerWeight = this.#weigh(former)
      this.#sum.subtract(lanes.a, lanes.b)
      if (formerCounts) {
        a = -lanes.a
        b = -lanes.b
      }
    }
    if (now !== undefined) {
      weight = this.#weigh(now)
      this.#sum.add(lanes.a, lanes.b)
      if (now.kind === 'live') {
        a += lanes.a
        b += lanes.b
      }
    }
    if (a !== 0 || b !== 0) {
      this.#fingerprint.add(a, b)
      // Repair and collection take nothing away that a reader of another replica could still see as of then.
      if (now !== undefined) this.#recent.add(Math.min(now.time, clock), clock, a, b)
    }
    // What is owed is met later, as it will be then.
    if (this.#owed !== undefined && !this.#index.has(k, key)) return
    this.#sketch.change(k, subtract(weight, formerWeight))
    if (former === undefined) this.#index.add(k, key)
    else if (now === undefined) this.#index.remove(k, key)
    for (const view of this.#views) view.note(k, key, former, now)
  }

  /** Sketch and index may be made later. `held`: all that `change` was told of, always; it is empty now. */
  defer(held: HeldEntries): void {
    invariant(held.size === 0 && this.#index.size === 0, 'only the summary of nothing is made later')
    this.#owed = held
    this.#meeting = undefined
  }

  /** Looks at up to `max` entries for sketch and index. Whether there are more. */
  advance(max: number = Math.min(ADVANCE_SLICE, ADVANCE_SLICE_FIRST + this.#index.size)): boolean {
    if (this.#owed === undefined) return false
    this.#meeting ??= this.#owed.values()[Symbol.iterator]()
    for (let left = max; left > 0; left--) {
      const next = this.#meeting.next()
      if (next.done === true) {
        this.#owed = undefined
        this.#meeting = undefined
        return false
      }
      const weight = this.weightOf(next.value)
      const k = sketchKeyOf(keyHash.a)
      this.#sketch.change(k, weight)
      this.#index.add(k, next.value.key)
    }
    return true
  }

  /** A live entry has expired: it is held still, and counts no more. `at`: the HLC of its expiry. */
  lapse(entry: Entry, at: number, clock: number): void {
    keyHash = hashesOf(entry.key, this.seed)
    this.#weigh(entry)
    this.#fingerprint.subtract(lanes.a, lanes.b)
    this.#recent.add(at, clock, -lanes.a, -lanes.b)
  }

  /** The clock was set back: what changed by the former one is not told as of any time. */
  forgetRecent(clock: number): void {
    this.#recent = new RecentChanges(clock)
  }

  /** Takes `lapse` back. */
  unlapse(entry: Entry): void {
    keyHash = hashesOf(entry.key, this.seed)
    this.#weigh(entry)
    this.#fingerprint.add(lanes.a, lanes.b)
  }

  /** Of the live entries, 16 hex digits. */
  fingerprint(): string {
    return this.#fingerprint.toHex()
  }

  /** The same as of an earlier time; `undefined` when too much has changed since. */
  fingerprintAsOf(time: number): string | undefined {
    const sum = this.#fingerprint.clone()
    return this.#recent.undoSince(time, sum) ? sum.toHex() : undefined
  }

  /** Of everything held. */
  get sum(): LaneSum {
    return this.#sum.clone()
  }

  get sketch(): Sketch {
    this.advance(Number.POSITIVE_INFINITY)
    return this.#sketch
  }

  /** Keys with this k, by which nothing may be held any more. */
  keysOf(k: number): string[] {
    this.advance(Number.POSITIVE_INFINITY)
    const keys: string[] = []
    this.#index.collect(k, keys)
    return keys
  }

  kOf(key: string): number {
    keyHash = hashesOf(key, this.seed)
    return sketchKeyOf(keyHash.a)
  }

  /** The weight of a version in the sketch. */
  weightOf(entry: Entry): number {
    keyHash = hashesOf(entry.key, this.seed)
    return this.#weigh(entry)
  }

  /** Adds or takes away an entry in a sum of everything. */
  addTo(sum: LaneSum, entry: Entry, by: 1 | -1): void {
    keyHash = hashesOf(entry.key, this.seed)
    this.#weigh(entry)
    if (by === 1) sum.add(lanes.a, lanes.b)
    else sum.subtract(lanes.a, lanes.b)
  }

  /** A view of now, which stays as it is until it is released or too much has changed. */
  freeze(held: HeldEntries): FrozenView {
    this.advance(Number.POSITIVE_INFINITY)
    const view = new FrozenView(this, held)
    this.#views.add(view)
    return view
  }

  release(view: FrozenView): void {
    this.#views.delete(view)
  }

  /** Weight and lanes of an entry whose key was hashed last. */
  #weigh({ time, origin, kind }: Entry): number {
    const isLive = kind === 'live'
    rehash(origin)
    lanes.a = (mixNumber(keyHash.a, time) ^ originHash.a ^ (isLive ? 0 : TOMBSTONE_SALT)) | 0
    lanes.b = (mixNumber(keyHash.b, time) ^ originHash.b) | 0
    return weightOf(keyHash.b, time, originHash.a, isLive)
  }
}

const NOTHING = { key: '' }

/** Entries of one origin come in long rows: hashed once for all of them. */
function rehash(origin: OriginId): void {
  if (origin === hashedOrigin) return
  const hash = otherHash
  const isOther = origin === otherOrigin
  otherHash = originHash
  otherOrigin = hashedOrigin
  originHash = hash
  hashedOrigin = origin
  if (!isOther) hashString(origin, hash)
}

/** The one that counts of all that a peer answered for a key. */
export function greatestOf(entries: readonly Entry[]): Entry | undefined {
  let greatest: Entry | undefined
  for (const entry of entries) if (greatest === undefined || compareEntries(greatest, entry) < 0) greatest = entry
  return greatest
}
