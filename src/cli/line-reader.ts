/**
 * Bytes into lines of text, for input of any length: at most one line is held. Lines end with a newline and nothing else,
 * since JSON may hold U+2028 and other characters at which text is broken elsewhere.
 */

import { HearsayError } from '../core/errors.ts'
import { textOf } from './value-form.ts'

/** Longest line, bytes: a value of the greatest size in base64, and its key. */
export const LINE_BYTES_MAX: number = 32 * 1024 * 1024

export interface Line {
  /** From 1. */
  readonly number: number
  readonly text: string
}

/** Throws `ERR_INVALID_VALUE` for a line that is too long or not UTF-8. */
export async function* readLines(input: AsyncIterable<Uint8Array>): AsyncIterableIterator<Line> {
  let number = 0
  let parts: Uint8Array[] = []
  let waiting = 0
  const take = (last: Uint8Array): Line => {
    number++
    const bytes = parts.length === 0 ? last : Buffer.concat([...parts, last])
    parts = []
    waiting = 0
    const text = textOf(bytes)
    if (text === undefined) throw new HearsayError('ERR_INVALID_VALUE', `line ${number}: not UTF-8`)
    // Editors of some systems put a byte order mark in front of a file.
    return { number, text: number === 1 ? text.replace(/^\ufeff/, '') : text }
  }
  for await (const chunk of input) {
    let start = 0
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, start)) {
      yield take(chunk.subarray(start, end))
      start = end + 1
    }
    if (start === chunk.length) continue
    parts.push(chunk.subarray(start))
    waiting += chunk.length - start
    if (waiting > LINE_BYTES_MAX) {
      throw new HearsayError('ERR_INVALID_VALUE', `line ${number + 1}: longer than ${LINE_BYTES_MAX} bytes`)
    }
  }
  if (parts.length > 0) yield take(new Uint8Array(0))
}
