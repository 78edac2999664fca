/** The log of a node: on the disk that it was given, or in memory where there is none, fed from and into its replica. */

import type { Disk, Logger } from '../core/ports.ts'
import type { LogRecord } from '../core/record.ts'
import type { Replica } from '../core/replica.ts'
import type { Now } from '../core/step.ts'
import type { Log, LogEvents } from '../storage/log-options.ts'
import { memoryLog } from '../storage/memory-log.ts'
import { type OpenDone, openLog } from '../storage/open-log.ts'
import { retireSetAside } from '../storage/set-aside.ts'
import type { HostOptions, HostPorts } from './host-options.ts'
import { watchSyncs } from './slow-syncs.ts'

export interface HostLogSide {
  readonly replica: Replica
  readonly events: LogEvents
  now(): Now
  /** Appends what was written in this turn. */
  endTurn(): void
  onProgress(bytes: number, bytesAll: number): void
  /** The disk takes long to sync, or no longer does. */
  slowed(isSlow: boolean): void
}

/** Replays the log into the replica. Calls back at once where there is no disk. */
export function openHostLog(options: HostOptions, ports: HostPorts, side: HostLogSide, done: OpenDone): void {
  const { disk, timers, logger, rng } = ports
  const { replica, endTurn, onProgress, slowed } = side
  if (disk === undefined) {
    logger.warn({}, 'No data folder: everything is kept in memory and lost when this process ends')
    done(undefined, memoryLog(timers, side.events), undefined)
    return
  }
  const { fsync, fsyncIntervalMs, segmentBytesMax, cluster, name } = options
  const state = { liveBytes: () => replica.store.bytes, endTurn, snapshot: () => replica.snapshot() }
  const onRecord = (record: LogRecord): void => replica.recover(record, side.now())
  const onSalvage = (record: LogRecord): void => replica.salvage(record, side.now())
  const settings = { fsync, fsyncIntervalMs, segmentBytesMax, cluster, name }
  const given = { disk: watchSyncs(disk, timers, slowed), timers, logger, rng }
  const setAside = new SetAsideFiles(disk, logger, replica)
  const events: LogEvents = {
    ...side.events,
    durable(index) {
      side.events.durable(index)
      setAside.durable(index)
    },
  }
  openLog({ ...settings, ...given, state, onRecord, onSalvage, onProgress, events }, (error, log, recovery) => {
    if ((recovery?.setAside ?? 0) > 0) {
      replica.missesSome()
      setAside.isRead = recovery?.isSalvageRead === true
    }
    done(error, log && endingAfter(setAside, log), recovery)
  })
}

/** The log, which gives the folder back no sooner than nobody else is in it. */
function endingAfter(setAside: SetAsideFiles, log: Log): Log {
  return {
    append: (index, record) => log.append(index, record),
    flush: (sync) => log.flush(sync),
    get pendingBytes() {
      return log.pendingBytes
    },
    get counters() {
      return log.counters
    },
    close: (done) => setAside.end(() => log.close(done)),
  }
}

/** What was set aside has been read. When all of it that counts is in the log again, the files need not be any more. */
class SetAsideFiles {
  isRead = false
  readonly #disk: Disk
  readonly #logger: Logger
  readonly #replica: Replica
  #isRenaming = false
  #onEnd: (() => void) | undefined
  /** The record with which it was all in. */
  #takenBy: number | undefined

  constructor(disk: Disk, logger: Logger, replica: Replica) {
    this.#disk = disk
    this.#logger = logger
    this.#replica = replica
  }

  durable(index: number): void {
    if (!this.isRead || this.#replica.takingBack.report !== undefined) return
    this.#takenBy ??= this.#replica.appended
    if (index < this.#takenBy) return
    this.isRead = false
    this.#isRenaming = true
    retireSetAside(this.#disk, (error, names) => {
      this.#isRenaming = false
      this.#onEnd?.()
      if (error !== undefined) this.#logger.warn({ error: error.message }, 'Files that were set aside keep their names')
      else this.#logger.info({ files: names }, 'All that was set aside is in again; these files may be deleted')
    })
  }

  /** Touches no file any more; calls back when that is so. */
  end(done: () => void): void {
    this.isRead = false
    if (this.#isRenaming) this.#onEnd = done
    else done()
  }
}
