/**
 * Turns a record into its type byte and body (FORMAT.md), by hand, in one pass over a buffer that is known to be large
 * enough: this is the path of every write. The frame around it is `record-frame.ts`.
 */

import type { Entry } from '../core/entry.ts'
import { invariant } from '../core/errors.ts'
import type { OriginId } from '../core/origin.ts'
import type { CommitRecord, LogRecord, MendRecord } from '../core/record.ts'
import type { VectorEntries } from '../core/vector.ts'
import { putText, putTime, putVarint } from './body-writer.ts'
import { EXPIRES, HAS_PRIOR, LIVE, RECORD_TYPES, TIME_BYTES } from './record-type.ts'

const VARINT_BYTES_MAX = 5
const UTF8_BYTES_PER_UNIT = 3
const COUNTS_BYTES_MAX: number = 1 + 5 * VARINT_BYTES_MAX + 2 * TIME_BYTES
/** Kind, author, time, prior and expiry. */
const ENTRY_BYTES_MAX: number = 1 + VARINT_BYTES_MAX + 3 * TIME_BYTES
const STEP_BYTES_MAX: number = VARINT_BYTES_MAX + TIME_BYTES

/** A number of bytes that type and body of `record` never exceed. */
export function bodyBytesBound(record: LogRecord): number {
  switch (record.kind) {
    case 'origin':
      return COUNTS_BYTES_MAX + textBound(record.origin)
    case 'write':
      // The entries count the author again: a little more than it takes.
      return COUNTS_BYTES_MAX + textBound(record.origin) + entriesBound(record.entries)
    case 'stage':
    case 'held':
      return COUNTS_BYTES_MAX + entriesBound(record.entries)
    case 'commit':
      return COUNTS_BYTES_MAX + pulledBound(record)
    case 'mend':
      return COUNTS_BYTES_MAX + pulledBound(record) + textsBound(record.removed)
    case 'vector':
      return COUNTS_BYTES_MAX + vectorBound(record.seen)
    case 'member':
      return COUNTS_BYTES_MAX + textBound(record.origin) + textBound(record.address)
    case 'gone':
      return COUNTS_BYTES_MAX + textsBound(record.marks)
    case 'floor':
    case 'clock':
    case 'base':
    case 'end':
      return COUNTS_BYTES_MAX
  }
}

function pulledBound(record: CommitRecord | MendRecord): number {
  return entriesBound(record.entries) + vectorBound(record.seen) + vectorBound(record.written)
}

function textsBound(texts: readonly string[]): number {
  let bytes = 0
  for (const text of texts) bytes += textBound(text)
  return bytes
}

function textBound(text: string): number {
  return VARINT_BYTES_MAX + UTF8_BYTES_PER_UNIT * text.length
}

function entriesBound(entries: readonly Entry[]): number {
  let bytes = 0
  for (const entry of entries) {
    bytes += ENTRY_BYTES_MAX + textBound(entry.key) + textBound(entry.origin) + VARINT_BYTES_MAX
    if (entry.kind === 'live') bytes += entry.value.length
  }
  return bytes
}

function vectorBound(vector: VectorEntries): number {
  let bytes = 0
  for (const [origin] of vector) bytes += STEP_BYTES_MAX + textBound(origin)
  return bytes
}

