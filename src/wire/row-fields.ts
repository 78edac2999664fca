/**
 * A member's row on the wire: `[origin, seq, address, last, clear, low, h]`. In front of every body, in a peer's hello,
 * and in the list of a row message.
 */

import { HLC_MAX } from '../core/clock.ts'
import type { Row } from '../core/message.ts'
import type { Packable } from './codec.ts'
import { readHash, readLabel, readOrigin, readTime } from './fields.ts'
import type { FrameReader } from './frame-reader.ts'

export function packRow(row: Row): Packable {
  return [row.origin, row.seq, row.address, row.last, row.clear, row.low, row.h]
}

export function readRow(reader: FrameReader): Row {
  reader.array(7, 'row')
  const origin = readOrigin(reader)
  const seq = reader.integer(0, Number.MAX_SAFE_INTEGER, 'seq')
  const address = readLabel(reader, 'address')
  const last = readTime(reader, 'last')
  const clear = readTime(reader, 'clear')
  if (last > clear) reader.fail('last ≤ clear')
  const low = reader.integer(-1, HLC_MAX, 'low')
  const h = readHash(reader, 'h')
  return { origin, seq, address, last, clear, low, h }
}
