/**
 * What a host needs to know and to have. The ports are real in a process and simulated in a simulated one; the host is
 * the same code in both.
 */

import type { DialTimes } from '../core/dialer.ts'
import type { HearsayError } from '../core/errors.ts'
import type { Clock, Disk, Logger, Timers, Transport } from '../core/ports.ts'
import type { ReplicaIdentity, ReplicaOptions } from '../core/replica-options.ts'
import type { Rng } from '../core/rng.ts'
import type { FsyncMode } from '../storage/fsync-mode.ts'
import type { LinkLimits } from './links.ts'

export interface HostLimits {
  /** Longest value, bytes. */
  readonly valueBytesMax: number
  /** Most changes in one write. */
  readonly batchChangesMax: number
  /** Most bytes of keys and values in one write. */
  readonly batchBytesMax: number
  /** Bytes that may wait for the disk; above, writes are refused as retryable, and what peers push is dropped. */
  readonly logPendingBytesMax: number
  /** Writes that may wait for an answer; above, they are refused as retryable. */
  readonly writesWaitingMax: number
  /** The host looks at the time this often, ms. */
  readonly tickMs: number
}

export const HOST_DEFAULTS: HostLimits = {
  valueBytesMax: 1024 * 1024,
  batchChangesMax: 10_000,
  batchBytesMax: 4 * 1024 * 1024,
  logPendingBytesMax: 64 * 1024 * 1024,
  writesWaitingMax: 1_000_000,
  tickMs: 100,
}

export interface HostOptions {
  readonly name: string
  readonly cluster: string
  /** Where peers can dial this node; empty when they cannot. */
  readonly address: string
  readonly seeds: readonly string[]
  /** For `status`. */
  readonly dataDir: string | undefined
  readonly fsync: FsyncMode
  readonly fsyncIntervalMs: number
  readonly segmentBytesMax: number
  /** Whether `refuse` may be called. */
  readonly faults: boolean
  readonly replica: Omit<ReplicaOptions, ReplicaIdentity>
  readonly dial: DialTimes
  readonly links: LinkLimits
  readonly limits: HostLimits
}

/** What the replica of such a host is made of. */
export function replicaOptions({ name, cluster, address, seeds, replica }: HostOptions, rng: Rng): ReplicaOptions {
  return { ...replica, name, cluster, address, rng, hasSeeds: seeds.some((seed) => seed !== address) }
}

export interface HostPorts {
  readonly clock: Clock
  readonly timers: Timers
  readonly rng: Rng
  /** `undefined`: nothing is kept beyond the life of the process. */
  readonly disk: Disk | undefined
  readonly transport: Transport
  readonly logger: Logger
  /** The node cannot go on; it has closed its links and takes no more writes. */
  onFatal(error: HearsayError): void
}
