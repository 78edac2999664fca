/**
 * Opens the folder: reads all segments in order, decides what a bad stretch means, cuts a torn tail, and hands over the
 * last segment for appending. What it handed to `onRecord` when it ends without an error is durable, a true prefix of
 * what was appended, and all of it. When it ends with `ERR_LOG_DAMAGED` or `ERR_LOG_FOREIGN` nothing on disk has changed.
 * The rules are in FORMAT.md, “Reading it back”.
 */

import { HearsayError } from '../core/errors.ts'
import type { Disk, DiskFile, Logger, SystemError } from '../core/ports.ts'
import type { LogRecord } from '../core/record.ts'
import { FileWindow } from './file-window.ts'
import { RecordDecoder } from './record-decoder.ts'
import {
  createSegment,
  decodeHeader,
  encodeHeader,
  HEADER_BYTES_MAX,
  type OpenSegment,
  type Owner,
  type SegmentHeader,
  segmentName,
  segmentNumber,
} from './segment.ts'
import { lookBehind, type ReplayEnd, replaySegment } from './segment-replay.ts'

export interface RecoveryReport {
  readonly records: number
  readonly segments: number
  /** Of all segments, headers included, after the cut. */
  readonly bytes: number
  /** Cut from the last segment; 0 when it ended well. */
  readonly tornBytes: number
}

/** Where appending goes on. */
export interface Recovered {
  readonly segment: OpenSegment
  /** Position of the next record. */
  readonly position: number
  readonly report: RecoveryReport
}

export interface RecoveryOptions {
  readonly disk: Disk
  readonly owner: Owner
  readonly logger: Logger
  onRecord(record: LogRecord): void
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
  #numbers: readonly number[] = []
  #records = 0
  #bytes = 0
  /** Where the next segment must begin. */
  #position = 0

  constructor(options: RecoveryOptions, done: RecoveryDone) {
    this.#options = options
    this.#done = done
  }

