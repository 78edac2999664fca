/**
 * Records that go to the disk in one write. Each is encoded once, at its end, into chunks that are used again after the
 * write. A group is either being filled or being written, never both: the log keeps two and swaps them.
 */

import type { LogRecord } from '../core/record.ts'
import { bodyBytesBound, encodeBody } from './record-encoder.ts'
import { FRAME_BYTES, sealFrame } from './record-frame.ts'

/** A chunk holds whole records; one that may be longer than this gets a chunk of its own. */
const CHUNK_BYTES: number = 256 * 1024
const NO_CHUNK: Buffer = Buffer.alloc(0)

export class RecordGroup {
  readonly #full: Uint8Array[] = []
  readonly #salt: number
  #chunk: Buffer = NO_CHUNK
  #used = 0
  #bytes = 0

  /** `salt`: of the log. */
  constructor(salt: number) {
    this.#salt = salt
  }

  get bytes(): number {
    return this.#bytes
  }

  /**
   * Encodes `record` behind the others and returns its bytes. `position` is where it will be in the log, `unsynced` how
   * many bytes before that are not known to be synced.
   */
  add(record: LogRecord, position: number, unsynced: number): number {
    const bound = FRAME_BYTES + bodyBytesBound(record)
    if (bound > this.#chunk.length - this.#used) this.#openChunk(bound)
    const start = this.#used
    const end = encodeBody(record, this.#chunk, start + FRAME_BYTES)
    sealFrame(this.#chunk, start, end, this.#salt, { position, unsynced })
    this.#used = end
    this.#bytes += end - start
    return end - start
  }

  /** The bytes of all records in order. They stay as they are until `clear`. */
  chunks(): readonly Uint8Array[] {
    return this.#used === 0 ? this.#full : [...this.#full, this.#chunk.subarray(0, this.#used)]
  }

  /** Empties the group; one chunk is kept for the next records. */
  clear(): void {
    this.#full.length = 0
    this.#used = 0
    this.#bytes = 0
    if (this.#chunk.length > CHUNK_BYTES) this.#chunk = NO_CHUNK
  }

  #openChunk(bytes: number): void {
    if (this.#used > 0) this.#full.push(this.#chunk.subarray(0, this.#used))
    this.#chunk = Buffer.allocUnsafeSlow(Math.max(CHUNK_BYTES, bytes))
    this.#used = 0
  }
}
