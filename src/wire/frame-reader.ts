/**
 * Reads one frame, field by field, as its codec asks for them: nothing is built that the message has no place for, so
 * memory and time are bounded by the frame's length, whatever its bytes claim, and nesting goes as deep as our own
 * messages do. MessagePack without maps, extensions and 32-bit floats; integers in any form that holds them exactly.
 * Everything wrong ends in a `PeerError`. What is given out are copies: no value or string keeps the frame alive.
 */

import { knownText } from './known-texts.ts'
import { FRAME_BYTES_MAX } from './limits.ts'
import { PeerError, type PeerErrorCode } from './peer-error.ts'

// Fatal: two broken spellings must not become one key. The mark U+FEFF is a character like any other.
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

// A view of each frame would cost more than all that is read through it.
const float = new DataView(new ArrayBuffer(8))

export class FrameReader {
  readonly #bytes: Uint8Array
  #at = 0

  constructor(frame: Uint8Array) {
    if (frame.length > FRAME_BYTES_MAX) {
      throw new PeerError('too-large', `a frame of ${frame.length} bytes; the maximum is ${FRAME_BYTES_MAX}`)
    }
    // Never a Buffer, whose slices would be views of the frame.
    const isPlain = Object.getPrototypeOf(frame) === Uint8Array.prototype
    this.#bytes = isPlain ? frame : new Uint8Array(frame.buffer, frame.byteOffset, frame.length)
  }

  /** Throws, naming the place: `what` says what should have been there. */
  fail(what: string, code: PeerErrorCode = 'malformed'): never {
    throw new PeerError(code, `byte ${this.#at} of ${this.#bytes.length}: expected ${what}`)
  }

  /** The number of elements of the array that follows, at most `max`. */
  arrayLength(max: number, what: string): number {
    const token = this.#byte(what)
    let length = 0
    if (token >= 0x90 && token <= 0x9f) length = token - 0x90
    else if (token === 0xdc) length = this.#uint16(what)
    else if (token === 0xdd) length = this.#uint32(what)
    else this.fail(`an array: ${what}`)
    if (length > max) this.fail(`at most ${max} elements: ${what}`, 'too-large')
    // Each element takes a byte or more.
    if (length > this.#bytes.length - this.#at) this.fail(`${length} elements: ${what}`)
    return length
  }

  /** The array that follows has exactly so many elements. */
  array(length: number, what: string): void {
    if (this.arrayLength(ENOUGH, what) !== length) this.fail(`${length} fields: ${what}`)
  }

  /** A whole number in [min, max]. */
  integer(min: number, max: number, what: string): number {
    const value = this.#number(what)
    if (!Number.isInteger(value) || value < min || value > max) this.fail(`an integer in [${min}, ${max}]: ${what}`)
    return value === 0 ? 0 : value // never −0
  }

  boolean(what: string): boolean {
    const token = this.#byte(what)
    if (token !== 0xc2 && token !== 0xc3) this.fail(`true or false: ${what}`)
    return token === 0xc3
  }

  /** Whether nil is next, which is then passed over. */
  skipNil(): boolean {
    if (this.#bytes[this.#at] !== 0xc0) return false
    this.#at++
    return true
  }

  /** Well-formed text of at most so many bytes of UTF-8. */
  text(bytesMax: number, what: string): string {
    const token = this.#byte(what)
    let length = 0
    if (token >= 0xa0 && token <= 0xbf) length = token - 0xa0
    else if (token === 0xd9) length = this.#byte(what)
    else if (token === 0xda) length = this.#uint16(what)
    else if (token === 0xdb) length = this.#uint32(what)
    else this.fail(`text: ${what}`)
    const start = this.#take(length, bytesMax, what)
    const known = knownText(this.#bytes, start, this.#at)
    if (known !== undefined) return known
    try {
      return utf8.decode(this.#bytes.subarray(start, this.#at))
    } catch {
      return this.fail(`well-formed UTF-8: ${what}`)
    }
  }

  /** A copy of the bytes that follow, at most `max`. */
  bytes(max: number, what: string): Uint8Array {
    const token = this.#byte(what)
    let length = 0
    if (token === 0xc4) length = this.#byte(what)
    else if (token === 0xc5) length = this.#uint16(what)
    else if (token === 0xc6) length = this.#uint32(what)
    else this.fail(`bytes: ${what}`)
    const start = this.#take(length, max, what)
    return this.#bytes.slice(start, this.#at)
  }

  /** The frame ends here. */
  end(): void {
    if (this.#at !== this.#bytes.length) this.fail('the end of the frame')
  }

  #number(what: string): number {
    const token = this.#byte(what)
    if (token < 0x80) return token
    if (token >= 0xe0) return token - 0x100
    if (token === 0xcb) return this.#float64(what)
    if (token === 0xcc) return this.#byte(what)
    if (token === 0xcd) return this.#uint16(what)
    if (token === 0xce) return this.#uint32(what)
    // A 64-bit integer that a double cannot hold exactly comes out beyond every bound that a codec asks for.
    if (token === 0xcf) return this.#uint32(what) * 2 ** 32 + this.#uint32(what)
    if (token === 0xd0) return (this.#byte(what) << 24) >> 24
    if (token === 0xd1) return (this.#uint16(what) << 16) >> 16
    if (token === 0xd2) return this.#uint32(what) | 0
    if (token === 0xd3) return (this.#uint32(what) | 0) * 2 ** 32 + this.#uint32(what)
    return this.fail(`a number: ${what}`)
  }

  #byte(what: string): number {
    return this.#bytes[this.#at++] ?? this.#cut(what)
  }

  #uint16(what: string): number {
    const at = this.#skip(2, what)
    return ((this.#bytes[at] ?? 0) << 8) | (this.#bytes[at + 1] ?? 0)
  }

  #uint32(what: string): number {
    const at = this.#skip(4, what)
    const bytes = this.#bytes
    const [a = 0, b = 0, c = 0, d = 0] = [bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]
    return ((a << 24) | (b << 16) | (c << 8) | d) >>> 0
  }

  #float64(what: string): number {
    float.setUint32(0, this.#uint32(what))
    float.setUint32(4, this.#uint32(what))
    return float.getFloat64(0)
  }

  /** Passes over `length` bytes of content within `max`; where they start. */
  #take(length: number, max: number, what: string): number {
    if (length > max) this.fail(`at most ${max} bytes: ${what}`, 'too-large')
    return this.#skip(length, what)
  }

  /** Passes over `length` bytes; where they start. */
  #skip(length: number, what: string): number {
    const start = this.#at
    if (length > this.#bytes.length - start) this.#cut(what)
    this.#at = start + length
    return start
  }

  #cut(what: string): never {
    return this.fail(`more bytes: ${what}`)
  }
}

// For arrays whose exact length is checked: any length that the frame can hold.
const ENOUGH = FRAME_BYTES_MAX
