/**
 * A member's row on the wire: `[origin, seq, address, last, clear, low, h, wallMs, gone, joining]`. In front of
 * every body, in a peer's hello, and in the list of a row message.
 */

import { HLC_MAX } from '../core/clock.ts'
import type { Row } from '../core/message.ts'
import type { Packable } from './codec.ts'
import { readHash, readLabel, readOrigin, readTime } from './fields.ts'
import type { FrameReader } from './frame-reader.ts'
import { UNIX_MS_MAX } from './limits.ts'

export function packRow(row: Row): Packable {
  const { origin, seq, address, last, clear, low, h, wallMs, gone, joining } = row
  return [origin, seq, address, last, clear, low, h, wallMs, gone, joining]
}

export function readRow(reader: FrameReader): Row {
  reader.array(10, 'row')
  const origin = readOrigin(reader)
  const seq = reader.integer(0, Number.MAX_SAFE_INTEGER, 'seq')
  const address = readLabel(reader, 'address')
  const last = readTime(reader, 'last')
  const clear = readTime(reader, 'clear')
  if (last > clear) reader.fail('last ≤ clear')
  const low = reader.integer(-1, HLC_MAX, 'low')
  const h = readHash(reader, 'h')
  const wallMs = reader.integer(0, UNIX_MS_MAX, 'wallMs')
  const gone = readHash(reader, 'gone')
  const joining = reader.boolean('joining')
  if (joining && low !== -1) reader.fail('low −1 of a member that joins')
  return { origin, seq, address, last, clear, low, h, wallMs, gone, joining }
}
