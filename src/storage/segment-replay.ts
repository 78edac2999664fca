/**
 * Reads the records of one segment in order and says how it ended. It judges only whether bytes are the record that
 * belongs there; what a bad stretch means (a torn tail or damage) is decided in `recovery.ts`, with the help of
 * `lookBehind`, which finds out what valid records behind it say. Neither changes anything on disk.
 */

import type { SystemError } from '../core/ports.ts'
import type { LogRecord } from '../core/record.ts'
import type { FileWindow } from './file-window.ts'
import { bytesAt } from './frame-search.ts'
import type { RecordDecoder } from './record-decoder.ts'
import { FRAME_BYTES, frameLength, isFrameAt, isFrameWhole, syncedBefore } from './record-frame.ts'
import type { SegmentHeader } from './segment.ts'

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

/** Calls `onRecord` for each record of the file with this header; then `done`. */
export function replaySegment(
  window: FileWindow,
  header: Belonging,
  decoder: RecordDecoder,
  onRecord: (record: LogRecord) => void,
  done: (end: ReplayEnd) => void,
): void {
  const take: Take = (bytes, from, to, offset) => {
    const decoded = decoder.decode(bytes, from, to)
    switch (decoded.kind) {
      case 'record':
        onRecord(decoded.record)
        return undefined
      case 'unknown':
        return { kind: 'unknown', offset, type: decoded.type }
      case 'broken':
        return { kind: 'nonsense', offset }
    }
  }
  walk(window, header, take, done)
}

/** Looks whether all records of the file with this header were written whole, without reading them. `onType`: of each. */
export function checkSegment(
  window: FileWindow,
  header: Belonging,
  onType: (type: number) => void,
  done: (end: ReplayEnd) => void,
): void {
  const take: Take = (bytes, from) => {
    onType(bytes[from] ?? 0)
    return undefined
  }
  walk(window, header, take, done)
}

type Belonging = Pick<SegmentHeader, 'headerBytes' | 'base' | 'salt'>

/** Takes type and body, which are in `bytes` from `from` to `to`; the record begins at `offset` of the file. */
type Take = (bytes: Buffer, from: number, to: number, offset: number) => ReplayEnd | undefined

function walk(
  window: FileWindow,
  { headerBytes, base, salt }: Belonging,
  take: Take,
  done: (end: ReplayEnd) => void,
): void {
  let offset = headerBytes
  const go = (): void => {
    for (;;) {
      const frame = findFrame(window, offset, base + offset - headerBytes, salt)
      if (frame.kind === 'more') {
        window.move(offset, frame.bytes, (error) => (error === undefined ? go() : done({ kind: 'failed', error })))
        return
      }
      if (frame.kind !== 'frame') {
        done(frame)
        return
      }
      const from = offset - window.start + FRAME_BYTES
      const end = take(window.bytes, from, frame.end - window.start, offset)
      if (end !== undefined) {
        done(end)
        return
      }
      offset = frame.end
    }
  }
  go()
}

type Found =
  | { readonly kind: 'frame'; readonly end: number }
  /** The window must hold this many bytes from here. */
  | { readonly kind: 'more'; readonly bytes: number }
  | ReplayEnd

function findFrame(window: FileWindow, offset: number, position: number, salt: number): Found {
  if (offset >= window.size) return { kind: 'whole' }
  if (offset + FRAME_BYTES > window.size) return { kind: 'broken', offset }
  if (!window.holds(offset, offset + FRAME_BYTES)) return { kind: 'more', bytes: FRAME_BYTES }
  const at = offset - window.start
  const length = frameLength(window.bytes, at)
  const end = offset + FRAME_BYTES + length
  if (length < 0 || end > window.size || !isFrameAt(window.bytes, at, position)) return { kind: 'broken', offset }
  if (!window.holds(offset, end)) return { kind: 'more', bytes: end - offset }
  return isFrameWhole(window.bytes, at, length, salt) ? { kind: 'frame', end } : { kind: 'broken', offset }
}

/** Looks from `offset`, whose position is `position`, to the end of the file for records that are where they belong. */
export function lookBehind(
  window: FileWindow,
  offset: number,
  position: number,
  salt: number,
  done: (error: SystemError | undefined, behind: Behind) => void,
): void {
  let from = offset
  let records = 0
  let synced = -1
  const look = (): void => {
    while (from + FRAME_BYTES < window.size) {
      const here = position + from - offset
      const bytes = bytesAt(window, from, (frames, at) => isFrameAt(frames, at, here))
      if (!window.holds(from, from + bytes)) {
        window.move(from, bytes, (error) => (error === undefined ? look() : done(error, { records, synced })))
        return
      }
      const at = from - window.start
      if (bytes > FRAME_BYTES && isFrameWhole(window.bytes, at, bytes - FRAME_BYTES, salt)) {
        records += 1
        synced = Math.max(synced, syncedBefore(window.bytes, at, here))
        from += bytes
      } else from += 1
    }
    done(undefined, { records, synced })
  }
  look()
}
