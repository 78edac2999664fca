/**
 * What a replica writes to its log. Each record is one step from a true state to a true state: entries and the advance
 * of V that covers them are in one record, so that any prefix of the log is a true state. The bytes are the storage
 * format's (FORMAT.md).
 */

import type { Entry } from './entry.ts'
import type { OriginId } from './origin.ts'
import type { VectorEntries } from './vector.ts'

/** A new run of this node. The log's first record; one more at every start. */
export interface OriginRecord {
  readonly kind: 'origin'
  readonly origin: OriginId
}

/** Writes of one origin, own or pushed: the entries, and V[origin] := upTo. */
export interface WriteRecord {
  readonly kind: 'write'
  readonly origin: OriginId
  readonly upTo: number
  /** All by `origin`. */
  readonly entries: readonly Entry[]
}

/** Pieces of an unfinished exchange: not part of the state until a commit of the same exchange. */
export interface StageRecord {
  readonly kind: 'stage'
  readonly exchange: number
  readonly entries: readonly Entry[]
}

/** The end of an exchange: everything staged for it, these entries and the giver's vectors go in together. */
export interface CommitRecord {
  readonly kind: 'commit'
  readonly exchange: number
  readonly entries: readonly Entry[]
  readonly seen: VectorEntries
  readonly written: VectorEntries
}

/** V raised by rows (`clear`), with no entries. */
export interface VectorRecord {
  readonly kind: 'vector'
  readonly seen: VectorEntries
}

/** A member, or a new run or address of one. */
export interface MemberRecord {
  readonly kind: 'member'
  readonly origin: OriginId
  readonly address: string
}

export type LogRecord = OriginRecord | WriteRecord | StageRecord | CommitRecord | VectorRecord | MemberRecord
