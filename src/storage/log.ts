/**
 * The log takes records, makes them durable in order, and says up to which one they are. All appends that wait while a
 * write or sync runs go out together with the next (group commit), so the disk sets the pace and not the number of
 * writers. Only one operation on its segment is under way at a time. After the first that fails that file is never used
 * again, since nobody knows what the disk holds of it: all is written anew from memory. A full disk is no failure: what
 * did not fit is cut off and written again when there is room.
 */

import { type HearsayError, invariant } from '../core/errors.ts'
import type { Done, SystemError } from '../core/ports.ts'
import type { LogRecord } from '../core/record.ts'
import { Checkpoints } from './checkpoints.ts'
import { diskError } from './disk-error.ts'
import { LogCuts } from './log-cuts.ts'
import { LogMarks } from './log-marks.ts'
import type { Log, LogOptions } from './log-options.ts'
import { RecordGroup } from './record-group.ts'
import type { Recovered } from './recovery.ts'
import { type BeginAnew, Renewals, resultOf } from './renewals.ts'
import { isFull, isOutOfFiles, RoomKeeper } from './room-keeper.ts'
import { type OpenSegment, type Owner, segmentName } from './segment.ts'
import { SegmentMaker } from './segment-maker.ts'

export class SegmentLog implements Log {
  readonly #options: LogOptions
  #segment: OpenSegment
  #segmentBytes: number
  readonly #maker: SegmentMaker
  readonly #rooms: RoomKeeper
  readonly #marks: LogMarks
  /** Nothing goes to the present segment any more. */
  #isHalted = false
  #onIdle: (() => void) | undefined
  readonly #renewals: Renewals
  readonly #salt: number
  readonly #checkpoints: Checkpoints
  readonly #cuts: LogCuts
  /** One is filled while the other is written. */
  #filling: RecordGroup
  #writing: RecordGroup
  #isBusy = false
  #isSyncDue = false
  #cancelSync: (() => void) | undefined
  #failure: HearsayError | undefined
  #closed: Done | undefined

