/**
 * What the host offers to those who serve users: the embedded store, client sessions, the simulator's workload. Reads
 * answer at once from memory; writes call back when the log has them. Nothing here waits or throws for a peer's sake.
 */

import type { Change } from '../core/change.ts'
import type { Entry, Version } from '../core/entry.ts'
import type { HearsayError } from '../core/errors.ts'
import type { KeyRange } from '../core/range.ts'
import type { SketchView } from '../core/repair-message.ts'
import type { ConflictReport, MemberReport, StatusReport, SyncReport } from '../core/report.ts'
import type { Backup } from './backups.ts'

export interface PageOptions {
  readonly reverse: boolean
  /** Most entries in the page, ≥ 1. */
  readonly limit: number
  /** The page ends at the entry that passes this many bytes of keys and values. */
  readonly bytesMax: number
  readonly tombstones: boolean
}

export interface Page {
  readonly entries: readonly Entry[]
  /** Whether the range goes on behind the last entry. */
  readonly more: boolean
}

export interface HostApi {
  readonly name: string
  readonly cluster: string
  /** Limits that callers are checked against. */
  readonly valueBytesMax: number
  readonly batchChangesMax: number
  readonly batchBytesMax: number
  /** `ERR_NOT_READY` while the node comes up: nothing but its status may be asked then. */
  readonly notReady: HearsayError | undefined
  /**
   * Stamps and shows the changes at once, in order, in one step, and calls back when the log has them as the fsync mode
   * says: `version` is that of the last change. Errors: `ERR_INVALID_KEY`, `ERR_VALUE_TOO_LARGE`, `ERR_BATCH_TOO_LARGE`,
   * `ERR_OVERLOADED`, `ERR_NOT_READY`, `ERR_CLOSED`: nothing changed; `ERR_DISK_FULL`, `ERR_DISK_FAILED`: nothing changed, or
   * maybe applied, as the error says. Never calls back before it returns.
   */
  write(changes: readonly Change[], done: (error: HearsayError | undefined, version: Version | undefined) => void): void
  /** The entry shown for the key now: a live entry, a tombstone, or nothing. */
  get(key: string): Entry | undefined
  page(range: KeyRange, options: PageOptions): Page
  /** Calls with each list of entries that became visible, in order, in the step in which they did. Returns the end of it. */
  subscribe(listener: (entries: readonly Entry[]) => void): () => void
  status(): StatusReport
  members(): readonly MemberReport[]
  /** How old a read can be at most, ms: every write of every member is known that is older. `undefined` while unknown. */
  stalenessMs(): number | undefined
  /** Lost updates that this node found, the latest first, of keys that begin with `prefix`. */
  conflicts(prefix: string, limit: number): readonly ConflictReport[]
  /** The first `cells` cells of the sketch of all that is held, and what a comparison needs beside them. */
  sketch(cells: number): { readonly cells: Uint8Array; readonly view: Pick<SketchView, 'count' | 'sum' | 'estimator'> }
  /** Everything held under these 31-bit hashes of keys. */
  heldUnder(ks: readonly number[]): readonly Entry[]
  /** Forgets a member for good. Calls back when that is in the log. `ERR_NO_SUCH_MEMBER`, `ERR_DISK_FAILED`, `ERR_CLOSED`. */
  forget(name: string, done: (error: HearsayError | undefined) => void): void
  /** Pulls from the peer and compares everything with it. `ERR_NO_SUCH_MEMBER`, `ERR_TIMEOUT`, `ERR_DISK_FAILED`, `ERR_CLOSED`. */
  sync(peer: string, done: (error: HearsayError | undefined, report: SyncReport | undefined) => void): void
  /** Sets a clock that ran far ahead back to the machine's and its peers'. `ERR_DISK_FAILED`, `ERR_CLOSED`. */
  resetClock(done: (error: HearsayError | undefined) => void): void
  /** A backup of all that is held, from now to when it is read to its end. Throws `ERR_OVERLOADED`, `ERR_NOT_READY`, `ERR_CLOSED`. */
  backup(): Backup
  /** Closes the links to these names and refuses new ones: a partition. Throws `ERR_NOT_ALLOWED` unless faults are on. */
  refuse(names: readonly string[]): void
}
