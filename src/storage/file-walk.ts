/**
 * Goes through all records of one file of the log, past everything that is no record: for tools that tell what is
 * there, where a start only asks whether it is all there. It judges bytes alone; what a gap means is decided in
 * `log-verdict.ts`.
 */

import type { SystemError } from '../core/ports.ts'
import type { FileWindow } from './file-window.ts'
import { bytesAt } from './frame-search.ts'
import { FRAME_BYTES, isFrameAt, isFrameWhole, syncedBefore } from './record-frame.ts'
import type { SegmentHeader } from './segment.ts'

/** A record that was written whole, here. */
export interface WalkedRecord {
  /** Where it begins in the file. */
  readonly offset: number
  /** Type and body lie in `bytes` from `from` to `to`, until the call returns. */
  readonly bytes: Buffer
  readonly from: number
  readonly to: number
  /** Up to which position the log was synced when it was made; −1 when it does not say. */
  readonly synced: number
}

export interface WalkVisitor {
  record(record: WalkedRecord): void
  /** From `offset` to `end` there is no valid record; there is one at `end`, or the file ends there. */
  gap(offset: number, end: number): void
  /** Before the file is read on. Without it that is at once. */
  pause?(goOn: () => void): void
}

/** Walks from behind the header to the end of the file. */
export function walkFile(
  window: FileWindow,
  { headerBytes, base, salt }: Pick<SegmentHeader, 'headerBytes' | 'base' | 'salt'>,
  visitor: WalkVisitor,
  done: (error: SystemError | undefined) => void,
): void {
  let offset = headerBytes
  let gapAt = -1
  const move = (bytes: number): void =>
    window.move(offset, bytes, (error) => {
      if (error !== undefined) done(error)
      else if (visitor.pause === undefined) go()
      else visitor.pause(go)
    })
  const go = (): void => {
    while (offset < window.size) {
      const position = base + offset - headerBytes
      const bytes = bytesAt(window, offset, (frames, at) => isFrameAt(frames, at, position))
      if (!window.holds(offset, offset + bytes)) {
        move(bytes)
        return
      }
      const at = offset - window.start
      if (bytes <= FRAME_BYTES || !isFrameWhole(window.bytes, at, bytes - FRAME_BYTES, salt)) {
        if (gapAt < 0) gapAt = offset
        offset += 1
        continue
      }
      if (gapAt >= 0) visitor.gap(gapAt, offset)
      gapAt = -1
      const synced = syncedBefore(window.bytes, at, position)
      visitor.record({ offset, bytes: window.bytes, from: at + FRAME_BYTES, to: at + bytes, synced })
      offset += bytes
    }
    if (gapAt >= 0) visitor.gap(gapAt, window.size)
    done(undefined)
  }
  go()
}
