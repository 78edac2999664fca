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
  /** Everything up to here, of all members, is on its disk, Unix milliseconds; `undefined` while it cannot say. */
  readonly lowMs: number | undefined
  /** How far its clock is ahead of this node's, ms, as of its latest row over a link; `undefined` when there is none. */
  readonly offsetMs: number | undefined
}

/** What a pull from a peer and a comparison with it found. */
export interface SyncReport {
  readonly peer: string
  /** Entries that the pull brought. */
  readonly pulled: number
  /** Keys on which the two differed after it. */
  readonly differed: number
  /** Of those: entries taken over, and keys that are gone. */
  readonly taken: number
  readonly removed: number
  /** Bytes of the comparison in both directions, about. */
  readonly bytes: number
}

/** A value that was acknowledged and lost to a write whose author had not seen it. */
export interface ConflictReport {
  readonly key: string
  readonly lost: ConflictSide
  readonly kept: ConflictSide
  /** How much later the kept one was written, ms. */
  readonly gapMs: number
  /** When this node found out, Unix ms. */
  readonly foundMs: number
}

export interface ConflictSide {
  readonly kind: 'live' | 'tombstone'
  readonly node: string
  readonly origin: string
  /** HLC; with `origin` the version. */
  readonly time: number
  /** Unix ms of `time`. */
  readonly writtenMs: number
  /** Bytes of the value. */
  readonly size: number
  /** The value in base64, when it is small. */
  readonly value: string | undefined
}

/** Entries that lie behind damage in the log, which nobody shows before it is known that nobody else has them. */
export interface SalvageReport {
  readonly entries: number
  /** Members that must be asked first, or be forgotten. */
  readonly awaits: readonly string[]
}

export interface StatusReport {
  /**
   * `recovering`: it reads its log; counts are 0 and times `undefined`. `joining`: it takes over what the others have. `read-only`: its disk
   * has failed for good, and it serves what it has.
   */
  readonly state: 'recovering' | 'joining' | 'running' | 'read-only' | 'stopped'
  /** How far it is with its log, bytes; `undefined` when it was read. */
  readonly recovery: { readonly bytes: number; readonly bytesAll: number } | undefined
  /**
   * `slow`: a sync takes longer than a second, and writes wait for it. `full`: writes are refused, deletes taken while
   * there is room for them. `failed`: nothing is written any more.
   */
  readonly disk: 'ok' | 'slow' | 'full' | 'failed'
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
  /** Tombstones, and values that expired, which wait until every member is known to have seen them. */
  readonly tombstones: number
  /** The members that they wait for; empty when they wait for nobody in particular. */
  readonly tombstonesAwait: readonly string[]
  /** Everything at or below this that was deleted or has expired is let go of, Unix ms; `undefined` before the first. */
  readonly floorMs: number | undefined
  readonly parked: number
  /** `undefined` unless the log was damaged and what lay behind the damage waits. */
  readonly salvage: SalvageReport | undefined
  /** Lost updates found since the start. */
  readonly conflicts: number
  /** Whether most members' clocks are near this node's; if not, it refuses writes. */
  readonly clock: 'ok' | 'ahead' | 'behind'
  /** How far the clock of each peer is ahead of this node's, ms, as of its latest row over a link. */
  readonly offsetsMs: Readonly<Record<string, number>>
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
