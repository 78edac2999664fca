/**
 * What a replica holds as records that lead there, for a checkpoint. All but the entries is taken at once, between two
 * steps; the entries are met one after the other while the replica goes on, so some are newer than the rest. That is no
 * harm once the records that were logged meanwhile follow: a newer entry wins again, and what was let go of is let go of
 * again.
 */

import type { Entry } from './entry.ts'
import { entryBytes } from './giver.ts'
import type { Holdings } from './holdings.ts'
import type { Membership } from './membership.ts'
import type { OriginId } from './origin.ts'
import type { LogRecord } from './record.ts'

export interface Staged {
  readonly exchange: number
  readonly entries: readonly Entry[]
}

/** `origin`: the present run; `staged`: what has come of an exchange that goes on. A record ends at the entry that passes `recordBytes`. */
export function snapshot(
  { store, claims, floor, clock }: Holdings,
  { members, gone }: Membership,
  origin: OriginId,
  staged: Staged | undefined,
  recordBytes: number,
): Iterator<LogRecord> {
  const head: LogRecord[] = []
  for (const { row } of members.values()) head.push({ kind: 'member', origin: row.origin, address: row.address })
  head.push({ kind: 'gone', marks: gone.all() }, { kind: 'origin', origin })
  const seen = claims.seen.toEntries()
  head.push({ kind: 'commit', exchange: 0, entries: [], seen, written: claims.written.toEntries(), floor })
  // How far its own clock had come.
  head.push({ kind: 'vector', seen: [[origin, clock.last]] })
  const held = function* (): Iterable<Entry> {
    for (const key of store.heldKeys()) yield* store.allOf(key)
  }
  return (function* (): Iterator<LogRecord> {
    yield* head
    for (const entries of batches(staged?.entries ?? [], recordBytes)) {
      yield { kind: 'stage', exchange: staged?.exchange ?? 0, entries }
    }
    for (const entries of batches(held(), recordBytes)) yield { kind: 'held', entries }
  })()
}

function* batches(entries: Iterable<Entry>, bytesMax: number): Iterable<readonly Entry[]> {
  let batch: Entry[] = []
  let bytes = 0
  for (const entry of entries) {
    batch.push(entry)
    bytes += entryBytes(entry)
    if (bytes < bytesMax) continue
    yield batch
    batch = []
    bytes = 0
  }
  if (batch.length > 0) yield batch
}
