/**
 * Reads the records of one segment in order and says how it ended. It judges only whether bytes are the record that
 * belongs there; what a bad stretch means (a torn tail or damage) is decided in `recovery.ts`, with the help of
 * `lookBehind`, which finds out what valid records behind it say. Neither changes anything on disk.
 */

import type { SystemError } from '../core/ports.ts'
import type { LogRecord } from '../core/record.ts'
import type { FileWindow } from './file-window.ts'
import type { RecordDecoder } from './record-decoder.ts'
import { FRAME_BYTES, frameLength, isFrameAt, isFrameWhole, syncedBefore } from './record-frame.ts'

export type ReplayEnd =
  | { readonly kind: 'whole' }
  /** From `offset` on there is no valid record. */
  | { readonly kind: 'broken'; readonly offset: number }
  /** The record at `offset` was written whole and yet is not one. */
  | { readonly kind: 'nonsense'; readonly offset: number }
  | { readonly kind: 'unknown'; readonly offset: number; readonly type: number }
  | { readonly kind: 'failed'; readonly error: SystemError }

/** What lies behind a bad stretch. */
export interface Behind {
  readonly records: number
  /** The greatest position up to which one of them knew the log to be synced; −1 when there is none. */
  readonly synced: number
}

/** Calls `onRecord` for each record from offset `from`, the first of which is at position `base`; then `done`. */
export function replaySegment(
  window: FileWindow,
  from: number,
  base: number,
  decoder: RecordDecoder,
  onRecord: (record: LogRecord) => void,
  done: (end: ReplayEnd) => void,
): void {
  let offset = from
  const replay = (): void => {
    for (;;) {
      const step = readRecord(window, offset, base + offset - from, decoder)
      if (step.kind === 'record') {
        onRecord(step.record)
        offset = step.end
      } else if (step.kind === 'more') {
        window.move(offset, step.bytes, (error) => (error === undefined ? replay() : done({ kind: 'failed', error })))
        break
      } else {
        done(step)
        break
      }
    }
  }
  replay()
}

type RecordRead =
  | { readonly kind: 'record'; readonly record: LogRecord; readonly end: number }
  /** The window must hold this many bytes from here. */
  | { readonly kind: 'more'; readonly bytes: number }
  | ReplayEnd

function readRecord(window: FileWindow, offset: number, position: number, decoder: RecordDecoder): RecordRead {
  if (offset >= window.size) return { kind: 'whole' }
  if (offset + FRAME_BYTES > window.size) return { kind: 'broken', offset }
  if (!window.holds(offset, offset + FRAME_BYTES)) return { kind: 'more', bytes: FRAME_BYTES }
  const at = offset - window.start
  const length = frameLength(window.bytes, at)
  const end = offset + FRAME_BYTES + length
  if (length < 0 || end > window.size || !isFrameAt(window.bytes, at, position)) return { kind: 'broken', offset }
  if (!window.holds(offset, end)) return { kind: 'more', bytes: end - offset }
  if (!isFrameWhole(window.bytes, at, length)) return { kind: 'broken', offset }
  const decoded = decoder.decode(window.bytes, at + FRAME_BYTES, end - window.start)
  switch (decoded.kind) {
    case 'record':
      return { kind: 'record', record: decoded.record, end }
    case 'unknown':
      return { kind: 'unknown', offset, type: decoded.type }
    case 'broken':
      return { kind: 'nonsense', offset }
  }
}

/** Looks from `offset`, whose position is `position`, to the end of the file for records that are where they belong. */
export function lookBehind(
  window: FileWindow,
  offset: number,
  position: number,
  done: (error: SystemError | undefined, behind: Behind) => void,
): void {
  let from = offset
  let records = 0
  let synced = -1
  const look = (): void => {
    while (from + FRAME_BYTES < window.size) {
      const here = position + from - offset
      const bytes = bytesAt(window, from, here)
      if (!window.holds(from, from + bytes)) {
        window.move(from, bytes, (error) => (error === undefined ? look() : done(error, { records, synced })))
        return
      }
      const at = from - window.start
      if (bytes > FRAME_BYTES && isFrameWhole(window.bytes, at, bytes - FRAME_BYTES)) {
        records += 1
        synced = Math.max(synced, syncedBefore(window.bytes, at, here))
        from += bytes
      } else from += 1
    }
    done(undefined, { records, synced })
  }
  look()
}

/** How long the record at `from` says it is; a frame alone when that is not known yet, or it cannot be one. */
function bytesAt(window: FileWindow, from: number, position: number): number {
  if (!window.holds(from, from + FRAME_BYTES)) return FRAME_BYTES
  const at = from - window.start
  if (!isFrameAt(window.bytes, at, position)) return FRAME_BYTES
  const bytes = FRAME_BYTES + frameLength(window.bytes, at)
  return from + bytes > window.size ? FRAME_BYTES : bytes
}
