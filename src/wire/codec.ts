/**
 * From arrays to bytes: the one door to msgpackr. What goes in is null, booleans, numbers, strings, `Uint8Array` and
 * arrays of these, so what comes out is MessagePack without maps or extensions, which any language reads.
 *
 * Only the writing half of msgpackr is used. Its reader takes more than we speak (maps, records, dates, errors, regular
 * expressions, big integers), turns broken UTF-8 silently into U+FFFD, so that two keys become one, and drops a byte
 * order mark at the start of a long string, which may be part of a key. Bytes of others are read by `FrameReader`.
 */

// This entry point has neither the streams nor the native reader of the package's main one, and runs in browsers.
import { Packr, RESET_BUFFER_MODE } from 'msgpackr/pack'

/** What a frame is made of. */
export type Packable = null | boolean | number | string | Uint8Array | readonly Packable[]

const packr = new Packr({ useRecords: false })

/** One frame, in memory of its own. Strings must be well-formed Unicode. */
export function packFrame(fields: readonly Packable[]): Uint8Array {
  // msgpackr writes into a buffer that it shares between calls. A frame may wait in a queue for long: were it a view, it
  // would pin that buffer, up to four times as large as the largest frame yet. So the buffer is used again at once, and
  // the frame copied out of it.
  return new Uint8Array(packr.pack(fields, RESET_BUFFER_MODE))
}

/** `text` with each lone surrogate replaced by U+FFFD, for texts that nobody checked. */
export function wellFormed(text: string): string {
  return text.replace(/\p{Surrogate}/gu, '\ufffd')
}
