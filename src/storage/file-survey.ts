/**
 * What one file of the log holds: its header, how many records of which kind, between which versions, and what in it is
 * no record. Facts alone, as the bytes say them; what they mean for the log as a whole is judged in `log-verdict.ts`.
 */

import { compareVersions, type Version } from '../core/entry.ts'
import type { Disk, DiskFile, SystemError } from '../core/ports.ts'
import type { LogRecord } from '../core/record.ts'
import { type WalkedRecord, walkFile } from './file-walk.ts'
import { FileWindow } from './file-window.ts'
import { RecordDecoder } from './record-decoder.ts'
import { FRAME_BYTES } from './record-frame.ts'
import { decodeHeader, HEADER_BYTES_MAX, type HeaderRead, type SegmentHeader } from './segment.ts'

/** Bad stretches that are told one by one; more are only counted. */
export const STRETCHES_MAX = 100

/** Bytes that are no record that can be used. */
export interface Stretch {
  readonly offset: number
  readonly bytes: number
  /** `broken`: not a record. `nonsense`: written whole, and not one. `unknown`: of a newer version. */
  readonly kind: 'broken' | 'nonsense' | 'unknown'
}

export interface FileSurvey {
  readonly name: string
  readonly bytes: number
  readonly header: HeaderRead
  /** Valid ones. */
  readonly records: number
  readonly kinds: Readonly<Record<string, number>>
  /** The least and the greatest that its entries have. */
  readonly first: Version | undefined
  readonly last: Version | undefined
  /** In order, the first of them. */
  readonly stretches: readonly Stretch[]
  readonly stretchCount: number
  /** Behind the first stretch: valid records, and up to which position one of them knew the log to be synced; −1: none. */
  readonly behind: { readonly records: number; readonly synced: number }
  /** Of a checkpoint: whether its end is its last record, and up to which position it needs the log. */
  readonly through: number | undefined
}

export type FileSurveyDone = (error: SystemError | undefined, survey: FileSurvey | undefined) => void

/** Reads the whole file and changes nothing. */
export function surveyFile(disk: Disk, name: string, done: FileSurveyDone): void {
  disk.open(name, false, (error, file) => {
    if (error !== undefined || file === undefined) return done(error, undefined)
    const leave: FileSurveyDone = (failed, survey) => file.close(() => done(failed, survey))
    readFile(name, file, leave)
  })
}

function readFile(name: string, file: DiskFile, done: FileSurveyDone): void {
  const window = new FileWindow(file)
  window.move(0, HEADER_BYTES_MAX, (error) => {
    if (error !== undefined) return done(error, undefined)
    const header = decodeHeader(window.bytes)
    const tally = new Tally()
    const end = (failed?: SystemError): void =>
      failed === undefined ? done(undefined, tally.survey(name, window.size, header)) : done(failed, undefined)
    if (header.kind === 'header') tally.read(window, header.header, end)
    else end()
  })
}

class Tally {
  readonly #decoder = new RecordDecoder()
  readonly #kinds: Record<string, number> = {}
  readonly #stretches: Stretch[] = []
  #stretchCount = 0
  #records = 0
  #first: Version | undefined
  #last: Version | undefined
  #recordsBehind = 0
  #syncedBehind = -1
  #through: number | undefined

  read(window: FileWindow, header: SegmentHeader, done: (error: SystemError | undefined) => void): void {
    const visitor = {
      record: (walked: WalkedRecord) => this.#take(walked),
      gap: (offset: number, end: number) => this.#note({ offset, bytes: end - offset, kind: 'broken' }),
    }
    walkFile(window, header, visitor, done)
  }

  survey(name: string, bytes: number, header: HeaderRead): FileSurvey {
    return {
      name,
      bytes,
      header,
      records: this.#records,
      kinds: this.#kinds,
      first: this.#first,
      last: this.#last,
      stretches: this.#stretches,
      stretchCount: this.#stretchCount,
      behind: { records: this.#recordsBehind, synced: this.#syncedBehind },
      through: this.#through,
    }
  }

  #take({ offset, bytes, from, to, synced }: WalkedRecord): void {
    // What it says of itself counts even if what it holds cannot be read.
    if (this.#stretchCount > 0) this.#syncedBehind = Math.max(this.#syncedBehind, synced)
    const decoded = this.#decoder.decode(bytes, from, to)
    this.#through = undefined
    if (decoded.kind !== 'record') {
      this.#note({ offset, bytes: FRAME_BYTES + to - from, kind: decoded.kind === 'unknown' ? 'unknown' : 'nonsense' })
      return
    }
    const { record } = decoded
    this.#records += 1
    if (this.#stretchCount > 0) this.#recordsBehind += 1
    this.#kinds[record.kind] = (this.#kinds[record.kind] ?? 0) + 1
    if (record.kind === 'end') this.#through = record.through
    for (const { time, origin } of entriesOf(record)) this.#meet(time, origin)
  }

  #meet(time: number, origin: string): void {
    const version = { time, origin }
    if (this.#first === undefined || compareVersions(version, this.#first) < 0) this.#first = version
    if (this.#last === undefined || compareVersions(version, this.#last) > 0) this.#last = version
  }

  #note(stretch: Stretch): void {
    this.#stretchCount += 1
    if (this.#stretches.length < STRETCHES_MAX) this.#stretches.push(stretch)
  }
}

function entriesOf(record: LogRecord): readonly Version[] {
  switch (record.kind) {
    case 'write':
    case 'stage':
    case 'commit':
    case 'mend':
    case 'held':
      return record.entries
    case 'origin':
    case 'vector':
    case 'member':
    case 'floor':
    case 'gone':
    case 'clock':
    case 'base':
    case 'end':
      return []
  }
}
