/**
 * What the host offers to those who serve users: the embedded store, client sessions, the simulator's workload. Reads
 * answer at once from memory; writes call back when the log has them. Nothing here waits or throws for a peer's sake.
 */

import type { Change } from '../core/change.ts'
import type { Entry, Version } from '../core/entry.ts'
import type { HearsayError } from '../core/errors.ts'
import type { KeyRange } from '../core/range.ts'

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

export type MemberStatus = 'alive' | 'suspect' | 'dead'

export interface MemberReport {
  readonly name: string
  readonly status: MemberStatus
  /** Whether this is the node that answers. */
  readonly self: boolean
  /** Whether a link to it is up. */
  readonly linked: boolean
  readonly address: string
  readonly origin: string
  /** Milliseconds since its last sign of life; 0 for itself. */
  readonly silentMs: number
  /** Time of its latest write that this node covers, Unix milliseconds; `undefined` when it has written nothing. */
  readonly lastWriteMs: number | undefined
  /** Whether its row counts towards stable time: same view of the membership as this node. */
  readonly agrees: boolean
}

export interface StatusReport {
  readonly name: string
  readonly cluster: string
  readonly origin: string
  readonly address: string
  /** Where the log is; `undefined` in memory. */
  readonly dataDir: string | undefined
  readonly fsync: string
  readonly uptimeMs: number
  /** Live keys shown to readers. */
  readonly keys: number
  readonly tombstones: number
  readonly parked: number
  /** Equal on two nodes with the same live entries. 16 hex digits. */
  readonly fingerprint: string
  /** This node has seen every write of every member up to here, Unix milliseconds; `undefined` while unknown. */
  readonly stableTimeMs: number | undefined
  /** Age of the stable time, ms: the bound on how stale a read can be. */
  readonly stalenessMs: number | undefined
  readonly members: { readonly alive: number; readonly suspect: number; readonly dead: number }
  readonly links: number
  /** Bytes appended that are not durable yet. */
  readonly logPendingBytes: number
  /** What happened since the start: name → count. */
  readonly counters: Readonly<Record<string, number>>
}

export interface HostApi {
  readonly name: string
  readonly cluster: string
  /** Limits that callers are checked against. */
  readonly valueBytesMax: number
  readonly batchChangesMax: number
  readonly batchBytesMax: number
  /**
   * Stamps and shows the changes at once, in order, in one step, and calls back when the log has them as the fsync mode
   * says: `version` is that of the last change. Errors: `ERR_INVALID_KEY`, `ERR_VALUE_TOO_LARGE`, `ERR_BATCH_TOO_LARGE`,
   * `ERR_OVERLOADED`, `ERR_CLOSED`: nothing changed; `ERR_DISK_FAILED`: maybe applied. Never calls back before it returns.
   */
  write(changes: readonly Change[], done: (error: HearsayError | undefined, version: Version | undefined) => void): void
  /** The entry shown for the key now: a live entry, a tombstone, or nothing. */
  get(key: string): Entry | undefined
  page(range: KeyRange, options: PageOptions): Page
  /** Calls with each list of entries that became visible, in order, in the step in which they did. Returns the end of it. */
  subscribe(listener: (entries: readonly Entry[]) => void): () => void
  status(): StatusReport
  members(): readonly MemberReport[]
  /** Closes the links to these names and refuses new ones: a partition. Throws `ERR_NOT_ALLOWED` unless faults are on. */
  refuse(names: readonly string[]): void
}
