/**
 * Reads the fields of a record's body one behind the other. A read past the end, or of something that FORMAT.md does
 * not allow, marks the reader as broken for good; what it returns from then on means nothing. So a decoder reads all
 * fields without a check between them and asks once at the end, and loops ask in each round.
 */

import { TIME_BYTES } from './record-type.ts'
import type { ValueSlab } from './value-slab.ts'

const TWO_24 = 0x100_0000
const TWO_32 = 0x1_0000_0000
const NO_BYTES: Uint8Array = new Uint8Array(0)
/** Shorter texts are looked through for what is not ASCII: for those the plainer decoding takes half the time. */
const PLAIN_BYTES_MAX = 256

export class BodyReader {
  readonly #bytes: Buffer
  readonly #values: ValueSlab
  readonly #end: number
  #at: number
  #broken = false
  #unknown = false

  /** `values`: where `bytes` copies to. */
  constructor(bytes: Buffer, start: number, end: number, values: ValueSlab) {
    this.#bytes = bytes
    this.#values = values
    this.#at = start
    this.#end = end
  }

  get isBroken(): boolean {
    return this.#broken
  }

  /** Whether everything was read and was right. */
  get isAtEnd(): boolean {
    return !this.#broken && this.#at === this.#end
  }

  /** Whether it broke at a number that a newer version must have given a meaning. */
  get isUnknown(): boolean {
    return this.#unknown
  }

  /** Says that what was read has no meaning in this version; what follows cannot be read. */
  breakUnknown(): void {
    this.#unknown = !this.#broken
    this.#broken = true
  }

  /** Says that what was read is not allowed. */
  break(): void {
    this.#broken = true
  }

  byte(): number {
    const at = this.#take(1)
    return at < 0 ? 0 : (this.#bytes[at] ?? 0)
  }

  varint(): number {
    let value = 0
    for (let scale = 1; scale < TWO_32 * 8; scale *= 0x80) {
      const byte = this.byte()
      value += (byte & 0x7f) * scale
      if (byte < 0x80) {
        if (value >= TWO_32) this.#broken = true
        return value
      }
    }
    this.#broken = true
    return 0
  }

  time(): number {
    const at = this.#take(TIME_BYTES)
    if (at < 0) return 0
    const bytes = this.#bytes
    const low = (bytes[at] ?? 0) + ((bytes[at + 1] ?? 0) << 8) + ((bytes[at + 2] ?? 0) << 16)
    const high = (bytes[at + 4] ?? 0) + ((bytes[at + 5] ?? 0) << 8) + ((bytes[at + 6] ?? 0) << 16)
    const time = low + (bytes[at + 3] ?? 0) * TWO_24 + high * TWO_32
    if (time > Number.MAX_SAFE_INTEGER) this.#broken = true
    return time
  }

  text(bytesMax: number = Number.POSITIVE_INFINITY): string {
    const length = this.varint()
    if (length > bytesMax) this.#broken = true
    const at = this.#take(length)
    if (at < 0) return ''
    if (this.#isPlain(at, at + length)) return this.#bytes.toString('latin1', at, at + length)
    const text = this.#bytes.toString('utf8', at, at + length)
    // Bytes that are not UTF-8 were read as U+FFFD, and would be written back as other bytes.
    if (text.includes('\ufffd') && !Buffer.from(text).equals(this.#bytes.subarray(at, at + length))) this.#broken = true
    return text
  }

  /** A copy: a view would hold the whole slice of the segment in memory. */
  bytes(): Uint8Array {
    const length = this.varint()
    const at = this.#take(length)
    return at < 0 ? NO_BYTES : this.#values.copy(this.#bytes, at, length)
  }

  /** The item that an index names. */
  pick(table: readonly string[]): string {
    const item = table[this.varint()]
    if (item === undefined) this.#broken = true
    return item ?? ''
  }

  /** Whether each byte is a character of its own. */
  #isPlain(from: number, to: number): boolean {
    if (to - from > PLAIN_BYTES_MAX) return false
    const bytes = this.#bytes
    for (let at = from; at < to; at++) if ((bytes[at] ?? 0) >= 0x80) return false
    return true
  }

  /** Where the next `length` bytes begin, or −1. */
  #take(length: number): number {
    if (this.#broken || length > this.#end - this.#at) {
      this.#broken = true
      return -1
    }
    const at = this.#at
    this.#at += length
    return at
  }
}
