/**
 * Reads what was set aside: the records that were written whole behind a damaged stretch. Nobody knows any more where they
 * were, so each place is looked at; that a frame is one of this log's the salt of its checksum tells.
 */

import type { Disk, SystemError } from '../core/ports.ts'
import type { LogRecord } from '../core/record.ts'
import { FileWindow } from './file-window.ts'
import { bytesAt } from './frame-search.ts'
import { RecordDecoder } from './record-decoder.ts'
import { FRAME_BYTES, isFramePlausible, isFrameWhole } from './record-frame.ts'
import { RECORD_TYPE_MAX } from './record-type.ts'
import { decodeHeader, HEADER_BYTES_MAX } from './segment.ts'
import { SET_ASIDE } from './set-aside.ts'

/** Where a header has the salt. */
const SALT_AT = 25

/** Calls `onRecord` for each of them in all files that were set aside, and says how many files these are. */
export function readSalvage(
  disk: Disk,
  salt: number,
  onRecord: (record: LogRecord) => void,
  done: (error: SystemError | undefined, files: number) => void,
): void {
  disk.list((error, names) => {
    if (error !== undefined) return done(error, 0)
    const files = setAsideIn(names)
    const next = (at: number): void => {
      const name = files[at]
      if (name === undefined) {
        done(undefined, files.length)
        return
      }
      disk.open(name, false, (openError, file) => {
        if (openError !== undefined || file === undefined) return done(openError, files.length)
        scan(new FileWindow(file), salt, onRecord, (readError) =>
          file.close(() => (readError === undefined ? next(at + 1) : done(readError, files.length))),
        )
      })
    }
    next(0)
  })
}

/** Asked before the checksum, which takes far longer: in numbers of four bytes every place may look like a frame. */
function mayBeRecord(bytes: Buffer, at: number): boolean {
  const type = bytes[at + FRAME_BYTES] ?? 1
  return type >= 1 && type <= RECORD_TYPE_MAX && isFramePlausible(bytes, at)
}

function scan(
  window: FileWindow,
  salt: number,
  onRecord: (record: LogRecord) => void,
  done: (error: SystemError | undefined) => void,
): void {
  const decoder = new RecordDecoder()
  let offset = 0
  const go = (): void => {
    while (offset + FRAME_BYTES < window.size) {
      const end = offset + bytesAt(window, offset, mayBeRecord)
      if (!window.holds(offset, end)) {
        window.move(offset, end - offset, (error) => (error === undefined ? go() : done(error)))
        return
      }
      const at = offset - window.start
      const length = end - offset - FRAME_BYTES
      if (length > 0 && isFrameWhole(window.bytes, at, length, salt)) {
        const decoded = decoder.decode(window.bytes, at + FRAME_BYTES, end - window.start)
        if (decoded.kind === 'record') onRecord(decoded.record)
        offset = end
      } else offset += 1
    }
    done(undefined)
  }
  go()
}

/**
 * The salt of the log that these names were set aside from, for one that goes on from nothing: with another, what was set
 * aside would be nobody's. `undefined` when no file says it. One that cannot be read is told of when its records are.
 */
export function saltOfSetAside(disk: Disk, names: readonly string[], done: (salt: number | undefined) => void): void {
  const files = setAsideIn(names)
  let guess: number | undefined
  const next = (at: number): void => {
    const name = files[at]
    if (name === undefined) {
      done(guess)
      return
    }
    disk.open(name, false, (error, file) => {
      if (error !== undefined || file === undefined) return next(at + 1)
      file.read(0, HEADER_BYTES_MAX, (_, read) => {
        const bytes = Buffer.from(read)
        const header = decodeHeader(bytes)
        // What spoils a header may be another field; zeros are none.
        if (header.kind === 'broken' && bytes.length >= SALT_AT + 4) guess ??= bytes.readUInt32LE(SALT_AT) || undefined
        file.close(() => (header.kind === 'header' ? done(header.header.salt) : next(at + 1)))
      })
    })
  }
  next(0)
}

function setAsideIn(names: readonly string[]): string[] {
  return names.filter((name) => name.startsWith(SET_ASIDE)).sort()
}
