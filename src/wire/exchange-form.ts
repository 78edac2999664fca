/**
 * The messages of a pull, and the parts that they share with those of a deep pull: the number of the exchange, the
 * asker's V with the hash of its rest, and what a giver claims.
 */

import type { GiverState } from '../core/giver-state.ts'
import type { Ended, Piece, Pull, PullOf, Unsafe, Whole } from '../core/message.ts'
import type { OriginId } from '../core/origin.ts'
import type { VectorEntries } from '../core/vector.ts'
import type { Packable } from './codec.ts'
import { OriginTable, packEntries, packVector, readEntries, readOrigins, readVector } from './entry-list.ts'
import { readHashOrNil, readNils, readOrigin, readTime } from './fields.ts'
import type { FrameReader } from './frame-reader.ts'
import { EXCHANGE_MAX, PIECE_INDEX_MAX } from './limits.ts'
import { type BodyForms, PEER_TYPE } from './peer-form.ts'

export type ExchangeBody = Pull | Piece | Ended | Whole | Unsafe

export function packExchange(body: ExchangeBody): Packable[] {
  switch (body.kind) {
    case 'pull':
      return [body.exchange, body.next, ...packSeen(body.seen), body.rest ?? null, PULLS_OF.indexOf(body.of)]
    case 'piece':
      return packPiece(body)
    case 'ended':
    case 'whole':
      return [body.exchange]
    case 'unsafe':
      return [body.exchange, ...packSeen(body.seen), body.floor]
  }
}

/** As numbered on the wire. */
const PULLS_OF: readonly PullOf[] = ['missing', 'all', 'salvaged']

export const EXCHANGE_FORMS: BodyForms<ExchangeBody> = {
  [PEER_TYPE.pull]: { fields: 6, read: readPull },
  [PEER_TYPE.piece]: { fields: 8, read: readPiece },
  [PEER_TYPE.ended]: { fields: 1, read: (reader) => ({ kind: 'ended', exchange: readExchange(reader) }) },
  [PEER_TYPE.whole]: { fields: 1, read: (reader) => ({ kind: 'whole', exchange: readExchange(reader) }) },
  [PEER_TYPE.unsafe]: {
    fields: 4,
    read: (reader) => ({
      kind: 'unsafe',
      exchange: readExchange(reader),
      seen: readSeen(reader),
      floor: readTime(reader, 'floor'),
    }),
  },
}

function readPull(reader: FrameReader): Pull {
  const exchange = readExchange(reader)
  const next = readIndex(reader, 'next')
  const seen = readSeen(reader)
  const rest = readHashOrNil(reader, 'rest')
  const of = PULLS_OF[reader.integer(0, PULLS_OF.length - 1, 'of')] ?? reader.fail('of')
  return { kind: 'pull', exchange, next, seen, rest, of }
}

function packPiece(piece: Piece): Packable[] {
  const table = new OriginTable()
  const entries = packEntries(piece.entries, table)
  const end = packState(piece.end, table)
  return [piece.exchange, piece.giver, piece.index, table.pack(), entries, ...end]
}

function readPiece(reader: FrameReader): Piece {
  const exchange = readExchange(reader)
  const giver = readOrigin(reader)
  const index = readIndex(reader, 'index')
  const origins = readOrigins(reader)
  const entries = readEntries(reader, origins, false)
  return { kind: 'piece', exchange, giver, index, entries, end: readState(reader, origins) }
}

export function readExchange(reader: FrameReader): number {
  return reader.integer(0, EXCHANGE_MAX, 'exchange')
}

/** The number of a piece or of a batch. */
export function readIndex(reader: FrameReader, what: string): number {
  return reader.integer(0, PIECE_INDEX_MAX, what)
}

/** A vector with a table of its own: two fields. */
export function packSeen(seen: VectorEntries): Packable[] {
  const table = new OriginTable()
  const vector = packVector(seen, table)
  return [table.pack(), vector]
}

export function readSeen(reader: FrameReader): VectorEntries {
  return readVector(reader, readOrigins(reader))
}

/** Three fields, or three nils. */
export function packState(state: GiverState | undefined, table: OriginTable): Packable[] {
  if (state === undefined) return [null, null, null]
  return [packVector(state.seen, table), packVector(state.written, table), state.floor]
}

export function readState(reader: FrameReader, origins: readonly OriginId[]): GiverState | undefined {
  if (reader.skipNil()) {
    readNils(reader, 2, "the giver's state")
    return undefined
  }
  const seen = readVector(reader, origins)
  const written = readVector(reader, origins)
  return { seen, written, floor: readTime(reader, 'floor') }
}
