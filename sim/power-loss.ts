/**
 * What a power loss leaves of one change that was not synced. Real disks keep such changes in any order and in part, and
 * each has its own fate: lost, kept, torn (cut at any byte, cut at a sector, or with holes between sectors), or garbled,
 * where some sectors hold neither the old bytes nor the new ones. Only bytes of the change itself are ever touched.
 */

import type { Rng } from '../src/core/rng.ts'
import type { ByteChange } from './growing-bytes.ts'

/** What a disk writes whole or not at all. Sectors lie at whole multiples of it in the file. */
export const SECTOR_BYTES = 512

/** Up to which draw a write meets each fate; the rest is garbled. */
const LOST = 0.3
const KEPT = 0.6
const CUT = 0.72
const CUT_AT_SECTOR = 0.8
const HOLED = 0.9

/** The parts of `change` that the disk kept. Bytes before `garbledFrom` in the file are never garbled. */
export function survivors(change: ByteChange, rng: Rng, garbledFrom: number): readonly ByteChange[] {
  const fate = rng()
  if (change.kind === 'truncate') return fate < 0.5 ? [] : [change]
  if (fate < LOST) return []
  if (fate < KEPT) return [change]
  const { position, bytes } = change
  if (fate < CUT_AT_SECTOR) {
    const cut = Math.floor(rng() * bytes.length)
    const end = fate < CUT ? cut : Math.max(0, cut - ((position + cut) % SECTOR_BYTES))
    return [{ kind: 'write', position, bytes: bytes.subarray(0, end) }]
  }
  const sectors = sectorsOf(position, bytes)
  if (fate < HOLED) return sectors.filter(() => rng() < 0.5)
  // One at least.
  const garbledAt = Math.floor(rng() * sectors.length)
  return sectors.flatMap((sector, i) => {
    const draw = i === garbledAt ? 0 : rng()
    if (draw < 1 / 3 && sector.position >= garbledFrom) return [{ ...sector, bytes: noise(sector.bytes.length, rng) }]
    return draw < 2 / 3 ? [] : [sector]
  })
}

type Write = Extract<ByteChange, { kind: 'write' }>

function sectorsOf(position: number, bytes: Uint8Array): readonly Write[] {
  const sectors: Write[] = []
  for (let at = 0; at < bytes.length; ) {
    const end = Math.min(bytes.length, at + SECTOR_BYTES - ((position + at) % SECTOR_BYTES))
    sectors.push({ kind: 'write', position: position + at, bytes: bytes.subarray(at, end) })
    at = end
  }
  return sectors
}

function noise(length: number, rng: Rng): Uint8Array {
  return Uint8Array.from({ length }, () => rng() * 256)
}
