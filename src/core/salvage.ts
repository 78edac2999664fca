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
  #entries: Entry[] = []
  readonly #asked = new Map<string, Asked>()

  /** What waits: of this node's own log, and of others' that were damaged too. */
  get entries(): readonly Entry[] {
    return this.#entries
  }

  add(record: LogRecord): void {
    switch (record.kind) {
      case 'write':
      case 'commit':
      case 'mend':
      case 'held':
        for (const entry of record.entries) this.#entries.push(entry)
    }
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
    for (const entry of entries) this.#entries.push(entry)
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

  /** What nobody has, in batches: each leaves a true V when they are taken in one after the other. */
  take(seen: Pick<VersionVector, 'covers'>): Entry[][] {
    this.isPending = false
    this.#asked.clear()
    this.drop(seen)
    const sorted = this.#entries.sort(compareVersions)
    const entries = sorted.filter((entry, at) => at === 0 || compareVersions(entry, sorted[at - 1] ?? entry) !== 0)
    this.#entries = []
    this.counters.entriesSalvaged += entries.length
    const batches: Entry[][] = []
    for (let at = 0; at < entries.length; at += BATCH_MAX) batches.push(entries.slice(at, at + BATCH_MAX))
    return batches
  }
}
