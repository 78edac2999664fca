/**
 * The log takes records, makes them durable in order, and says up to which one they are. All appends that wait while a
 * write or sync runs go out together with the next (group commit), so the disk sets the pace and not the number of
 * writers. Only one operation on the disk is under way at a time. The first that fails ends the log: no retry, since
 * after a failed sync nobody knows what the disk holds, and no read-back.
 */

import { HearsayError, invariant } from '../core/errors.ts'
import type { Disk, Done, Logger, SystemError, Timers } from '../core/ports.ts'
import type { LogRecord } from '../core/record.ts'
import type { Rng } from '../core/rng.ts'
import { Checkpoints, type LoggedState } from './checkpoints.ts'
import type { FsyncMode } from './fsync-mode.ts'
import { RecordGroup } from './record-group.ts'
import { type Recovered, type RecoveryReport, recoverLog } from './recovery.ts'
import { createSegment, encodeHeader, type OpenSegment, type Owner, segmentName } from './segment.ts'

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
  /** Checkpoints written since the start. */
  readonly checkpoints: number
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
  /** Once, with `ERR_DISK_FAILED`: the log takes no more, and what was not reported durable may be lost. */
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
  readonly events: LogEvents
}

/**
 * Reads the log in the folder, or begins one. When it fails, records may have been handed to `onRecord`, and the disk is
 * the caller's to close. Codes: `ERR_LOG_DAMAGED` and `ERR_LOG_FOREIGN` (nothing on disk has changed),
 * `ERR_FOLDER_UNUSABLE`, `ERR_DISK_FAILED`; throws `ERR_INVALID_ARGUMENT` for a name that is too long.
 */
export function openLog(
  options: LogOptions,
  done: (error: HearsayError | undefined, log: Log | undefined, recovery: RecoveryReport | undefined) => void,
): void {
  const { disk, logger, cluster, name, rng } = options
  const owner = { cluster, name }
  const salt = Math.floor(rng() * 0x1_0000_0000)
  encodeHeader(owner, { kind: 'segment', number: 1, base: 0, salt })
  recoverLog({ disk, owner, logger, salt, onRecord: (record) => options.onRecord(record) }, (error, recovered) => {
    if (recovered === undefined) return done(error, undefined, undefined)
    done(undefined, new SegmentLog(options, owner, recovered), recovered.report)
  })
}

class SegmentLog implements Log {
  readonly #options: LogOptions
  readonly #owner: Owner
  #segment: OpenSegment
  #segmentBytes: number
  readonly #salt: number
  readonly #checkpoints: Checkpoints
  /** Records that were in the log when it was opened. */
  readonly #recovered: number
  /** One is filled while the other is written. */
  #filling: RecordGroup
  #writing: RecordGroup
  /** A checkpoint of what was appended up to now: everything behind goes to the next segment. */
  #cut: { readonly state: Iterator<LogRecord>; readonly records: number } | undefined
  /** Who waits until the log is durable up to a position. */
  #awaited: { readonly position: number; readonly done: () => void } | undefined
  /** Positions: reported ≤ synced ≤ written ≤ appended, but for mode `never`, where written is reported unsynced. */
  #appended: number
  #written: number
  #synced: number
  #reported: number
  /** Indexes of the last record appended, written and reported. */
  #appendedIndex = 0
  #writtenIndex = 0
  #reportedIndex = 0
  #isBusy = false
  #isSyncDue = false
  /** A sync was asked for up to this record; 0 when it is done. */
  #syncAskedIndex = 0
  #cancelSync: (() => void) | undefined
  #failure: HearsayError | undefined
  #closed: Done | undefined

  constructor(options: LogOptions, owner: Owner, recovered: Recovered) {
    const { segment, position, salt, report } = recovered
    this.#options = options
    this.#owner = owner
    this.#salt = salt
    this.#recovered = report.records
    this.#filling = new RecordGroup(salt)
    this.#writing = new RecordGroup(salt)
    this.#checkpoints = new Checkpoints({ ...options, state: options.state }, recovered.checkpoint, recovered.segments)
    this.#segment = segment
    this.#segmentBytes = segment.bytes
    this.#appended = position
    this.#written = position
    this.#synced = position
    this.#reported = position
  }

  get pendingBytes(): number {
    return this.#appended - this.#reported
  }

  get checkpoints(): number {
    return this.#checkpoints.count
  }

