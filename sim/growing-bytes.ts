/**
 * Bytes that grow as they are written, with room behind them so that appending is cheap. What lies in the room behind
 * `size` is zeros at all times, so a gap reads as zeros and so does what was cut off and grew back.
 */

const ROOM_BYTES_LEAST = 4096

/** A change of a file's bytes. */
export type ByteChange =
  | { readonly kind: 'write'; readonly position: number; readonly bytes: Uint8Array }
  | { readonly kind: 'truncate'; readonly size: number }

export class GrowingBytes {
  #room: Uint8Array
  #size: number

  constructor(content: Uint8Array) {
    // A plain copy: `slice` of a Buffer would share its bytes.
    this.#room = new Uint8Array(content)
    this.#size = content.length
  }

  get size(): number {
    return this.#size
  }

  /** A copy of what there is between the two. */
  copy(from: number, to: number): Uint8Array {
    return this.#room.slice(from, Math.max(from, Math.min(to, this.#size)))
  }

  write(position: number, bytes: Uint8Array): void {
    // A write of nothing does not make a file longer.
    if (bytes.length === 0) return
    const end = position + bytes.length
    if (end > this.#room.length) this.#reserve(end)
    this.#room.set(bytes, position)
    if (end > this.#size) this.#size = end
  }

  resize(size: number): void {
    if (size < this.#size) this.#room.fill(0, size, this.#size)
    else if (size > this.#room.length) this.#reserve(size)
    this.#size = size
  }

  apply(change: ByteChange): void {
    if (change.kind === 'write') this.write(change.position, change.bytes)
    else this.resize(change.size)
  }

  #reserve(size: number): void {
    const room = new Uint8Array(Math.max(size, this.#room.length * 2, ROOM_BYTES_LEAST))
    room.set(this.#room.subarray(0, this.#size))
    this.#room = room
  }
}
