/**
 * Opens the folder: reads the latest checkpoint and the segments behind it in order, decides what a bad stretch means,
 * cuts a torn tail, and hands over the last segment for appending. What it handed to `onRecord` when it ends without an
 * error is durable, a true prefix of what was appended, and all of it. When it ends with `ERR_LOG_DAMAGED` or
 * `ERR_LOG_FOREIGN` nothing on disk has changed. The rules are in FORMAT.md, “Reading it back”.
 */

import { HearsayError } from '../core/errors.ts'
import type { Disk, DiskFile, Logger } from '../core/ports.ts'
import type { LogRecord } from '../core/record.ts'
import { type LogFile, removeAll } from './checkpoints.ts'
import { FileWindow } from './file-window.ts'
import { type OnProgress, ReadProgress } from './read-progress.ts'
import { RecordDecoder } from './record-decoder.ts'
import { RECORD_TYPES } from './record-type.ts'
import { damaged, damagedFile, endError, foreign, unreadable, unwritable } from './recovery-error.ts'
import { saltOfSetAside } from './salvage.ts'
import {
  CHECKPOINT_DRAFT,
  createSegment,
  decodeHeader,
  encodeHeader,
  type FileKind,
  fileName,
  fileNumber,
  HEADER_BYTES_MAX,
  type OpenSegment,
  type Owner,
  type SegmentHeader,
  segmentName,
} from './segment.ts'
import { checkSegment, lookBehind, type ReplayEnd, replaySegment } from './segment-replay.ts'

export interface RecoveryReport {
  /** Of the log since it began, those that a checkpoint stands for included. */
  readonly records: number
  readonly segments: number
  /** Of all files, headers included, after the cut. */
  readonly bytes: number
  /** Cut from the last segment; 0 when it ended well. */
  readonly tornBytes: number
}

/** Where appending goes on. */
export interface Recovered {
  readonly segment: OpenSegment
  /** Position of the next record. */
  readonly position: number
  readonly salt: number
  readonly checkpoint: LogFile | undefined
  /** Those in front of `segment`. */
  readonly segments: readonly LogFile[]
  readonly report: RecoveryReport
}

export interface RecoveryOptions {
  readonly disk: Disk
  readonly owner: Owner
  readonly logger: Logger
  /** Of a log that is begun, unless one was set aside here: that goes on. */
  readonly salt: number
  onRecord(record: LogRecord): void
  readonly onProgress?: OnProgress | undefined
}

type RecoveryDone = (error: HearsayError | undefined, recovered: Recovered | undefined) => void

/** Fails with `ERR_LOG_DAMAGED`, `ERR_LOG_FOREIGN`, `ERR_FOLDER_UNUSABLE` (reading) or `ERR_DISK_FAILED` (writing). */
export function recoverLog(options: RecoveryOptions, done: RecoveryDone): void {
  new LogRecovery(options, done).start()
}

class LogRecovery {
  readonly #options: RecoveryOptions
  readonly #done: RecoveryDone
  readonly #decoder = new RecordDecoder()
  readonly #progress: ReadProgress
  /** Of the segments that count. */
  #numbers: readonly number[] = []
  /** What a checkpoint stands for, and what nobody needs. */
  #leftovers: readonly string[] = []
  #checkpoint: LogFile | undefined
  readonly #segments: LogFile[] = []
  /** A checkpoint is true only with the log up to here. */
  #through = 0
  #salt: number
  #records = 0
  /** Where the next segment must begin. */
  #position = 0

  constructor(options: RecoveryOptions, done: RecoveryDone) {
    this.#options = options
    this.#done = done
    this.#salt = options.salt
    this.#progress = new ReadProgress(options.onProgress)
  }

