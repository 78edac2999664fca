/**
 * What a replica can be told. The defaults are the ones that users see; a test compares them with the documentation.
 */

import type { AskerTimes } from './asker.ts'
import type { PieceLimits } from './giver.ts'
import type { MemberTimes } from './members.ts'
import type { Rng } from './rng.ts'

export interface ReplicaOptions extends MemberTimes, PieceLimits, AskerTimes {
  readonly name: string
  /** Where peers can dial this node; empty when they cannot. */
  readonly address: string
  readonly rng: Rng
  /** How far a time may lie ahead of this node's clock before its entry is parked, ms. */
  readonly maxClockSkewMs: number
  /** A row to every peer this often, ms; ± 10 %. */
  readonly beatMs: number
  /** A digest to a random peer this often, ms; ± 10 %. */
  readonly digestMs: number
  /** The same while the last digest found no difference, ms. */
  readonly digestIdleMs: number
  /** A push ends at the entry that passes this many bytes. */
  readonly pushBytesMax: number
}

export const REPLICA_DEFAULTS: Omit<ReplicaOptions, 'name' | 'address' | 'rng'> = {
  maxClockSkewMs: 60_000,
  beatMs: 1_000,
  digestMs: 1_000,
  digestIdleMs: 3_000,
  suspectAfterMs: 3_500,
  deadAfterMs: 10_000,
  pushBytesMax: 256 * 1024,
  pieceBytesMax: 128 * 1024,
  pieceWindow: 4,
  frozenForMs: 30_000,
  exchangeTimeoutMs: 3_000,
  exchangeRetriesMax: 3,
}
