/**
 * Bytes that a reference sends: written one after the other, read back in the same order. What is sent is counted by
 * its length here, so nothing else is written than what a real message would need. What the bytes mean is the
 * reference's.
 */

export class ByteWriter {
  #bytes: Uint8Array<ArrayBuffer> = new Uint8Array(256)
  #view = new DataView(this.#bytes.buffer)
  #length = 0

  byte(value: number): void {
    this.#room(1)
    this.#bytes[this.#length++] = value
  }

  half(value: number): void {
    this.#room(2)
    this.#view.setUint16(this.#length, value)
    this.#length += 2
  }

  word(value: number): void {
    this.#room(4)
    this.#view.setInt32(this.#length, value)
    this.#length += 4
  }

  /** ASCII. */
  text(text: string): void {
    for (let i = 0; i < text.length; i++) this.byte(text.charCodeAt(i))
  }

  toBytes(): Uint8Array {
    return this.#bytes.slice(0, this.#length)
  }

  #room(more: number): void {
    if (this.#length + more <= this.#bytes.length) return
    const bytes = new Uint8Array(2 * this.#bytes.length)
    bytes.set(this.#bytes)
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer)
  }
}

export class ByteReader {
  readonly #view: DataView
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#view.byteLength
  }

  byte(): number {
    return this.#view.getUint8(this.#at++)
  }

  half(): number {
    this.#at += 2
    return this.#view.getUint16(this.#at - 2)
  }

  word(): number {
    this.#at += 4
    return this.#view.getInt32(this.#at - 4)
  }

  text(length: number): string {
    let text = ''
    for (let i = 0; i < length; i++) text += String.fromCharCode(this.byte())
    return text
  }
}
