/**
 * Corrupt frames. A frame carries no checksum of its own: TCP's stands below it, and a member may say anything anyway, so
 * bytes that happen to be another valid message are beyond what the protocol promises to survive. What a broken proxy or
 * a broken sender makes is what this makes: a frame cut short, one with bytes behind its end, and flipped bytes of which
 * the first makes it no array. No decoder of the wire takes any of them.
 */

import { chance, DECISION, rollOf } from './chance.ts'

const FLIPPED_BYTES_MAX = 8
const EXTRA_BYTES_MAX = 8
/** Every frame is an array, whose first byte has this bit. */
const TOP_BIT = 0x80

/** A copy that is not what was sent. */
export function corrupted(bytes: Uint8Array, roll: number): Uint8Array {
  const how = Math.floor(chance(roll, DECISION.corruptHow) * 3)
  const where = chance(roll, DECISION.corruptWhere)
  if (bytes.length === 0 || how === 0) return lengthened(bytes, roll, 1 + Math.floor(where * EXTRA_BYTES_MAX))
  if (how === 1) return bytes.slice(0, Math.floor(where * bytes.length))
  return flipped(bytes, roll, Math.floor(where * FLIPPED_BYTES_MAX))
}

function lengthened(bytes: Uint8Array, roll: number, extra: number): Uint8Array {
  const longer = new Uint8Array(bytes.length + extra)
  longer.set(bytes)
  for (let i = 0; i < extra; i++) longer[bytes.length + i] = rollOf(roll, i)
  // An empty frame would become bytes of chance: nothing begins with 0xc1.
  if (bytes.length === 0) longer[0] = 0xc1
  return longer
}

/** The first byte, and up to `others` more. */
function flipped(bytes: Uint8Array, roll: number, others: number): Uint8Array {
  const copy = bytes.slice()
  for (let i = 0; i < others; i++) {
    const at = Math.floor(chance(rollOf(roll, i), DECISION.corruptWhere) * copy.length)
    copy[at] = (copy[at] ?? 0) ^ (1 + (rollOf(roll, i) & 0x7e))
  }
  const first = bytes[0] ?? 0
  copy[0] = first >= TOP_BIT ? first & ~TOP_BIT : first ^ 1
  return copy
}
