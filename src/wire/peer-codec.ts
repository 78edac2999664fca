/**
 * Messages between nodes, to bytes and back: `[type, row, …body]`. What the decoder lets through has the types and
 * bounds that core/message.ts promises; anything else is a `PeerError`. Whether a message is true or timely is for the
 * replica to judge. The bytes are a promise: PROTOCOL.md.
 */

import { HLC_MAX } from '../core/clock.ts'
import type { Entry } from '../core/entry.ts'
import type { Body, Cutoff, Digest, Gone, Message, Push, Row, RowMessage } from '../core/message.ts'
import type { OriginId } from '../core/origin.ts'
import { type Packable, packFrame } from './codec.ts'
import { backOf, readContent } from './entry-list.ts'
import { EXCHANGE_FORMS, packExchange } from './exchange-form.ts'
import { readHash, readLabel, readNils, readOrigin, readTime } from './fields.ts'
import { FrameReader } from './frame-reader.ts'
import { readWireVersion } from './hello.ts'
import { ENTRIES_MAX, FEATURES_MAX, MARKS_A_MESSAGE_MAX, ROWS_MAX } from './limits.ts'
import { type BodyForms, PEER_TYPE } from './peer-form.ts'
import type { PeerHello } from './peer-messages.ts'
import { packRepair, REPAIR_FORMS } from './repair-form.ts'
import { packRow, readRow } from './row-fields.ts'

export function encodePeerHello(hello: PeerHello): Uint8Array {
  return packFrame([PEER_TYPE.hello, hello.wire, hello.cluster, packRow(hello.row), hello.features])
}

export function encodeMessage(message: Message): Uint8Array {
  return packFrame([PEER_TYPE[message.body.kind], packRow(message.row), ...packBody(message.body)])
}

/** A hello has a `kind`, a message has a `body`. Throws `PeerError` and nothing else. */
export function decodePeerFrame(frame: Uint8Array): PeerHello | Message {
  const reader = new FrameReader(frame)
  const length = reader.arrayLength(FIELDS_MAX, 'frame')
  const type = reader.integer(0, TYPES_MAX, 'type')
  const decoded = type === PEER_TYPE.hello ? readHello(reader, length) : readMessage(reader, type, length)
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

const FORMS: BodyForms<Body> = {
  [PEER_TYPE.row]: { fields: 1, read: readRows },
  [PEER_TYPE.push]: { fields: 3, read: readPush },
  [PEER_TYPE.digest]: { fields: 5, read: readDigest },
  [PEER_TYPE.same]: { fields: 0, read: () => ({ kind: 'same' }) },
  [PEER_TYPE.gone]: { fields: 1, read: readGone },
  ...EXCHANGE_FORMS,
  ...REPAIR_FORMS,
}

function packBody(body: Body): Packable[] {
  switch (body.kind) {
    case 'row':
      return [body.rows.map(packRow)]
    case 'push':
      return packPush(body)
    case 'digest':
      return [body.written, body.fingerprint, ...packCutoff(body.cutoff)]
    case 'same':
      return []
    case 'gone':
      return [body.marks]
    case 'pull':
    case 'piece':
    case 'ended':
    case 'whole':
    case 'unsafe':
      return packExchange(body)
    default:
      return packRepair(body)
  }
}

function readRows(reader: FrameReader): RowMessage {
  const length = reader.arrayLength(ROWS_MAX, 'rows')
  const rows: Row[] = []
  for (let i = 0; i < length; i++) rows.push(readRow(reader))
  return { kind: 'row', rows }
}

function readGone(reader: FrameReader): Gone {
  const length = reader.arrayLength(MARKS_A_MESSAGE_MAX, 'marks')
  const marks: OriginId[] = []
  for (let i = 0; i < length; i++) marks.push(readOrigin(reader))
  return { kind: 'gone', marks }
}

function packCutoff(cutoff: Cutoff | undefined): Packable[] {
  return cutoff === undefined ? [null, null, null] : [cutoff.time, cutoff.fingerprint, cutoff.view]
}

function readDigest(reader: FrameReader): Digest {
  const written = readHash(reader, 'written')
  const fingerprint = readHash(reader, 'fingerprint')
  return { kind: 'digest', written, fingerprint, cutoff: readCutoff(reader) }
}

function readCutoff(reader: FrameReader): Cutoff | undefined {
  if (reader.skipNil()) {
    readNils(reader, 2, 'a cutoff')
    return undefined
  }
  const time = readTime(reader, 'time')
  const fingerprint = readHash(reader, 'fingerprint')
  return { time, fingerprint, view: readHash(reader, 'view') }
}

/**
 * Each entry says how far its time is above the one before it, the first: above `after`. That makes a time one byte
 * where it would be nine, and falling times or a wrong `upTo` cannot even be said.
 */
function packPush(push: Push): Packable[] {
  let before = push.after
  const entries = push.entries.map((entry) => {
    const packed = [entry.time - before, entry.key, entry.value ?? null, backOf(entry), entry.expiresAt ?? null]
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
    reader.array(5, 'entry of a push')
    upTo += reader.integer(1, HLC_MAX - upTo, 'rise of time')
    entries.push(readContent(reader, upTo, origin, false))
  }
  return { kind: 'push', origin, after, upTo, entries }
}
