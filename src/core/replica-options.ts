/**
 * What a replica can be told. The defaults are the ones that users see; a test compares them with the documentation.
 */

import type { AskerTimes } from './asker.ts'
import type { PieceLimits } from './giver.ts'
import type { MembershipTimes } from './membership.ts'
import type { PaceTimes } from './pace.ts'
import type { Rng } from './rng.ts'

export interface ReplicaOptions extends MembershipTimes, PieceLimits, AskerTimes, PaceTimes {
  readonly name: string
  /** Keys are hashed by a seed made of it. */
  readonly cluster: string
  /** Where peers can dial this node; empty when they cannot. */
  readonly address: string
  readonly rng: Rng
  /** Whether there are others to look for: without a member it then knows of no stable time, instead of only its own. */
  readonly hasSeeds: boolean
  /** How far a time may lie ahead of this node's clock before its entry is parked, ms. */
  readonly maxClockSkewMs: number
  /** A node that begins with nothing and reaches none that has something for this long goes on alone, ms. */
  readonly joinTimeoutMs: number
  /** Whether small values of lost updates are kept. */
  readonly conflictValues: boolean
  /** Tombstones, or entries that expire, looked at in one step. */
  readonly sliceEntriesMax: number
  /** A push ends at the entry that passes this many bytes. */
  readonly pushBytesMax: number
}

/** What differs from node to node. */
export type ReplicaIdentity = 'name' | 'cluster' | 'address' | 'rng' | 'hasSeeds'

export const REPLICA_DEFAULTS: Omit<ReplicaOptions, ReplicaIdentity> = {
  maxClockSkewMs: 60_000,
  beatMs: 1_000,
  digestMs: 1_000,
  digestIdleMs: 3_000,
  suspectAfterMs: 3_500,
  deadAfterMs: 10_000,
  forgetAfterMs: 72 * 60 * 60 * 1_000,
  joinTimeoutMs: 5_000,
  conflictValues: false,
  sliceEntriesMax: 2_000,
  pushBytesMax: 256 * 1024,
  pieceBytesMax: 32 * 1024,
  pieceWindow: 8,
  frozenForMs: 30_000,
  exchangeTimeoutMs: 3_000,
  exchangeRetriesMax: 3,
}