  start(): void {
    this.#options.disk.list((error, names) => {
      if (error !== undefined) return this.#fail(unreadable('the folder', error))
      const checkpoint = numbersOf('checkpoint', names).at(-1)
      const all = numbersOf('segment', names)
      const first = checkpoint ?? 1
      this.#numbers = all.filter((number) => number >= first)
      this.#leftovers = names.filter(
        (name) =>
          name === CHECKPOINT_DRAFT ||
          (fileNumber('segment', name) ?? first) < first ||
          (fileNumber('checkpoint', name) ?? first) < first,
      )
      saltOfSetAside(this.#options.disk, checkpoint === undefined ? names : [], (salt) => {
        this.#salt = salt ?? this.#salt
        this.#dropUnfinished(checkpoint, () => {
          // A checkpoint is read twice.
          const twice = checkpoint === undefined ? [] : Array<string>(2).fill(fileName('checkpoint', checkpoint))
          this.#progress.measure(this.#options.disk, [...twice, ...this.#numbers.map(segmentName)], () => {
            if (checkpoint === undefined) this.#follow(first)
            else this.#openFile('checkpoint', checkpoint, (file, window) => this.#verify(checkpoint, file, window))
          })
        })
      })
    })
  }

  /** A crash may leave a last segment without a whole header, or one whose checkpoint was never finished. */
  #dropUnfinished(checkpoint: number | undefined, done: () => void): void {
    const last = this.#numbers.at(-1)
    if (last === undefined || last === this.#numbers[0] || last === checkpoint) {
      done()
      return
    }
    this.#openFile('segment', last, (file, window) => {
      const read = decodeHeader(window.bytes)
      const place = { kind: 'segment', number: last, base: 0, salt: 0 } as const
      const isTorn =
        (read.kind === 'broken' || read.kind === 'strange') &&
        window.size <= encodeHeader(this.#options.owner, place).length
      file.close(() => {
        const isDropped = isTorn || (read.kind === 'header' && read.header.kind === 'successor')
        if (isDropped) {
          this.#numbers = this.#numbers.slice(0, -1)
          this.#leftovers = [...this.#leftovers, segmentName(last)]
          const text = isTorn ? 'was begun and not finished' : 'was to follow a checkpoint that was not finished'
          this.#options.logger.warn(
            { file: segmentName(last), bytes: window.size },
            `${segmentName(last)} ${text}: removed.`,
          )
        }
        if (isDropped) this.#dropUnfinished(checkpoint, done)
        else done()
      })
    })
  }

  /** The segments from `first` on. */
  #follow(first: number): void {
    const missing = this.#numbers.findIndex((number, index) => number !== first + index)
    if (missing >= 0) this.#fail(damaged(first + missing, 0, 'the segment is missing, and there are later ones'))
    else if (this.#numbers.length === 0) this.#makeFirst(first)
    else this.#open(first)
  }

  #makeFirst(first: number): void {
    if (this.#through > this.#position) {
      this.#fail(damaged(first, 0, 'the segment is missing, and the checkpoint needs it'))
    } else this.#make(first, 0)
  }

  #open(number: number): void {
    this.#openFile('segment', number, (file, window) => this.#begin(number, file, window))
  }

  #openFile(kind: FileKind, number: number, opened: (file: DiskFile, window: FileWindow) => void): void {
    const name = fileName(kind, number)
    this.#options.disk.open(name, false, (error, file) => {
      if (error !== undefined || file === undefined) return this.#fail(unreadable(name, error))
      const window = new FileWindow(this.#progress.counted(file))
      window.move(0, HEADER_BYTES_MAX, (readError) => {
        if (readError !== undefined) return this.#leave(file, unreadable(name, readError))
        opened(file, window)
      })
    })
  }

  /** Nothing of a checkpoint is handed over before all of it was found to be whole. */
  #verify(number: number, file: DiskFile, window: FileWindow): void {
    const name = fileName('checkpoint', number)
    const fail = (offset: number, because: string): void => this.#leave(file, damagedFile(name, offset, because))
    const header = this.#headerOf('checkpoint', number, window)
    if (header instanceof HearsayError) {
      this.#leave(file, header)
      return
    }
    let last = 0
    const note = (type: number): void => {
      last = type
    }
    checkSegment(window, header, note, (end) => {
      if (end.kind !== 'whole') return this.#leave(file, endError(name, end))
      if (last !== RECORD_TYPES.end) return fail(window.size, 'the end of the checkpoint is missing')
      window.move(header.headerBytes, 0, (error) => {
        if (error !== undefined) return this.#leave(file, unreadable(name, error))
        this.#restore(header, file, window)
      })
    })
  }

  #restore(header: SegmentHeader, file: DiskFile, window: FileWindow): void {
    const name = fileName('checkpoint', header.number)
    const restore = (record: LogRecord): void => {
      if (record.kind === 'base') this.#records = record.records
      if (record.kind === 'end') this.#through = record.through
      this.#options.onRecord(record)
    }
    replaySegment(window, header, this.#decoder, restore, (end) => {
      if (end.kind !== 'whole') return this.#leave(file, endError(name, end))
      this.#checkpoint = { number: header.number, bytes: window.size }
      this.#position = header.base
      this.#salt = header.salt
      file.close(() => this.#follow(header.number))
    })
  }

  #begin(number: number, file: DiskFile, window: FileWindow): void {
    const header = this.#judgeHeader(number, window)
    if (header === 'unfinished') file.close(() => this.#make(number, window.size))
    else if (header instanceof HearsayError) this.#leave(file, header)
    else {
      const onRecord = (record: LogRecord): void => {
        this.#records += 1
        this.#options.onRecord(record)
      }
      this.#salt = header.salt
      replaySegment(window, header, this.#decoder, onRecord, (end) => this.#ended(file, window, header, end))
    }
  }

  #judgeHeader(number: number, window: FileWindow): SegmentHeader | HearsayError | 'unfinished' {
    const place = { kind: 'segment', number, base: this.#position, salt: this.#salt } as const
    // Before records went in, the header was synced. Without anything behind it, a crash stopped the making.
    const isAlone = window.size <= encodeHeader(this.#options.owner, place).length
    const mayBeUnfinished = isAlone && this.#isLast(number) && this.#through <= this.#position
    const { kind } = decodeHeader(window.bytes)
    if (mayBeUnfinished && kind === 'broken') return 'unfinished'
    // A power loss may leave any bytes. Behind files of this node's own, they are of its own segment too.
    if (mayBeUnfinished && kind === 'strange' && number > 1) return 'unfinished'
    const header = this.#headerOf('segment', number, window)
    if (header instanceof HearsayError) return header
    const isFirst = number === 1 && this.#checkpoint === undefined
    if (!isFirst && header.salt !== this.#salt) return damaged(number, 0, 'it belongs to another log of this node')
    if (header.base === this.#position) return header
    return damaged(number, 0, `it begins at position ${header.base}, and what is before ends at ${this.#position}`)
  }

  #headerOf(kind: FileKind, number: number, window: FileWindow): SegmentHeader | HearsayError {
    const file = fileName(kind, number)
    const { owner } = this.#options
    const read = decodeHeader(window.bytes)
    switch (read.kind) {
      case 'foreign':
        return foreign(file, read.because)
      case 'strange':
        return foreign(file, 'is not a log of hearsay')
      case 'broken':
        return damagedFile(file, 0, 'its header is not valid')
      case 'header': {
        const { cluster, name, kind: inside } = read.header
        if (cluster !== owner.cluster || name !== owner.name) {
          const theirs = `belongs to node "${name}" of cluster "${cluster}"`
          return foreign(file, `${theirs}, and this is node "${owner.name}" of cluster "${owner.cluster}"`)
        }
        const isRight = inside === kind || (inside === 'successor' && number === this.#checkpoint?.number)
        if (read.header.number === number && isRight) return read.header
        return damagedFile(file, 0, `inside, it is ${inside} ${read.header.number}`)
      }
    }
  }

  #ended(file: DiskFile, window: FileWindow, header: SegmentHeader, end: ReplayEnd): void {
    const { number } = header
    if (end.kind === 'whole') this.#endAt(window.size, 0, file, header)
    else if (end.kind === 'broken' && this.#isLast(number)) this.#judgeTail(end.offset, file, window, header)
    else this.#leave(file, endError(segmentName(number), end))
  }

  /** The last segment ends badly: torn by a crash, or damaged? */
  #judgeTail(offset: number, file: DiskFile, window: FileWindow, header: SegmentHeader): void {
    const position = header.base + offset - header.headerBytes
    const name = segmentName(header.number)
    lookBehind(window, offset + 1, position + 1, header.salt, (error, behind) => {
      if (error !== undefined) return this.#leave(file, unreadable(name, error))
      if (behind.synced > position || this.#through > position) {
        const because =
          behind.synced > position
            ? `this is not a valid record, and ${behind.records} behind it are`
            : 'this is not a valid record, and the checkpoint needs more of the log'
        return this.#leave(file, damaged(header.number, offset, because))
      }
      const tornBytes = window.size - offset
      file.truncate(offset, (truncateError) => {
        if (truncateError !== undefined)
          return this.#leave(file, unwritable(`${name} at offset ${offset}`, truncateError))
        this.#options.logger.warn(
          { file: name, offset, tornBytes, recordsBehind: behind.records },
          `The log ended in an unfinished write: cut ${tornBytes} bytes from ${name} at offset ${offset}.`,
        )
        this.#endAt(offset, tornBytes, file, header)
      })
    })
  }

  #endAt(size: number, tornBytes: number, file: DiskFile, header: SegmentHeader): void {
    const { number, headerBytes } = header
    this.#position = header.base + size - headerBytes
    if (!this.#isLast(number)) {
      this.#segments.push({ number, bytes: size })
      file.close(() => this.#open(number + 1))
      return
    }
    if (this.#through > this.#position) {
      this.#leave(file, damaged(number, size, 'the log ends here, and the checkpoint needs more of it'))
      return
    }
    // What was read may be in the memory of the operating system only; from here on others are told that we have it.
    file.sync((error) => {
      if (error !== undefined) return this.#leave(file, unwritable(segmentName(number), error))
      this.#options.disk.syncFolder((folderError) => {
        if (folderError !== undefined) return this.#leave(file, unwritable('the folder', folderError))
        this.#finish({ number, file, bytes: size, headerBytes }, tornBytes)
      })
    })
  }

  /** Makes the last segment: the log's first one, or again the one that a crash left without a whole header. */
  #make(number: number, tornBytes: number): void {
    const { disk, owner, logger } = this.#options
    createSegment(
      disk,
      owner,
      { kind: 'segment', number, base: this.#position, salt: this.#salt },
      (error, segment) => {
        if (error !== undefined || segment === undefined) return this.#fail(unwritable(segmentName(number), error))
        if (tornBytes > 0) {
          const file = segmentName(number)
          logger.warn({ file, offset: 0, tornBytes }, `The making of ${file} was cut short: made it again.`)
        }
        this.#finish(segment, tornBytes)
      },
    )
  }

  #finish(segment: OpenSegment, tornBytes: number): void {
    const before = this.#checkpoint === undefined ? this.#segments : [this.#checkpoint, ...this.#segments]
    const bytes = before.reduce((sum, file) => sum + file.bytes, segment.bytes)
    const report = { records: this.#records, segments: this.#segments.length + 1, bytes, tornBytes }
    const found = { checkpoint: this.#checkpoint, segments: this.#segments, salt: this.#salt }
    removeAll(this.#options, this.#leftovers, () =>
      this.#done(undefined, { segment, position: this.#position, ...found, report }),
    )
  }

  #isLast(number: number): boolean {
    return number === this.#numbers.at(-1)
  }

  #leave(file: DiskFile, error: HearsayError): void {
    file.close(() => this.#fail(error))
  }

  #fail(error: HearsayError): void {
    this.#done(error, undefined)
  }
}

function numbersOf(kind: FileKind, names: readonly string[]): number[] {
  const numbers = names.map((name) => fileNumber(kind, name)).filter((number) => number !== undefined)
  return numbers.sort((a, b) => a - b)
}
