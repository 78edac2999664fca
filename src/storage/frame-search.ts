/** Where nobody knows whether there is a record, each place is looked at: how much of the file that takes. */

import type { FileWindow } from './file-window.ts'
import { FRAME_BYTES, frameLength } from './record-frame.ts'

/** How long the record at `from` says it is; a frame alone when that is not known yet, or `isHere` says that it is none. */
export function bytesAt(window: FileWindow, from: number, isHere: (bytes: Buffer, at: number) => boolean): number {
  if (from + FRAME_BYTES > window.size || !window.holds(from, from + FRAME_BYTES)) return FRAME_BYTES
  const at = from - window.start
  const length = frameLength(window.bytes, at)
  const isWithin = length > 0 && from + FRAME_BYTES + length <= window.size
  return isWithin && isHere(window.bytes, at) ? FRAME_BYTES + length : FRAME_BYTES
}
