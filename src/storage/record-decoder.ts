/**
 * Turns type and body of a record back into the record. It trusts nothing but the length it is given: every count,
 * index, text and number is checked, and bytes that are not a record give `broken`, never a wrong record and never an
 * exception. Records share nothing with the bytes they came from, and one origin is one string throughout the log.
 */

import type { Entry } from '../core/entry.ts'
import { liveEntry, tombstone } from '../core/entry.ts'
import { KEY_BYTES_MAX } from '../core/key.ts'
import { type OriginId, parseOrigin } from '../core/origin.ts'
import type { LogRecord } from '../core/record.ts'
import { BodyReader } from './body-reader.ts'
import { EXPIRES, HAS_PRIOR, LIVE, RECORD_TYPE_MAX, RECORD_TYPES } from './record-type.ts'
import { ValueSlab } from './value-slab.ts'

export type Decoded =
  | { readonly kind: 'record'; readonly record: LogRecord }
  /** Whole, but it has a type or a kind of entry that this version does not know. */
  | { readonly kind: 'unknown'; readonly type: number }
  | { readonly kind: 'broken' }

const BROKEN: Decoded = { kind: 'broken' }
/** Origins kept as shared strings; when there are more, sharing starts afresh. */
const SHARED_ORIGINS_MAX = 65_536

export class RecordDecoder {
  readonly #origins = new Map<string, OriginId>()
  readonly #values = new ValueSlab()

  /** Decodes the type byte at `start` and the body up to `end`. */
  decode(bytes: Buffer, start: number, end: number): Decoded {
    const reader = new BodyReader(bytes, start, end, this.#values)
    const type = reader.byte()
    if (type > RECORD_TYPE_MAX) return { kind: 'unknown', type }
    const table = this.#table(reader)
    const record = readFields(type, table, reader)
    if (reader.isUnknown) return { kind: 'unknown', type }
    return record === undefined || !reader.isAtEnd ? BROKEN : { kind: 'record', record }
  }

  #table(reader: BodyReader): readonly OriginId[] {
    const table: OriginId[] = []
    for (let left = reader.varint(); left > 0 && !reader.isBroken; left--) table.push(this.#origin(reader))
    return table
  }

  #origin(reader: BodyReader): OriginId {
    const text = reader.text()
    const shared = this.#origins.get(text)
    if (shared !== undefined) return shared
    if (parseOrigin(text) === undefined) {
      reader.break()
      return text
    }
    if (this.#origins.size >= SHARED_ORIGINS_MAX) this.#origins.clear()
    this.#origins.set(text, text)
    return text
  }
}

function readFields(type: number, table: readonly OriginId[], reader: BodyReader): LogRecord | undefined {
  switch (type) {
    case RECORD_TYPES.origin: {
      const origin = only(table)
      return origin === undefined ? undefined : { kind: 'origin', origin }
    }
    case RECORD_TYPES.write: {
      const origin = only(table)
      const upTo = reader.time()
      const entries = readEntries(table, reader)
      return origin === undefined ? undefined : { kind: 'write', origin, upTo, entries }
    }
    case RECORD_TYPES.stage: {
      const exchange = reader.time()
      return { kind: 'stage', exchange, entries: readEntries(table, reader) }
    }
    case RECORD_TYPES.commit: {
      const exchange = reader.time()
      const entries = readEntries(table, reader)
      const seen = readVector(table, reader)
      const written = readVector(table, reader)
      return { kind: 'commit', exchange, entries, seen, written, floor: reader.time() }
    }
    case RECORD_TYPES.mend: {
      const exchange = reader.time()
      const entries = readEntries(table, reader)
      const removed = readKeys(reader)
      const seen = readVector(table, reader)
      const written = readVector(table, reader)
      return { kind: 'mend', exchange, entries, removed, seen, written, floor: reader.time() }
    }
    case RECORD_TYPES.gone:
      return { kind: 'gone', marks: table }
    case RECORD_TYPES.held:
      return { kind: 'held', entries: readEntries(table, reader) }
    case RECORD_TYPES.floor:
    case RECORD_TYPES.clock:
    case RECORD_TYPES.base:
    case RECORD_TYPES.end: {
      const number = reader.time()
      return table.length === 0 ? ofNumber(type, number) : undefined
    }
    case RECORD_TYPES.vector:
      return { kind: 'vector', seen: readVector(table, reader) }
    case RECORD_TYPES.member: {
      const origin = only(table)
      const address = reader.text()
      return origin === undefined ? undefined : { kind: 'member', origin, address }
    }
    default:
      return undefined
  }
}

function ofNumber(type: number, number: number): LogRecord | undefined {
  switch (type) {
    case RECORD_TYPES.floor:
      return { kind: 'floor', floor: number }
    case RECORD_TYPES.clock:
      return { kind: 'clock', to: number }
    case RECORD_TYPES.base:
      return { kind: 'base', records: number }
    case RECORD_TYPES.end:
      return { kind: 'end', through: number }
    default:
      return undefined
  }
}

function only(table: readonly OriginId[]): OriginId | undefined {
  return table.length === 1 ? table[0] : undefined
}

function readEntries(table: readonly OriginId[], reader: BodyReader): Entry[] {
  const entries: Entry[] = []
  for (let left = reader.varint(); left > 0 && !reader.isBroken; left--) entries.push(readEntry(table, reader))
  return entries
}

function readEntry(table: readonly OriginId[], reader: BodyReader): Entry {
  const kind = reader.byte()
  const isLive = (kind & LIVE) !== 0
  const expires = (kind & EXPIRES) !== 0
  if (kind > (LIVE | HAS_PRIOR | EXPIRES) || (expires && !isLive)) reader.breakUnknown()
  const origin = reader.pick(table)
  const time = reader.time()
  const prior = (kind & HAS_PRIOR) === 0 ? 0 : readPrior(time, reader)
  const expiresAt = expires ? reader.time() : undefined
  const key = readKey(reader)
  return isLive ? liveEntry(key, time, origin, reader.bytes(), prior, expiresAt) : tombstone(key, time, origin, prior)
}

function readPrior(time: number, reader: BodyReader): number {
  const prior = reader.time()
  if (prior === 0 || prior >= time) reader.break()
  return prior
}

function readKey(reader: BodyReader): string {
  const key = reader.text(KEY_BYTES_MAX)
  if (key === '') reader.break()
  return key
}

function readKeys(reader: BodyReader): string[] {
  const keys: string[] = []
  for (let left = reader.varint(); left > 0 && !reader.isBroken; left--) keys.push(readKey(reader))
  return keys
}

function readVector(table: readonly OriginId[], reader: BodyReader): [OriginId, number][] {
  const vector: [OriginId, number][] = []
  for (let left = reader.varint(); left > 0 && !reader.isBroken; left--) {
    const origin = reader.pick(table)
    vector.push([origin, reader.time()])
  }
  return vector
}
