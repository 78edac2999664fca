/**
 * What a node says about itself and its members to the people who run it: plain values that survive JSON. Times are Unix
 * milliseconds on the clock of the node that answers.
 */

import type { MemberStatus } from './members.ts'

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
