/** What a log is told, what it can be asked, and what it tells. */

import type { HearsayError } from '../core/errors.ts'
import type { Disk, Done, Logger, Timers } from '../core/ports.ts'
import type { LogRecord } from '../core/record.ts'
import type { Rng } from '../core/rng.ts'
import type { LoggedState } from './checkpoints.ts'
import type { FsyncMode } from './fsync-mode.ts'
import type { OnProgress } from './read-progress.ts'
import type { Room } from './room-keeper.ts'

export interface Log {
  /**
   * Queues a record. `index` is 1 for the first record after opening and rises by one. After a failure it does nothing.
   */
  append(index: number, record: LogRecord): void
  /**
   * Starts to write what was appended, unless the disk is busy: then it goes out with the next write. With `sync` it is
   * also synced at once, whatever the mode.
   */
  flush(sync?: boolean): void
  /** Bytes appended and not yet durable. Whoever appends keeps them within a limit. */
  readonly pendingBytes: number
  /** Since the start: checkpoints written, and how often all was written anew because the disk had failed. */
  readonly counters: { readonly checkpointsWritten: number; readonly logsRenewed: number }
  /**
   * Writes and syncs everything, in every mode, then closes the files and the disk. `durable` is still called. After a
   * failure it only closes, and `done` gets that failure.
   */
  close(done: Done): void
}

export interface LogEvents {
  /**
   * Every record with an index ≤ `index` is as safe as the mode promises its writer: synced in `always`, with the
   * operating system otherwise. Rises with each call, and is called before `durable` of the same index.
   */
  promised(index: number): void
  /** Every record with an index ≤ `index` is durable. Rises with each call. */
  durable(index: number): void
  /** How much room the disk has changed. While it is not `ample`, as little as may be should be appended. */
  room(room: Room): void
  /**
   * The disk failed (`ERR_DISK_FAILED`), and the log is being written anew from memory. Whoever waits should be told: what
   * was appended may be lost if this process ends before that is done. `durable` is still called when it is.
   */
  broken(error: HearsayError): void
  /** Once, with `ERR_DISK_FAILED` or `ERR_DISK_FULL`: the log takes no more, and what was not reported durable may be lost. */
  failed(error: HearsayError): void
}

export interface LogOptions {
  readonly disk: Disk
  readonly fsync: FsyncMode
  /** Milliseconds; only read in mode `interval`. */
  readonly fsyncIntervalMs: number
  /** A new segment is begun rather than let one grow past this. */
  readonly segmentBytesMax: number
  readonly timers: Timers
  readonly logger: Logger
  /** With `name` in every segment: a log of other names is refused. At most 255 bytes each. */
  readonly cluster: string
  readonly name: string
  /** What a checkpoint writes down. Without it there are none, and the log only grows. */
  readonly state?: LoggedState | undefined
  /** For the salt of a log that is begun. */
  readonly rng: Rng
  /** Called for each record of the log, in order, before `done`. */
  onRecord(record: LogRecord): void
  /**
   * Called for each record that was set aside with a damaged stretch, now or before, after all others. Without it a damaged
   * log is refused.
   */
  readonly onSalvage?: (record: LogRecord) => void
  /** While the log is read: so many bytes were, of so many. First with 0; again so when a damaged one is read anew. */
  readonly onProgress?: OnProgress | undefined
  readonly events: LogEvents
}
