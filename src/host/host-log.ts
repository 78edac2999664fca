/** The log of a node: on the disk that it was given, or in memory where there is none, fed from and into its replica. */

import type { LogRecord } from '../core/record.ts'
import type { Replica } from '../core/replica.ts'
import type { Now } from '../core/step.ts'
import type { LogEvents } from '../storage/log-options.ts'
import { memoryLog } from '../storage/memory-log.ts'
import { type OpenDone, openLog } from '../storage/open-log.ts'
import type { HostOptions, HostPorts } from './host-options.ts'

export interface HostLogSide {
  readonly replica: Replica
  readonly events: LogEvents
  now(): Now
  /** Appends what was written in this turn. */
  endTurn(): void
  onProgress(bytes: number, bytesAll: number): void
}

/** Replays the log into the replica. Calls back at once where there is no disk. */
export function openHostLog(options: HostOptions, ports: HostPorts, side: HostLogSide, done: OpenDone): void {
  const { disk, timers, logger, rng } = ports
  const { replica, events, endTurn, onProgress } = side
  if (disk === undefined) {
    logger.warn({}, 'No data folder: everything is kept in memory and lost when this process ends')
    done(undefined, memoryLog(timers, events), undefined)
    return
  }
  const { fsync, fsyncIntervalMs, segmentBytesMax, cluster, name } = options
  const state = { liveBytes: () => replica.store.bytes, endTurn, snapshot: () => replica.snapshot() }
  const onRecord = (record: LogRecord): void => replica.recover(record, side.now())
  const onSalvage = (record: LogRecord): void => replica.salvage(record, side.now())
  const settings = { fsync, fsyncIntervalMs, segmentBytesMax, cluster, name }
  openLog(
    { ...settings, disk, timers, logger, rng, state, onRecord, onSalvage, onProgress, events },
    (error, log, recovery) => {
      if ((recovery?.setAside ?? 0) > 0) replica.missesSome()
      done(error, log, recovery)
    },
  )
}
