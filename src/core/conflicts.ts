/**
 * The lost updates that a replica found: a merge discarded a value whose winner was written by somebody who had not seen
 * it. An entry says how new the entries of others were that its author had replaced, so that this is known and not guessed:
 * whoever replaced something at least as new as the loser had seen it overwritten. The latest are kept, all are counted.
 */

import { unixMsFromHlc } from './clock.ts'
import { compareEntries, type Entry, isExpired } from './entry.ts'
import { nameOf } from './origin.ts'

/** Lost updates kept; the oldest goes first. */
export const CONFLICTS_MAX = 1_000
/** Longer values are not kept, bytes. */
export const CONFLICT_VALUE_BYTES_MAX = 4_096

export interface Conflict {
  readonly lost: Entry
  readonly kept: Entry
  /** Bytes of each value; the entries have theirs only where values are kept. */
  readonly lostSize: number
  readonly keptSize: number
  /** Unix ms. */
  readonly foundMs: number
}

export class Conflicts {
  /** Since the log began, as far as it still tells. */
  count = 0
  readonly #keepsValues: boolean
  #kept: Conflict[] = []

  constructor(keepsValues: boolean) {
    this.#keepsValues = keepsValues
  }

  /** Two entries of one key met, and one of them was let go of. */
  met(mine: Entry, theirs: Entry, foundMs: number): void {
    const order = compareEntries(mine, theirs)
    if (order === 0) return
    const lost = order < 0 ? mine : theirs
    const kept = order < 0 ? theirs : mine
    if (!isLostUpdate(lost, kept)) return
    this.count++
    this.#kept.push({
      lost: this.#slim(lost),
      kept: this.#slim(kept),
      lostSize: lost.value?.length ?? 0,
      keptSize: kept.value?.length ?? 0,
      foundMs,
    })
    if (this.#kept.length >= 2 * CONFLICTS_MAX) this.#kept = this.#kept.slice(-CONFLICTS_MAX)
  }

  /** The latest first. */
  latest(prefix: string, limit: number): Conflict[] {
    const found: Conflict[] = []
    for (let at = this.#kept.length - 1; at >= 0 && at >= this.#kept.length - CONFLICTS_MAX; at--) {
      const conflict = this.#kept[at]
      if (found.length >= limit) break
      if (conflict?.lost.key.startsWith(prefix)) found.push(conflict)
    }
    return found
  }

  /** A list of lost updates must not keep a thousand large values alive. */
  #slim(entry: Entry): Entry {
    if (entry.kind === 'tombstone' || (this.#keepsValues && entry.value.length <= CONFLICT_VALUE_BYTES_MAX))
      return entry
    return { ...entry, value: NO_BYTES }
  }
}

const NO_BYTES = new Uint8Array(0)

/** Whether `kept` was written by somebody who had seen neither `lost`, a value, nor what came after it. */
export function isLostUpdate(lost: Entry, kept: Entry): boolean {
  if (lost.kind === 'tombstone' || kept.prior >= lost.time || nameOf(kept.origin) === nameOf(lost.origin)) return false
  return !isExpired(lost, unixMsFromHlc(kept.time))
}
