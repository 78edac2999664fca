/**
 * Messages between nodes, to bytes and back: `[type, row, …body]`. What the decoder lets through has the types and
 * bounds that core/message.ts promises; anything else is a `PeerError`. Whether a message is true or timely is for the
 * replica to judge. The bytes are a promise: PROTOCOL.md.
 */

import { HLC_MAX } from '../core/clock.ts'
import type { Entry } from '../core/entry.ts'
import type { Body, Message, Piece, Pull, Push, Row, RowMessage } from '../core/message.ts'
import { type Packable, packFrame } from './codec.ts'
import {
  OriginTable,
  packEntries,
  packVector,
  readEntries,
  readKeyAndValue,
  readOrigins,
  readVector,
} from './entry-list.ts'
import { readHash, readLabel, readOrigin, readTime } from './fields.ts'
import { FrameReader } from './frame-reader.ts'
import { readWireVersion } from './hello.ts'
import { ENTRIES_MAX, EXCHANGE_MAX, FEATURES_MAX, PIECE_INDEX_MAX, ROWS_MAX } from './limits.ts'
import type { PeerHello } from './peer-messages.ts'
import { packRow, readRow } from './row-fields.ts'

const TYPE = { hello: 0, row: 1, push: 2, digest: 3, same: 4, pull: 5, piece: 6, ended: 7 } as const

export function encodePeerHello(hello: PeerHello): Uint8Array {
  return packFrame([TYPE.hello, hello.wire, hello.cluster, packRow(hello.row), hello.features])
}

export function encodeMessage(message: Message): Uint8Array {
  return packFrame([TYPE[message.body.kind], packRow(message.row), ...packBody(message.body)])
}

/** A hello has a `kind`, a message has a `body`. Throws `PeerError` and nothing else. */
export function decodePeerFrame(frame: Uint8Array): PeerHello | Message {
  const reader = new FrameReader(frame)
  const length = reader.arrayLength(FIELDS_MAX, 'frame')
  const type = reader.integer(0, TYPES_MAX, 'type')
  const decoded = type === TYPE.hello ? readHello(reader, length) : readMessage(reader, type, length)
  reader.end()
  return decoded
}

// A hello of another version may have more fields, and its version must still be read.
const FIELDS_MAX = 1_000
const TYPES_MAX = 127

function readHello(reader: FrameReader, length: number): PeerHello {
  const wire = readWireVersion(reader)
  if (length !== 5) reader.fail('5 fields: hello')
  const cluster = readLabel(reader, 'cluster')
  const row = readRow(reader)
  const words = reader.arrayLength(FEATURES_MAX, 'features')
  const features: string[] = []
  for (let i = 0; i < words; i++) features.push(readLabel(reader, 'feature'))
  return { kind: 'hello', wire, cluster, row, features }
}

function readMessage(reader: FrameReader, type: number, length: number): Message {
  const form = FORMS[type]
  if (form === undefined) return reader.fail('a known type')
  if (length !== 2 + form.fields) reader.fail(`${2 + form.fields} fields`)
  const row: Row = readRow(reader)
  return { row, body: form.read(reader) }
}

/** How many fields follow the row, and how they are read. */
const FORMS: Readonly<Record<number, { readonly fields: number; readonly read: (reader: FrameReader) => Body }>> = {
  [TYPE.row]: { fields: 1, read: readRows },
  [TYPE.push]: { fields: 3, read: readPush },
  [TYPE.digest]: {
    fields: 2,
    read: (reader) => ({
      kind: 'digest',
      written: readHash(reader, 'written'),
      fingerprint: readHash(reader, 'fingerprint'),
    }),
  },
  [TYPE.same]: { fields: 0, read: () => ({ kind: 'same' }) },
  [TYPE.pull]: { fields: 4, read: readPull },
  [TYPE.piece]: { fields: 7, read: readPiece },
  [TYPE.ended]: { fields: 1, read: (reader) => ({ kind: 'ended', exchange: readExchange(reader) }) },
}

function packBody(body: Body): Packable[] {
  switch (body.kind) {
    case 'row':
      return [body.rows.map(packRow)]
    case 'push':
      return packPush(body)
    case 'digest':
      return [body.written, body.fingerprint]
    case 'same':
      return []
    case 'pull':
      return packPull(body)
    case 'piece':
      return packPiece(body)
    case 'ended':
      return [body.exchange]
  }
}

function readRows(reader: FrameReader): RowMessage {
  const length = reader.arrayLength(ROWS_MAX, 'rows')
  const rows: Row[] = []
  for (let i = 0; i < length; i++) rows.push(readRow(reader))
  return { kind: 'row', rows }
}

/**
 * Each entry says how far its time is above the one before it, the first: above `after`. That makes a time one byte
 * where it would be nine, and falling times or a wrong `upTo` cannot even be said.
 */
function packPush(push: Push): Packable[] {
  let before = push.after
  const entries = push.entries.map((entry) => {
    const packed = [entry.time - before, entry.key, entry.value ?? null]
    before = entry.time
    return packed
  })
  return [push.origin, push.after, entries]
}

function readPush(reader: FrameReader): Push {
  const origin = readOrigin(reader)
  const after = readTime(reader, 'after')
  const length = reader.arrayLength(ENTRIES_MAX, 'entries')
  if (length === 0) reader.fail('an entry in a push')
  let upTo = after
  const entries: Entry[] = []
  for (let i = 0; i < length; i++) {
    reader.array(3, 'entry of a push')
    upTo += reader.integer(1, HLC_MAX - upTo, 'rise of time')
    entries.push(readKeyAndValue(reader, upTo, origin))
  }
  return { kind: 'push', origin, after, upTo, entries }
}

function packPull(pull: Pull): Packable[] {
  const table = new OriginTable()
  const seen = packVector(pull.seen, table)
  return [pull.exchange, pull.next, table.pack(), seen]
}

function readPull(reader: FrameReader): Pull {
  const exchange = readExchange(reader)
  const next = reader.integer(0, PIECE_INDEX_MAX, 'next')
  const origins = readOrigins(reader)
  return { kind: 'pull', exchange, next, seen: readVector(reader, origins) }
}

function packPiece(piece: Piece): Packable[] {
  const table = new OriginTable()
  const entries = packEntries(piece.entries, table)
  const seen = piece.end === undefined ? null : packVector(piece.end.seen, table)
  const written = piece.end === undefined ? null : packVector(piece.end.written, table)
  return [piece.exchange, piece.giver, piece.index, table.pack(), entries, seen, written]
}

function readPiece(reader: FrameReader): Piece {
  const exchange = readExchange(reader)
  const giver = readOrigin(reader)
  const index = reader.integer(0, PIECE_INDEX_MAX, 'index')
  const origins = readOrigins(reader)
  const entries = readEntries(reader, origins)
  return { kind: 'piece', exchange, giver, index, entries, end: readEnd(reader, origins) }
}

function readEnd(reader: FrameReader, origins: readonly string[]): Piece['end'] {
  if (!reader.skipNil()) return { seen: readVector(reader, origins), written: readVector(reader, origins) }
  if (!reader.skipNil()) reader.fail('both vectors or none')
  return undefined
}

function readExchange(reader: FrameReader): number {
  return reader.integer(0, EXCHANGE_MAX, 'exchange')
}
