/** Reads the records of a log's true prefix in order, as a start would, but leaves everything as it is. */

import type { Disk, SystemError } from '../core/ports.ts'
import type { LogRecord } from '../core/record.ts'
import { walkFile } from './file-walk.ts'
import { FileWindow } from './file-window.ts'
import type { TruePrefix } from './log-verdict.ts'
import { RecordDecoder } from './record-decoder.ts'

export interface PrefixVisitor {
  record(record: LogRecord): void
  /** Before more is read. Without it that is at once. */
  pause?(goOn: () => void): void
}

/** `prefix` comes from a survey of this folder, which nobody has changed since. */
export function readPrefix(
  disk: Disk,
  { files, end }: TruePrefix,
  visitor: PrefixVisitor,
  done: (error: SystemError | undefined) => void,
): void {
  const decoder = new RecordDecoder()
  const next = (at: number): void => {
    const file = files[at]
    if (file === undefined || file.header.kind !== 'header') {
      done(undefined)
      return
    }
    const { header } = file.header
    const stop = at === files.length - 1 ? end : file.bytes
    disk.open(file.name, false, (error, opened) => {
      if (error !== undefined || opened === undefined) return done(error)
      const record = ({
        offset,
        bytes,
        from,
        to,
      }: {
        offset: number
        bytes: Buffer
        from: number
        to: number
      }): void => {
        const decoded = offset < stop ? decoder.decode(bytes, from, to) : undefined
        if (decoded?.kind === 'record') visitor.record(decoded.record)
      }
      const pause = visitor.pause && { pause: (goOn: () => void) => visitor.pause?.(goOn) }
      const window = new FileWindow(opened)
      window.move(header.headerBytes, 0, (readError) => {
        const leave = (failed: SystemError | undefined): void =>
          opened.close(() => (failed === undefined ? next(at + 1) : done(failed)))
        if (readError === undefined) walkFile(window, header, { record, gap: () => undefined, ...pause }, leave)
        else leave(readError)
      })
    })
  }
  next(0)
}
