/**
 * What a node has written or heard that lies behind a damaged stretch of its log. Before the damage its log is that of an
 * old disk, which needs no rule of its own; and the others give it what they have. What nobody has then was seen by this
 * node alone: it is taken back in, but not before every member was asked, since what one of them has seen may be deleted.
 */

import { compareVersions, type Entry } from './entry.ts'
import type { Members } from './members.ts'
import type { LogRecord } from './record.ts'
import type { VersionVector } from './vector.ts'

/** Entries in one record. */
const BATCH_MAX = 1_000

export class Salvage {
  readonly counters = { entriesSalvaged: 0 }
  /** Members and marks that the log does not tell of any more. */
  readonly facts: LogRecord[] = []
  /** Some of the log is missing: what this node had heard of, its members too, it may not know. */
  isPending = false
  #entries: Entry[] = []

  add(record: LogRecord): void {
    switch (record.kind) {
      case 'write':
      case 'commit':
      case 'mend':
      case 'held':
        for (const entry of record.entries) this.#entries.push(entry)
    }
  }

  /** Lets go of what V covers. */
  drop(seen: Pick<VersionVector, 'covers'>): void {
    if (this.#entries.length > 0) this.#entries = this.#entries.filter((entry) => !seen.covers(entry))
  }

  /** Whether all were asked: of those who may be members, as far as is known without what is damaged. */
  isAsked(members: Members, compared: ReadonlySet<string>, hasSeeds: boolean): boolean {
    // Whoever has answered has told of the members, too.
    if (hasSeeds && compared.size === 0) return false
    return [...members.values()].every(({ name }) => compared.has(name))
  }

  /** What nobody has, in batches: each leaves a true V when they are taken in one after the other. */
  take(seen: Pick<VersionVector, 'covers'>): Entry[][] {
    this.isPending = false
    this.drop(seen)
    const entries = this.#entries.sort(compareVersions)
    this.#entries = []
    this.counters.entriesSalvaged += entries.length
    const batches: Entry[][] = []
    for (let at = 0; at < entries.length; at += BATCH_MAX) batches.push(entries.slice(at, at + BATCH_MAX))
    return batches
  }
}
