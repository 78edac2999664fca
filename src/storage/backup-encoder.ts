/**
 * Makes a backup of records: the bytes of one checkpoint that is true by itself. What a node writes down beside its log is
 * true only with the log behind it; here the records that were logged meanwhile stand in the same file, so its end asks
 * for nothing more. As checkpoint 1 at position 0 it is also the beginning of a new log.
 */

import type { LogRecord } from '../core/record.ts'
import { RecordGroup } from './record-group.ts'
import { encodeHeader, type Owner } from './segment.ts'

export class BackupEncoder {
  readonly #group: RecordGroup
  readonly #chunks: Uint8Array[] = []
  #position = 0
  #bytes = 0

  /** `salt`: 32 bits drawn for this backup. Throws `ERR_INVALID_ARGUMENT` for names that are too long. */
  constructor(owner: Owner, salt: number) {
    this.#group = new RecordGroup(salt)
    this.#push(encodeHeader(owner, { kind: 'checkpoint', number: 1, base: 0, salt }))
    this.#put({ kind: 'base', records: 0 })
  }

  /** Bytes that can be taken. */
  get bytes(): number {
    return this.#bytes
  }

  /** Where another checkpoint began or ended says nothing here. */
  add(record: LogRecord): void {
    if (record.kind !== 'base' && record.kind !== 'end') this.#put(record)
  }

  /** Nothing is added any more. */
  end(): void {
    this.#put({ kind: 'end', through: 0 })
  }

  /** The next bytes of the file, at most `bytesMax`. */
  take(bytesMax: number): Uint8Array {
    const taken: Uint8Array[] = []
    let left = Math.min(bytesMax, this.#bytes)
    this.#bytes -= left
    while (left > 0) {
      const [chunk] = this.#chunks
      if (chunk === undefined) break
      if (chunk.length <= left) this.#chunks.shift()
      else this.#chunks[0] = chunk.subarray(left)
      taken.push(chunk.subarray(0, left))
      left -= Math.min(left, chunk.length)
    }
    const [only] = taken
    return taken.length === 1 && only !== undefined ? only : Buffer.concat(taken)
  }

  #put(record: LogRecord): void {
    // Beside a log nothing is known to be synced.
    this.#position += this.#group.add(record, this.#position, Number.MAX_SAFE_INTEGER)
    // The group uses its bytes again.
    for (const chunk of this.#group.chunks()) this.#push(Uint8Array.from(chunk))
    this.#group.clear()
  }

  #push(chunk: Uint8Array): void {
    this.#chunks.push(chunk)
    this.#bytes += chunk.length
  }
}