  start(): void {
    this.#options.disk.list((error, names) => {
      if (error !== undefined) return this.#fail(unreadable('the folder', error))
      const numbers = names.map(segmentNumber).filter((number) => number !== undefined)
      this.#numbers = numbers.sort((a, b) => a - b)
      const missing = this.#numbers.findIndex((number, index) => number !== index + 1)
      if (missing >= 0) return this.#fail(damaged(missing + 1, 0, 'the segment is missing, and there are later ones'))
      if (this.#numbers.length === 0) return this.#make(1, 0)
      this.#open(1)
    })
  }

  #open(number: number): void {
    this.#options.disk.open(segmentName(number), false, (error, file) => {
      if (error !== undefined || file === undefined) return this.#fail(unreadable(segmentName(number), error))
      const window = new FileWindow(file)
      window.move(0, HEADER_BYTES_MAX, (readError) => {
        if (readError !== undefined) return this.#leave(file, unreadable(segmentName(number), readError))
        this.#begin(number, file, window)
      })
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
      replaySegment(window, header.headerBytes, header.base, this.#decoder, onRecord, (end) =>
        this.#ended(file, window, header, end),
      )
    }
  }

  #judgeHeader(number: number, window: FileWindow): SegmentHeader | HearsayError | 'unfinished' {
    const read = decodeHeader(window.bytes)
    const { owner } = this.#options
    // Before records went in, the header was synced. Without anything behind it, a crash stopped the making.
    const isAlone = window.size <= encodeHeader(owner, number, this.#position).length
    const mayBeUnfinished = isAlone && this.#isLast(number)
    switch (read.kind) {
      case 'foreign':
        return foreign(number, read.because)
      case 'strange':
        // A power loss may leave any bytes. Behind segments of this node's own, they are of its own segment too.
        return mayBeUnfinished && number > 1 ? 'unfinished' : foreign(number, 'is not a log of hearsay')
      case 'broken': {
        if (mayBeUnfinished) return 'unfinished'
        return damaged(number, 0, 'the header of the segment is not valid')
      }
      case 'header': {
        const { cluster, name, base } = read.header
        if (cluster !== owner.cluster || name !== owner.name) {
          const theirs = `belongs to node "${name}" of cluster "${cluster}"`
          return foreign(number, `${theirs}, and this is node "${owner.name}" of cluster "${owner.cluster}"`)
        }
        if (read.header.number !== number) return damaged(number, 0, `inside, it is segment ${read.header.number}`)
        if (base === this.#position) return read.header
        return damaged(number, 0, `it begins at position ${base}, and the segment before ends at ${this.#position}`)
      }
    }
  }

  #ended(file: DiskFile, window: FileWindow, header: SegmentHeader, end: ReplayEnd): void {
    const { number } = header
    if (end.kind === 'whole') this.#endAt(window.size, 0, file, header)
    else if (end.kind === 'broken' && this.#isLast(number)) this.#judgeTail(end.offset, file, window, header)
    else this.#leave(file, endError(number, end))
  }

  /** The last segment ends badly: torn by a crash, or damaged? */
  #judgeTail(offset: number, file: DiskFile, window: FileWindow, header: SegmentHeader): void {
    const position = header.base + offset - header.headerBytes
    const name = segmentName(header.number)
    lookBehind(window, offset + 1, position + 1, (error, behind) => {
      if (error !== undefined) return this.#leave(file, unreadable(name, error))
      if (behind.synced > position) {
        const because = `this is not a valid record, and ${behind.records} behind it are`
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
    this.#bytes += size
    this.#position = header.base + size - headerBytes
    if (!this.#isLast(number)) {
      file.close(() => this.#open(number + 1))
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
    createSegment(disk, owner, number, this.#position, (error, segment) => {
      if (error !== undefined || segment === undefined) return this.#fail(unwritable(segmentName(number), error))
      if (tornBytes > 0) {
        const file = segmentName(number)
        logger.warn({ file, offset: 0, tornBytes }, `The making of ${file} was cut short: made it again.`)
      }
      this.#bytes += segment.bytes
      this.#finish(segment, tornBytes)
    })
  }

  #finish(segment: OpenSegment, tornBytes: number): void {
    const report = { records: this.#records, segments: segment.number, bytes: this.#bytes, tornBytes }
    this.#done(undefined, { segment, position: this.#position, report })
  }

  #isLast(number: number): boolean {
    return number === this.#numbers.length
  }

  /** Fails after closing a file that was only read, or that nobody will write to: how that goes matters no more. */
  #leave(file: DiskFile, error: HearsayError): void {
    file.close(() => this.#fail(error))
  }

  #fail(error: HearsayError): void {
    this.#done(error, undefined)
  }
}

function endError(number: number, end: Exclude<ReplayEnd, { kind: 'whole' }>): HearsayError {
  switch (end.kind) {
    case 'failed':
      return unreadable(segmentName(number), end.error)
    case 'unknown':
      return foreign(number, `holds a record of type ${end.type} that only a newer version of hearsay can read`)
    case 'nonsense':
      return damaged(number, end.offset, 'a record with a valid checksum does not hold what it should')
    case 'broken':
      return damaged(number, end.offset, 'this is not a valid record, and there are later segments')
  }
}

function damaged(number: number, offset: number, because: string): HearsayError {
  return new HearsayError(
    'ERR_LOG_DAMAGED',
    `The log is damaged in ${segmentName(number)} at offset ${offset}: ${because}.`,
  )
}

function foreign(number: number, because: string): HearsayError {
  return new HearsayError('ERR_LOG_FOREIGN', `${segmentName(number)} ${because}.`)
}

function unreadable(what: string, cause: SystemError | undefined): HearsayError {
  const message = `Reading the log failed at ${what}: ${cause?.message ?? 'no file'}.`
  return new HearsayError('ERR_FOLDER_UNUSABLE', message, { cause })
}

function unwritable(what: string, cause: SystemError | undefined): HearsayError {
  const message = `Opening the log failed to write ${what}: ${cause?.message ?? 'no file'}.`
  return new HearsayError('ERR_DISK_FAILED', message, { cause })
}
