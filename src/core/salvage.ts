/**
 * What a node has written or heard that lies behind a damaged stretch of its log. Before the damage its log is that of an
 * old disk, which needs no rule of its own; and the others give it what they have. What nobody has then was seen by nodes
 * with damaged logs alone: it is taken back in, but not before every member was asked, since what one of them has seen may
 * be deleted; and together with what the others have salvaged, since V can claim a run up to a time only for whoever has
 * all of it that is left.
 */

import { compareVersions, type Entry } from './entry.ts'
import type { Row } from './message.ts'
import { nameOf, type OriginId } from './origin.ts'
import type { LogRecord } from './record.ts'
import type { VersionVector } from './vector.ts'

/** Entries in one record. */
const BATCH_MAX = 1_000

/** How far a member was asked, of its present run. */
interface Asked {
  readonly run: OriginId
  /** All that it had taken in was pulled after it had told what it salvaged. */
  isPulled: boolean
}

export class Salvage {
  readonly counters = { entriesSalvaged: 0 }
  /** Members and marks that the log does not tell of any more. */
  readonly facts: LogRecord[] = []
  /** Some of the log is missing: what this node had heard of, its members too, it may not know. */
  isPending = false
  /** All were asked: it is being taken in, and what is left of it is in order. */
  isTaking = false
  #entries: Entry[] = []
  /** Of these so many are in. */
  #taken = 0
  readonly #asked = new Map<string, Asked>()
  /** Whoever these are may have seen what is missing. */
  readonly origins: Set<OriginId> = new Set()

  /** What waits: of this node's own log, and of others' that were damaged too. */
  get entries(): readonly Entry[] {
    return this.#entries
  }

  add(record: LogRecord): void {
    if ('seen' in record) for (const [origin] of record.seen) this.origins.add(origin)
    // Staged entries too: the record that took them in may be lost.
    if ('entries' in record) this.#add(record.entries)
  }

  /** What the log had staged before the damage, too. */
  addStaged(entries: readonly Entry[]): void {
    if (this.isPending) this.#add(entries)
  }

  /** What this run of a member is still to be asked for: in this order, so that nothing is missed that goes from the one to the other. */
  mustAsk({ origin }: Row): 'salvaged' | 'missing' | undefined {
    if (!this.isPending) return undefined
    const asked = this.#asked.get(nameOf(origin))
    if (asked?.run !== origin) return 'salvaged'
    return asked.isPulled ? undefined : 'missing'
  }

  /** Somebody has told what it salvaged. */
  get hasHeardAny(): boolean {
    return this.#asked.size > 0
  }

  /** `run` of a member has told what it salvaged. */
  hear(member: string, run: OriginId, entries: readonly Entry[]): void {
    if (!this.isPending) return
    this.#asked.set(member, { run, isPulled: false })
    // It may have told before, and may have been told by this node.
    const known = new Set(this.#entries.map(versionKey))
    this.#add(entries.filter((entry) => !known.has(versionKey(entry))))
  }

  /** All that a member has taken in was pulled. */
  pulled(member: string): void {
    const asked = this.#asked.get(member)
    if (asked !== undefined) asked.isPulled = true
  }

  /** Lets go of what V covers. */
  drop(seen: Pick<VersionVector, 'covers'>): void {
    if (this.#entries.length > 0) this.#entries = this.#entries.filter((entry) => !seen.covers(entry))
  }

  /** The next of what nobody has, by rising version: whoever takes it in has a true V after each. Empty after the last. */
  take(seen: Pick<VersionVector, 'covers'>): readonly Entry[] {
    if (!this.isTaking) this.#sort(seen)
    const batch = this.#entries.slice(this.#taken, this.#taken + BATCH_MAX)
    this.#taken += batch.length
    this.counters.entriesSalvaged += batch.length
    if (batch.length > 0) return batch
    this.isPending = false
    this.isTaking = false
    this.#asked.clear()
    this.#entries = []
    return batch
  }

  #add(entries: readonly Entry[]): void {
    for (const entry of entries) {
      this.#entries.push(entry)
      this.origins.add(entry.origin)
    }
  }

  #sort(seen: Pick<VersionVector, 'covers'>): void {
    this.isTaking = true
    this.drop(seen)
    const sorted = this.#entries.sort(compareVersions)
    this.#entries = sorted.filter((entry, at) => at === 0 || compareVersions(entry, sorted[at - 1] ?? entry) !== 0)
    this.#taken = 0
  }
}

function versionKey({ time, origin }: Entry): string {
  return `${time} ${origin}`
}
