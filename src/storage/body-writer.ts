/**
 * Writes the simple fields of a record's body, each at a place in a buffer that has room for it, and returns where the
 * field ends. `BodyReader` reads them back.
 */

import { invariant } from '../core/errors.ts'
import { TIME_BYTES } from './record-type.ts'

const TWO_32 = 0x1_0000_0000
/** Up to here a loop over the units of a string beats a call out of JavaScript. */
const SHORT_TEXT = 64

export function putVarint(bytes: Buffer, at: number, value: number): number {
  while (value >= 0x80) {
    bytes[at++] = (value & 0x7f) | 0x80
    value >>>= 7
  }
  bytes[at] = value
  return at + 1
}

export function putTime(bytes: Buffer, at: number, time: number): number {
  invariant(Number.isSafeInteger(time) && time >= 0, 'times and exchange numbers are safe integers from 0')
  const low = time >>> 0
  const high = Math.floor(time / TWO_32)
  bytes[at] = low
  bytes[at + 1] = low >>> 8
  bytes[at + 2] = low >>> 16
  bytes[at + 3] = low >>> 24
  bytes[at + 4] = high
  bytes[at + 5] = high >>> 8
  bytes[at + 6] = high >>> 16
  return at + TIME_BYTES
}

export function putText(bytes: Buffer, at: number, text: string): number {
  if (text.length > SHORT_TEXT) return putLongText(bytes, at, text)
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit >= 0x80) return putLongText(bytes, at, text)
    bytes[at + 1 + i] = unit
  }
  bytes[at] = text.length
  return at + 1 + text.length
}

function putLongText(bytes: Buffer, at: number, text: string): number {
  const length = Buffer.byteLength(text)
  at = putVarint(bytes, at, length)
  bytes.write(text, at, length, 'utf8')
  return at + length
}
