/**
 * The contents of one simulated file: what programs see, what a power loss leaves for certain, and the changes between
 * the two. What becomes of those changes is drawn at the power loss: real disks keep unsynced writes in part, and in any
 * order.
 */

import type { Rng } from '../src/core/rng.ts'

/** What a disk writes whole or not at all. */
const SECTOR_BYTES = 512

type Change =
  | { readonly kind: 'write'; readonly position: number; readonly bytes: Uint8Array }
  | { readonly kind: 'truncate'; readonly size: number }

export class DiskBytes {
  #seen: GrowingBytes
  #synced: GrowingBytes
  #unsynced: Change[] = []

  constructor(content: Uint8Array = new Uint8Array(0)) {
    this.#seen = new GrowingBytes(content)
    this.#synced = new GrowingBytes(content)
  }

  get size(): number {
    return this.#seen.size
  }

  read(position: number, length: number): Uint8Array {
    return this.#seen.copy(position, position + length)
  }

  write(position: number, bytes: Uint8Array): void {
    this.#change({ kind: 'write', position, bytes })
  }

  truncate(size: number): void {
    this.#change({ kind: 'truncate', size })
  }

  sync(): void {
    for (const change of this.#unsynced) this.#synced.apply(change)
    this.#unsynced = []
  }

  /** Power loss: each unsynced change is kept, lost or torn. */
  losePower(rng: Rng): void {
    for (const change of this.#unsynced) {
      for (const part of survivors(change, rng)) this.#synced.apply(part)
    }
    this.#unsynced = []
    this.#seen = new GrowingBytes(this.#synced.copy(0, this.#synced.size))
  }

  #change(change: Change): void {
    this.#seen.apply(change)
    this.#unsynced.push(change)
  }
}

function survivors(change: Change, rng: Rng): readonly Change[] {
  const fate = rng()
  if (fate < 0.3) return []
  if (fate < 0.6 || change.kind === 'truncate') return [change]
  const { position, bytes } = change
  const cut = Math.floor(rng() * bytes.length)
  if (fate < 0.75) return [{ kind: 'write', position, bytes: bytes.subarray(0, cut) }]
  // Sectors lie at whole multiples of their length in the file.
  const sectorStart = (at: number): number => Math.max(0, at - ((position + at) % SECTOR_BYTES))
  if (fate < 0.85) return [{ kind: 'write', position, bytes: bytes.subarray(0, sectorStart(cut)) }]
  const kept: Change[] = []
  for (let at = 0; at < bytes.length; ) {
    const end = Math.min(bytes.length, sectorStart(at + SECTOR_BYTES))
    if (rng() < 0.5) kept.push({ kind: 'write', position: position + at, bytes: bytes.subarray(at, end) })
    at = end
  }
  return kept
}

/** Bytes with room behind them; a gap reads as zeros. */
class GrowingBytes {
  #room: Uint8Array
  #size: number

  constructor(content: Uint8Array) {
    this.#room = content.slice()
    this.#size = content.length
  }

  get size(): number {
    return this.#size
  }

  copy(from: number, to: number): Uint8Array {
    return this.#room.slice(from, Math.max(from, Math.min(to, this.#size)))
  }

  apply(change: Change): void {
    if (change.kind === 'write') {
      const end = change.position + change.bytes.length
      // A write of nothing does not make a file longer.
      if (change.bytes.length === 0) return
      this.#reserve(end)
      this.#room.set(change.bytes, change.position)
      this.#size = Math.max(this.#size, end)
      return
    }
    this.#reserve(change.size)
    if (change.size < this.#size) this.#room.fill(0, change.size, this.#size)
    this.#size = change.size
  }

  #reserve(size: number): void {
    if (size <= this.#room.length) return
    const room = new Uint8Array(Math.max(size, this.#room.length * 2, 4096))
    room.set(this.#room.subarray(0, this.#size))
    this.#room = room
  }
}
