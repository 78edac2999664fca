/**
 * Memory for the values that a log is read into. Short ones share an array of `SLAB_BYTES`, one behind the other: an array
 * of its own costs the engine some 300 bytes beside the value, and more time than all the rest of reading an entry. A slab
 * stays until the last of its values is gone, so one that stays alone keeps up to `SLAB_BYTES`; that is why slabs are
 * small, and all of them together never more than what was read.
 */

const SLAB_BYTES = 4096
/** A longer one has an array of its own. */
const SHARED_BYTES_MAX = 512
/** As many are copied faster one by one. */
const COPIED_SINGLY_MAX = 128

export class ValueSlab {
  #slab: Uint8Array<ArrayBuffer> = new Uint8Array(0)
  #used = 0

  /** `length` bytes from `at` on, which must be there. */
  copy(bytes: Uint8Array, at: number, length: number): Uint8Array {
    if (length > SHARED_BYTES_MAX) return new Uint8Array(bytes.subarray(at, at + length))
    if (this.#used + length > this.#slab.length) {
      this.#slab = new Uint8Array(SLAB_BYTES)
      this.#used = 0
    }
    const slab = this.#slab
    const from = this.#used
    this.#used += length
    if (length > COPIED_SINGLY_MAX) slab.set(bytes.subarray(at, at + length), from)
    else for (let i = 0; i < length; i++) slab[from + i] = bytes[at + i] ?? 0
    return new Uint8Array(slab.buffer, from, length)
  }
}