  append(index: number, record: LogRecord): void {
    if (this.#failure !== undefined) return
    invariant(this.#closed === undefined, 'nothing is appended to a closed log')
    invariant(index === this.#appendedIndex + 1, 'indexes of log records rise by one')
    this.#appended += this.#filling.add(record, this.#appended, this.#appended - this.#synced)
    this.#appendedIndex = index
  }

  flush(sync = false): void {
    if (sync) this.#syncAskedIndex = this.#appendedIndex
    this.#next()
  }

  close(done: Done): void {
    invariant(this.#closed === undefined, 'a log is closed once')
    this.#closed = done
    this.#next()
  }

  /** Starts whatever is to be done next; called whenever that may have changed. */
  #next(): void {
    if (this.#isBusy) return
    const isClosing = this.#closed !== undefined
    if (this.#failure !== undefined) {
      if (isClosing) this.#shut()
      return
    }
    const isUnsynced = this.#synced < this.#written
    const isEmpty = this.#filling.bytes === 0
    const { fsync } = this.#options
    const mustSync = fsync === 'always' || this.#isSyncDue || this.#awaited !== undefined || (isClosing && isEmpty)
    if (isUnsynced && mustSync) this.#sync()
    else if (this.#cut !== undefined) {
      if (isUnsynced) this.#sync()
      else this.#rotate()
    } else if (!isClosing && this.#cutHere()) {
      // What was appended before the cut stays in front of it, however full the segment is.
      if (isEmpty) this.#next()
      else this.#write()
    } else if (!isEmpty && !this.#isFull()) this.#write()
    // Synced first, in every mode: so damage before the last segment is never a torn tail.
    else if (!isEmpty && isUnsynced) this.#sync()
    else if (!isEmpty) this.#rotate()
    else if (isClosing) this.#shut()
  }

  /** Whether the group belongs in a new segment. One that is empty takes any group. */
  #isFull(): boolean {
    if (this.#segmentBytes === this.#segment.headerBytes) return false
    return this.#segmentBytes + this.#filling.bytes > this.#options.segmentBytesMax
  }

  /** Whether a checkpoint begins here, between two steps of the replica. */
  #cutHere(): boolean {
    const state = this.#checkpoints.due(this.#segmentBytes)
    if (state === undefined) return false
    this.#cut = { state, records: this.#recovered + this.#appendedIndex }
    return true
  }

  #write(): void {
    const group = this.#filling
    this.#filling = this.#writing
    this.#writing = group
    const position = this.#appended
    const index = this.#appendedIndex
    this.#isBusy = true
    this.#segment.file.write(this.#segmentBytes, group.chunks(), (error) => {
      this.#isBusy = false
      if (error !== undefined) return this.#fail('Writing', this.#segmentBytes, error)
      this.#segmentBytes += group.bytes
      group.clear()
      this.#written = position
      this.#writtenIndex = index
      if (this.#options.fsync !== 'always') this.#options.events.promised(index)
      if (this.#syncAskedIndex > 0 && this.#writtenIndex >= this.#syncAskedIndex) this.#isSyncDue = true
      else if (this.#options.fsync === 'interval') this.#awaitSync()
      else if (this.#options.fsync === 'never') this.#report()
      this.#next()
    })
  }

  #sync(): void {
    this.#isBusy = true
    this.#segment.file.sync((error) => {
      this.#isBusy = false
      // The first byte that may be missing.
      if (error !== undefined) return this.#fail('Syncing', this.#segmentBytes - (this.#written - this.#synced), error)
      this.#isSyncDue = false
      if (this.#writtenIndex >= this.#syncAskedIndex) this.#syncAskedIndex = 0
      this.#synced = this.#written
      if (this.#options.fsync === 'always') this.#options.events.promised(this.#writtenIndex)
      this.#report()
      this.#tellAwaited()
      this.#next()
    })
  }

  #whenDurable(position: number, done: () => void): void {
    this.#awaited = { position, done }
    this.#options.timers.afterTurn(() => {
      this.#tellAwaited()
      this.#next()
    })
  }

  #tellAwaited(): void {
    const awaited = this.#awaited
    if (awaited === undefined || (this.#synced < awaited.position && this.#failure === undefined)) return
    this.#awaited = undefined
    awaited.done()
  }

  #rotate(): void {
    const { disk, logger } = this.#options
    const former = this.#segment
    const formerBytes = this.#segmentBytes
    const place = { number: former.number + 1, base: this.#written, salt: this.#salt }
    this.#isBusy = true
    createSegment(disk, this.#owner, place, (error, segment) => {
      this.#isBusy = false
      if (error !== undefined || segment === undefined) {
        return this.#fail(`Beginning ${segmentName(former.number + 1)} behind`, this.#segmentBytes, error)
      }
      this.#segment = segment
      this.#segmentBytes = segment.bytes
      this.#checkpoints.filled({ number: former.number, bytes: formerBytes })
      if (this.#cut !== undefined) {
        this.#checkpoints.begin({
          ...this.#cut,
          owner: this.#owner,
          place: { ...place, kind: 'checkpoint' },
          end: () => this.#appended,
          whenDurable: (position, done) => this.#whenDurable(position, done),
        })
        this.#cut = undefined
      }
      former.file.close((closeError) => {
        if (closeError === undefined) return
        logger.warn(
          { file: segmentName(former.number), error: closeError.message },
          'A full segment did not close well.',
        )
      })
      this.#next()
    })
  }

  #report(): void {
    this.#reported = this.#written
    if (this.#writtenIndex === this.#reportedIndex) return
    this.#reportedIndex = this.#writtenIndex
    this.#options.events.durable(this.#reportedIndex)
  }

  #awaitSync(): void {
    if (this.#cancelSync !== undefined) return
    this.#cancelSync = this.#options.timers.after(this.#options.fsyncIntervalMs, () => {
      this.#cancelSync = undefined
      this.#isSyncDue = this.#synced < this.#written
      this.#next()
    })
  }

  #fail(what: string, offset: number, cause: SystemError | undefined): void {
    this.#cancelSync?.()
    const where = `${segmentName(this.#segment.number)} at offset ${offset}`
    const message = `${what} ${where} failed: ${cause?.message ?? 'no file'}. The log takes no more writes.`
    this.#failure = new HearsayError('ERR_DISK_FAILED', message, { cause })
    this.#filling.clear()
    this.#checkpoints.stop(() => undefined)
    this.#tellAwaited()
    this.#options.events.failed(this.#failure)
    this.#next()
  }

  #shut(): void {
    this.#isBusy = true
    this.#cancelSync?.()
    const done = this.#closed
    this.#checkpoints.stop(() => {
      this.#segment.file.close((fileError) => {
        this.#options.disk.close((diskError) => done?.(this.#failure ?? fileError ?? diskError))
      })
    })
  }
}
