/**
 * A view of a file that moves forward, so that a segment of any size is read in slices: one slice a callback, and the
 * loop is never blocked for longer than a slice takes to decode. A record longer than a slice makes the window longer.
 */

import type { DiskFile, SystemError } from '../core/ports.ts'

/** Bytes that one read asks for, unless a record needs more. */
export const SLICE_BYTES: number = 1024 * 1024

/** Of a file what a window needs. */
export type ReadFile = Pick<DiskFile, 'sizeAtOpen' | 'read'>

export class FileWindow {
  readonly #file: ReadFile
  #size: number
  #start = 0
  #bytes: Buffer = Buffer.alloc(0)

  constructor(file: ReadFile) {
    this.#file = file
    this.#size = file.sizeAtOpen
  }

  /** Bytes of the file. Falls when the file turns out to be shorter than it was said to be. */
  get size(): number {
    return this.#size
  }

  /** Where in the file `bytes` begin. */
  get start(): number {
    return this.#start
  }

  get end(): number {
    return this.#start + this.#bytes.length
  }

  get bytes(): Buffer {
    return this.#bytes
  }

  /** Whether the file's bytes from `from` to `to` are in the window, or all that there are of them. */
  holds(from: number, to: number): boolean {
    return from >= this.#start && Math.min(to, this.#size) <= this.end
  }

  /** Moves the window so that it begins at `from` and holds `bytes` bytes at least, or all up to the file's end. */
  move(from: number, bytes: number, done: (error: SystemError | undefined) => void): void {
    const kept = from >= this.#start && from < this.end ? this.#bytes.subarray(from - this.#start) : Buffer.alloc(0)
    const next = from + kept.length
    const length = Math.min(Math.max(bytes, SLICE_BYTES), this.#size - from) - kept.length
    this.#file.read(next, Math.max(0, length), (error, slice) => {
      if (error !== undefined) return done(error)
      if (slice.length < length) this.#size = next + slice.length
      const read = Buffer.from(slice.buffer, slice.byteOffset, slice.byteLength)
      this.#bytes = kept.length === 0 ? read : Buffer.concat([kept, read])
      this.#start = from
      done(undefined)
    })
  }
}