  constructor(options: LogOptions, owner: Owner, recovered: Recovered) {
    const { segment, position, salt, report } = recovered
    this.#options = options
    this.#salt = salt
    this.#filling = new RecordGroup(salt)
    this.#writing = new RecordGroup(salt)
    const checkpoints = { ...options, state: options.state, moved: () => this.#next() }
    this.#checkpoints = new Checkpoints(checkpoints, recovered.checkpoint, recovered.segments)
    this.#segment = segment
    this.#segmentBytes = segment.bytes
    this.#maker = new SegmentMaker(options.disk, owner, segment.number)
    this.#marks = new LogMarks(options.fsync, options.events, position)
    this.#cuts = new LogCuts({
      ...options,
      owner,
      marks: this.#marks,
      checkpoints: this.#checkpoints,
      recovered: report.records,
      awaits: () => {
        this.#tellAwaited()
        this.#next()
      },
    })
    this.#rooms = new RoomKeeper({
      ...options,
      isOver: () => this.#closed !== undefined || this.#failure !== undefined,
      changed: options.events.room,
    })
    this.#renewals = new Renewals(options.timers, this.#rooms, () => this.#closed !== undefined)
  }

  get pendingBytes(): number {
    return this.#marks.pendingBytes
  }

  get counters(): Log['counters'] {
    return { checkpointsWritten: this.#checkpoints.count, logsRenewed: this.#renewals.count }
  }

  append(index: number, record: LogRecord): void {
    if (this.#failure !== undefined) return
    invariant(this.#closed === undefined, 'nothing is appended to a closed log')
    const marks = this.#marks
    invariant(index === marks.appendedIndex + 1, 'indexes of log records rise by one')
    marks.appended += this.#filling.add(record, marks.appended, marks.appended - marks.synced)
    marks.appendedIndex = index
  }

  flush(sync = false): void {
    if (sync) this.#marks.askSync()
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
    if (this.#isHalted && this.#failure === undefined) {
      const call = this.#onIdle
      this.#onIdle = undefined
      call?.()
      return
    }
    const isClosing = this.#closed !== undefined
    if (this.#failure !== undefined) {
      if (isClosing) this.#shut()
      return
    }
    const isUnsynced = this.#marks.unsyncedBytes > 0
    const isEmpty = this.#filling.bytes === 0
    const isSyncDue = this.#options.fsync === 'always' || this.#isSyncDue || this.#marks.isSyncAsked
    const mustSync = isSyncDue || this.#cuts.isAwaited || (isClosing && isEmpty)
    if (isUnsynced && mustSync) this.#sync()
    else if (this.#cuts.isCut) {
      if (isUnsynced) this.#sync()
      else this.#rotate()
    } else if (!isClosing && this.#rooms.isAmple && this.#cuts.cutHere(this.#segmentBytes)) {
      // What was appended before the cut, by the cut itself too, stays in front of it, however full the segment is.
      if (this.#filling.bytes === 0) this.#next()
      else this.#write()
    } else if (!isClosing && !this.#cuts.isAwaited && this.#checkpoints.isBehind(this.#segmentBytes)) return
    else if (!isEmpty && !this.#isFull()) this.#write()
    // Synced first, in every mode: so damage before the last segment is never a torn tail.
    else if (!isEmpty && isUnsynced) this.#sync()
    else if (!isEmpty) this.#rotate()
    else if (isClosing && !this.#marks.isRenewing) this.#shut()
  }

  /** Whether the group belongs in a new segment. One that is empty takes any group. */
  #isFull(): boolean {
    if (this.#marks.isRenewing || this.#segmentBytes === this.#segment.headerBytes) return false
    return this.#segmentBytes + this.#filling.bytes > this.#options.segmentBytesMax
  }

  #write(): void {
    const group = this.#filling
    this.#filling = this.#writing
    this.#writing = group
    this.#isBusy = true
    this.#put(group, this.#marks.appended, this.#marks.appendedIndex)
  }

  /** Writes the group, which ends at `position` with the record `index`. */
  #put(group: RecordGroup, position: number, index: number): void {
    this.#segment.file.write(this.#segmentBytes, group.chunks(), (error) => {
      if (isFull(error)) {
        this.#cutTorn(error, () => this.#put(group, position, index))
        return
      }
      this.#isBusy = false
      if (error !== undefined) return this.#renew('Writing', this.#segmentBytes, error)
      this.#rooms.wrote()
      this.#segmentBytes += group.bytes
      group.clear()
      this.#marks.wroteTo(position, index)
      if (this.#options.fsync === 'interval') this.#awaitSync()
      this.#next()
    })
  }

  /** The disk is full: what was written in part goes, and the rest waits for room. */
  #cutTorn(cause: SystemError | undefined, again: () => void): void {
    this.#segment.file.truncate(this.#segmentBytes, (error) => {
      const wait = (): void => this.#awaitRoom(again, () => this.#giveUp(cause))
      if (error !== undefined) {
        this.#isBusy = false
        this.#renew('Cutting', this.#segmentBytes, error)
      } else if (this.#marks.unsyncedBytes === 0) wait()
      // What was promised to be synced soon does not wait for room.
      else this.#syncFile(wait)
    })
  }

  /** A checkpoint that is being written must not keep the room that the log needs, nor wait for the log. */
  #awaitRoom(again: () => void, giveUp: () => void): void {
    this.#checkpoints.cancel()
    this.#cuts.release()
    this.#rooms.full(again, giveUp)
  }

  /** Whoever closes the log does not wait for room. */
  #giveUp(cause: SystemError | undefined): void {
    this.#isBusy = false
    this.#fail('ERR_DISK_FULL', 'Writing', this.#segmentBytes, cause)
  }

  #sync(): void {
    this.#isBusy = true
    this.#syncFile(() => {
      this.#isBusy = false
      this.#next()
    })
  }

  #syncFile(synced: () => void): void {
    this.#segment.file.sync((error) => {
      if (error !== undefined) {
        this.#isBusy = false
        // The first byte that may be missing.
        this.#renew('Syncing', this.#segmentBytes - this.#marks.unsyncedBytes, error)
        return
      }
      this.#isSyncDue = false
      this.#marks.syncedAll()
      this.#tellAwaited()
      synced()
    })
  }

  #tellAwaited(): void {
    // While the log stands still a checkpoint that waits for it was given up.
    if (this.#failure !== undefined || this.#isHalted) this.#cuts.release()
    else this.#cuts.tell()
  }

  #rotate(): void {
    const former = this.#segment
    const formerBytes = this.#segmentBytes
    const place = { number: former.number + 1, base: this.#marks.written, salt: this.#salt }
    this.#isBusy = true
    this.#maker.make({ ...place, kind: 'segment' }, (error, segment) => {
      this.#isBusy = false
      if (isFull(error) || isOutOfFiles(error)) {
        this.#isBusy = true
        const again = (): void => this.#rotate()
        const giveUp = (): void => this.#giveUp(error)
        if (isFull(error)) this.#awaitRoom(again, giveUp)
        else this.#rooms.later(again, giveUp)
        return
      }
      if (error !== undefined || segment === undefined) {
        return this.#renew(`Beginning ${segmentName(former.number + 1)} behind`, this.#segmentBytes, error)
      }
      this.#segment = segment
      this.#segmentBytes = segment.bytes
      this.#checkpoints.filled({ number: former.number, bytes: formerBytes })
      this.#cuts.begun(place)
      // It was synced: how closing it goes matters no more.
      this.#maker.leave(former, () => undefined)
      this.#next()
    })
  }

  /** The file cannot be trusted any more: all that is held goes into a checkpoint, and the log goes on behind that. */
  #renew(what: string, offset: number, cause: SystemError | undefined): void {
    if (!this.#marks.isRenewing) {
      if (this.#options.state === undefined || this.#closed !== undefined) {
        this.#fail('ERR_DISK_FAILED', what, offset, cause)
        return
      }
      this.#marks.isRenewing = true
      this.#cuts.drop()
      this.#options.events.broken(diskError('ERR_DISK_FAILED', what, this.#segment.number, offset, cause))
      this.#isHalted = true
      this.#checkpoints.pause(() =>
        this.#renewals.try((done) => this.#beginAnew(done), {
          done: () => this.#renewed(),
          giveUp: () => this.#fail('ERR_DISK_FAILED', what, offset, cause),
        }),
      )
    } else {
      this.#isHalted = true
      this.#checkpoints.cancel()
    }
    // A checkpoint that waits for the log waits in vain.
    this.#tellAwaited()
    this.#next()
  }

  #renewed(): void {
    this.#isSyncDue = this.#options.fsync !== 'never' && this.#marks.unsyncedBytes > 0
    this.#marks.renewed()
    this.#next()
  }

  /** When the disk has done what it was asked last. */
  #beginAnew(done: Parameters<BeginAnew>[0]): void {
    this.#isHalted = true
    this.#onIdle = () => this.#begin(done)
    this.#next()
  }

  /** Begins a log that does without anything from before; it is whole when `done` is told so. */
  #begin(done: Parameters<BeginAnew>[0]): void {
    this.#options.state?.endTurn()
    const state = this.#options.state?.snapshot()
    // A node that joins takes more meanwhile, but only once its first record is durable.
    if (state === undefined) return void done(this.#marks.hasReported ? 'early' : 'failed')
    const former = this.#segment
    // What was appended up to now is held, and will be in the checkpoint.
    this.#filling.clear()
    this.#writing.clear()
    const { appended: base, appendedIndex: index } = this.#marks
    this.#cuts.cutAnew(state)
    this.#isBusy = true
    this.#maker.leave(former, () => {
      const place = { number: this.#maker.freeNumber, base, salt: this.#salt }
      const isUseless = this.#maker.isUnfinished(former)
      this.#maker.make({ ...place, kind: 'successor' }, (error, segment) => {
        this.#isBusy = false
        if (segment === undefined) return done(resultOf(error))
        if (!isUseless) this.#checkpoints.filled({ number: former.number, bytes: this.#segmentBytes })
        this.#segment = segment
        this.#segmentBytes = segment.bytes
        this.#marks.beginAt(base, index)
        this.#isHalted = false
        this.#cuts.begun(place, (isWritten, cause) => {
          if (isWritten) this.#maker.finished()
          // Its segment may have failed meanwhile.
          if (this.#isHalted) done('failed')
          else done(isWritten ? 'whole' : resultOf(cause))
        })
        this.#next()
      })
    })
  }

  #awaitSync(): void {
    if (this.#cancelSync !== undefined) return
    this.#cancelSync = this.#options.timers.after(this.#options.fsyncIntervalMs, () => {
      this.#cancelSync = undefined
      this.#isSyncDue = this.#marks.unsyncedBytes > 0
      this.#next()
    })
  }

  #fail(code: 'ERR_DISK_FAILED' | 'ERR_DISK_FULL', what: string, offset: number, cause: SystemError | undefined): void {
    if (this.#failure !== undefined) return
    this.#cancelSync?.()
    this.#failure = diskError(code, what, this.#segment.number, offset, cause)
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
      this.#maker.leave(this.#segment, (fileError) => {
        this.#options.disk.close((diskError) => done?.(this.#failure ?? fileError ?? diskError))
      })
    })
  }
}
