/** The fault families of the network, for the list of all. */

import {
  type ClientResetFault,
  clientReset,
  type HalfOpenFault,
  halfOpen,
  type ResetFault,
  reset,
} from './connections.ts'
import type { FaultFamily } from './fault.ts'
import {
  type CorruptFault,
  corrupt,
  type DuplicateFault,
  duplicate,
  type LossFault,
  loss,
  type ReorderFault,
  type ReplayFault,
  reorder,
  replay,
} from './frames.ts'
import { type ClogFault, clog, type HoldFault, hold } from './holds.ts'
import { type FlappingFault, flapping, type OneWayFault, oneWay, type PartitionFault, partition } from './partitions.ts'
import {
  type BandwidthFault,
  bandwidth,
  type ExponentialDelayFault,
  exponentialDelay,
  type SlowFault,
  slow,
} from './slow-links.ts'
import { type StrangerFault, stranger } from './stranger.ts'

export type NetworkFault =
  | PartitionFault
  | OneWayFault
  | FlappingFault
  | LossFault
  | DuplicateFault
  | ReplayFault
  | ReorderFault
  | CorruptFault
  | SlowFault
  | ExponentialDelayFault
  | BandwidthFault
  | HoldFault
  | ClogFault
  | ResetFault
  | ClientResetFault
  | HalfOpenFault
  | StrangerFault

export const NETWORK_FAMILIES: readonly FaultFamily[] = [
  partition,
  oneWay,
  flapping,
  loss,
  duplicate,
  replay,
  reorder,
  corrupt,
  slow,
  exponentialDelay,
  bandwidth,
  hold,
  clog,
  reset,
  clientReset,
  halfOpen,
  stranger,
]
