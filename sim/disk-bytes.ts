/**
 * The contents of one simulated file: what programs see, and how to take back each change that is not synced. What is
 * durable is what is left when all of them are taken back; nothing but a sync, a power loss or damage to the disk changes
 * that. Only after a failed sync, when the two have parted for good, are durable bytes kept on their own.
 */

import type { Rng } from '../src/core/rng.ts'
import { type ByteChange, GrowingBytes } from './growing-bytes.ts'
import { survivors } from './power-loss.ts'

/** An unsynced change, and what it replaced. Its own bytes are in what programs see, once later ones are taken back. */
interface Unsynced {
  readonly isWrite: boolean
  /** Where a write begins, or the size that a truncate leaves. */
  readonly position: number
  /** Bytes written. */
  readonly length: number
  readonly sizeBefore: number
  /** What it overwrote or cut off, from `position` on. */
  readonly before: Uint8Array
}

const NOTHING: Uint8Array = new Uint8Array(0)

export class DiskBytes {
  #seen: GrowingBytes
  /** Grows until the next sync or power loss. */
  #unsynced: Unsynced[] = []
  /** Only after a failed sync. */
  #durable: GrowingBytes | undefined

  constructor(content: Uint8Array = NOTHING) {
    this.#seen = new GrowingBytes(content)
  }

  get size(): number {
    return this.#seen.size
  }

  read(position: number, length: number): Uint8Array {
    return this.#seen.copy(position, position + length)
  }

  /** Writes the chunks one behind the other, and of their bytes the first `most` only. */
  write(position: number, chunks: readonly Uint8Array[], most: number = Number.POSITIVE_INFINITY): void {
    const length = Math.min(bytesOf(chunks), most)
    if (length <= 0) return
    const end = position + length
    this.#note(true, position, length, end)
    let at = position
    for (const chunk of chunks) {
      const part = at + chunk.length > end ? chunk.subarray(0, end - at) : chunk
      this.#seen.write(at, part)
      at += part.length
      if (at === end) break
    }
  }

  truncate(size: number): void {
    this.#note(false, size, 0, this.#seen.size)
    this.#seen.resize(size)
  }

  sync(): void {
    if (this.#durable === undefined) {
      this.#unsynced.length = 0
      return
    }
    for (const change of this.#takeBack()) {
      this.#durable.apply(change)
      this.#seen.apply(change)
    }
  }

  /**
   * As Linux does: nothing that was written since the last good sync is durable, nor ever will be, since the next sync has
   * nothing to write and succeeds. Programs see it until a power loss.
   */
  failSync(): void {
    const lost = this.#takeBack()
    this.#durable ??= new GrowingBytes(this.#seen.copy(0, this.#seen.size))
    for (const change of lost) this.#seen.apply(change)
  }

  /** Each unsynced change meets its fate; see `power-loss.ts`. */
  losePower(rng: Rng, garbledFrom: number): void {
    const unsynced = this.#takeBack()
    this.#seen = this.#durable ?? this.#seen
    this.#durable = undefined
    for (const change of unsynced) for (const part of survivors(change, rng, garbledFrom)) this.#seen.apply(part)
  }

  /** A copy of what is certain to survive a power loss. */
  durable(): Uint8Array {
    return this.#underneath((durable) => durable.copy(0, durable.size))
  }

  /** Flips the bits of `mask` in a durable byte. */
  rot(position: number, mask: number): void {
    const byte = this.#underneath((durable) => durable.copy(position, position + 1))
    this.overwrite(
      position,
      byte.map((bits) => bits ^ mask),
    )
  }

  /** Changes durable bytes; those that would lie behind the durable end are left out. Unsynced changes stay on top. */
  overwrite(position: number, bytes: Uint8Array): void {
    this.#underneath((durable) => durable.write(position, bytes.subarray(0, Math.max(0, durable.size - position))))
  }

  /** Cuts the file to this size, durably, if it is longer. */
  cut(size: number): void {
    this.#underneath((durable) => durable.resize(Math.min(size, durable.size)))
  }

  #note(isWrite: boolean, position: number, length: number, end: number): void {
    const sizeBefore = this.#seen.size
    const before = position < sizeBefore ? this.#seen.copy(position, end) : NOTHING
    this.#unsynced.push({ isWrite, position, length, sizeBefore, before })
  }

  /** Takes back all unsynced changes, and gives them from first to last. */
  #takeBack(): readonly ByteChange[] {
    const seen = this.#seen
    const changes: ByteChange[] = []
    for (const { isWrite, position, length, sizeBefore, before } of this.#unsynced.reverse()) {
      if (isWrite) changes.push({ kind: 'write', position, bytes: seen.copy(position, position + length) })
      else changes.push({ kind: 'truncate', size: position })
      seen.resize(sizeBefore)
      seen.write(position, before)
    }
    this.#unsynced = []
    return changes.reverse()
  }

  #underneath<T>(use: (durable: GrowingBytes) => T): T {
    if (this.#durable !== undefined) return use(this.#durable)
    const unsynced = this.#takeBack()
    const result = use(this.#seen)
    for (const change of unsynced) {
      if (change.kind === 'write') this.write(change.position, [change.bytes])
      else this.truncate(change.size)
    }
    return result
  }
}

export function bytesOf(chunks: readonly Uint8Array[]): number {
  let bytes = 0
  for (const chunk of chunks) bytes += chunk.length
  return bytes
}
