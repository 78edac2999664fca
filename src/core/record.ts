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
  /** The giver's floor, when the asker had nothing of its own and takes that over too; else 0. */
  readonly floor: number
}

/**
 * The end of a deep pull. Unlike a commit it overrides: what it names is held from here on, and the keys removed are not,
 * whatever their versions. Everything staged for the exchange belongs to `entries`.
 */
export interface MendRecord {
  readonly kind: 'mend'
  readonly exchange: number
  readonly entries: readonly Entry[]
  readonly removed: readonly string[]
  readonly seen: VectorEntries
  readonly written: VectorEntries
  readonly floor: number
}

/** The floor rises. Only behind this record in the log may what it lets go of be missing. */
export interface FloorRecord {
  readonly kind: 'floor'
  readonly floor: number
}

/** Runs that are forgotten for good. */
export interface GoneRecord {
  readonly kind: 'gone'
  readonly marks: readonly OriginId[]
}

/** An operator set this node's clock back: from here on entries of its own above `to` are parked. */
export interface ClockRecord {
  readonly kind: 'clock'
  readonly to: number
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

/** The first record of a checkpoint, which stands for the first `records` records of the log. */
export interface BaseRecord {
  readonly kind: 'base'
  readonly records: number
}

/** In a checkpoint: entries as they are held, and those shown beside them. V covers them when the log has been read. */
export interface HeldRecord {
  readonly kind: 'held'
  readonly entries: readonly Entry[]
}

/**
 * The last record of a checkpoint. Entries were written down one after the other while the log went on: what is before is
 * a true state only together with the log up to position `through`.
 */
export interface EndRecord {
  readonly kind: 'end'
  readonly through: number
}

export type LogRecord =
  | OriginRecord
  | WriteRecord
  | StageRecord
  | CommitRecord
  | VectorRecord
  | MemberRecord
  | MendRecord
  | FloorRecord
  | GoneRecord
  | ClockRecord
  | BaseRecord
  | HeldRecord
  | EndRecord
