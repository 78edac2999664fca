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
import { SET_ASIDE } from './set-aside.ts'

/** Calls `onRecord` for each of them in all files that were set aside, and says how many files these are. */
export function readSalvage(
  disk: Disk,
  salt: number,
  onRecord: (record: LogRecord) => void,
  done: (error: SystemError | undefined, files: number) => void,
): void {
  disk.list((error, names) => {
    if (error !== undefined) return done(error, 0)
    const files = names.filter((name) => name.startsWith(SET_ASIDE)).sort()
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
      const end = offset + bytesAt(window, offset, isFramePlausible)
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