/** Writes type and body of `record` at `at`, where `bodyBytesBound` bytes are free, and returns where they end. */
export function encodeBody(record: LogRecord, bytes: Buffer, at: number): number {
  bytes[at] = RECORD_TYPES[record.kind]
  at += 1
  switch (record.kind) {
    case 'origin':
      return putOrigin(bytes, at, record.origin)
    case 'write':
      at = putOrigin(bytes, at, record.origin)
      at = putTime(bytes, at, record.upTo)
      return putEntriesOf(record.origin, record.entries, bytes, at)
    case 'stage': {
      const table = new OriginTable()
      table.addEntries(record.entries)
      at = table.put(bytes, at)
      at = putTime(bytes, at, record.exchange)
      return putEntries(table, record.entries, bytes, at)
    }
    case 'held': {
      const table = new OriginTable()
      table.addEntries(record.entries)
      return putEntries(table, record.entries, bytes, table.put(bytes, at))
    }
    case 'commit':
    case 'mend': {
      const table = new OriginTable()
      table.addEntries(record.entries)
      table.addVector(record.seen)
      table.addVector(record.written)
      at = table.put(bytes, at)
      at = putTime(bytes, at, record.exchange)
      at = putEntries(table, record.entries, bytes, at)
      if (record.kind === 'mend') at = putTexts(bytes, at, record.removed)
      at = putVector(table, record.seen, bytes, at)
      at = putVector(table, record.written, bytes, at)
      return putTime(bytes, at, record.floor)
    }
    case 'vector': {
      const table = new OriginTable()
      table.addVector(record.seen)
      at = table.put(bytes, at)
      return putVector(table, record.seen, bytes, at)
    }
    case 'member':
      at = putOrigin(bytes, at, record.origin)
      return putText(bytes, at, record.address)
    case 'gone':
      return putTexts(bytes, at, record.marks)
    case 'floor':
      return putTime(bytes, putVarint(bytes, at, 0), record.floor)
    case 'clock':
      return putTime(bytes, putVarint(bytes, at, 0), record.to)
    case 'base':
      return putTime(bytes, putVarint(bytes, at, 0), record.records)
    case 'end':
      return putTime(bytes, putVarint(bytes, at, 0), record.through)
  }
}

/** The origins that a record names, each once, in the order met. */
class OriginTable {
  readonly #indexes = new Map<OriginId, number>()

  addEntries(entries: readonly Entry[]): void {
    let former: OriginId | undefined
    for (const entry of entries) {
      if (entry.origin !== former) this.#add(entry.origin)
      former = entry.origin
    }
  }

  addVector(vector: VectorEntries): void {
    for (const [origin] of vector) this.#add(origin)
  }

  indexOf(origin: OriginId): number {
    return this.#indexes.get(origin) ?? 0
  }

  put(bytes: Buffer, at: number): number {
    at = putVarint(bytes, at, this.#indexes.size)
    for (const origin of this.#indexes.keys()) at = putText(bytes, at, origin)
    return at
  }

  #add(origin: OriginId): void {
    if (!this.#indexes.has(origin)) this.#indexes.set(origin, this.#indexes.size)
  }
}

/** A table of one. */
function putOrigin(bytes: Buffer, at: number, origin: OriginId): number {
  at = putVarint(bytes, at, 1)
  return putText(bytes, at, origin)
}

function putEntriesOf(author: OriginId, entries: readonly Entry[], bytes: Buffer, at: number): number {
  at = putVarint(bytes, at, entries.length)
  for (const entry of entries) {
    invariant(entry.origin === author, 'the entries of a write record are all by its origin')
    at = putEntry(entry, 0, bytes, at)
  }
  return at
}

function putEntries(table: OriginTable, entries: readonly Entry[], bytes: Buffer, at: number): number {
  at = putVarint(bytes, at, entries.length)
  for (const entry of entries) at = putEntry(entry, table.indexOf(entry.origin), bytes, at)
  return at
}

function putEntry(entry: Entry, originIndex: number, bytes: Buffer, at: number): number {
  const { prior, expiresAt } = entry
  const isLive = entry.kind === 'live'
  bytes[at] = (isLive ? LIVE : 0) | (prior === 0 ? 0 : HAS_PRIOR) | (expiresAt === undefined ? 0 : EXPIRES)
  at = putVarint(bytes, at + 1, originIndex)
  at = putTime(bytes, at, entry.time)
  if (prior !== 0) {
    invariant(prior < entry.time, 'the prior of an entry is below its time')
    at = putTime(bytes, at, prior)
  }
  if (expiresAt !== undefined) {
    invariant(isLive, 'a tombstone that is held does not expire')
    at = putTime(bytes, at, expiresAt)
  }
  at = putText(bytes, at, entry.key)
  if (entry.kind === 'tombstone') return at
  at = putVarint(bytes, at, entry.value.length)
  bytes.set(entry.value, at)
  return at + entry.value.length
}

function putVector(table: OriginTable, vector: VectorEntries, bytes: Buffer, at: number): number {
  at = putVarint(bytes, at, vector.length)
  for (const [origin, time] of vector) {
    at = putVarint(bytes, at, table.indexOf(origin))
    at = putTime(bytes, at, time)
  }
  return at
}

function putTexts(bytes: Buffer, at: number, texts: readonly string[]): number {
  at = putVarint(bytes, at, texts.length)
  for (const text of texts) at = putText(bytes, at, text)
  return at
}
