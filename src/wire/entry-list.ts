/**
 * Entries and vectors inside a message. A message that names many origins has one table of them, each once, and says
 * only the index elsewhere: an origin takes some 40 bytes, its index one or two. An entry is `[origin, time, key,
 * value, back, expiresAt]`, nil in place of the value for a tombstone; `back` is how far its prior lies below it. A
 * vector is flat: origin, time, origin, time, …
 */

import { type Entry, liveEntry, tombstone } from '../core/entry.ts'
import type { OriginId } from '../core/origin.ts'
import type { VectorEntries } from '../core/vector.ts'
import type { Packable } from './codec.ts'
import { readExpiry, readKey, readOrigin, readTime, readValue } from './fields.ts'
import type { FrameReader } from './frame-reader.ts'
import { ENTRIES_MAX, ORIGINS_MAX } from './limits.ts'

/** The origins of one outgoing message, in order of their first mention. Written in front of what mentions them. */
export class OriginTable {
  readonly #indexes = new Map<OriginId, number>()

  /** The index of `origin`, which joins the table at its first mention. */
  indexOf(origin: OriginId): number {
    let index = this.#indexes.get(origin)
    if (index === undefined) {
      index = this.#indexes.size
      this.#indexes.set(origin, index)
    }
    return index
  }

  /** Only when all mentions are made. */
  pack(): Packable {
    return [...this.#indexes.keys()]
  }
}

export function readOrigins(reader: FrameReader): readonly OriginId[] {
  const length = reader.arrayLength(ORIGINS_MAX, 'origins')
  const origins: OriginId[] = []
  for (let i = 0; i < length; i++) origins.push(readOrigin(reader))
  if (length > 1 && new Set(origins).size < length) reader.fail('each origin once')
  return origins
}

export function packEntries(entries: readonly Entry[], table: OriginTable): Packable {
  return entries.map((entry) => [
    table.indexOf(entry.origin),
    entry.time,
    entry.key,
    entry.value ?? null,
    backOf(entry),
    entry.expiresAt ?? null,
  ])
}

/** Times lie near each other and far from 0; 0 says that there was no prior. */
export function backOf({ time, prior }: Entry): number {
  return prior === 0 ? 0 : time - prior
}

/** `mayBeExpired`: whether a tombstone may say when its value expired, as to watchers. */
export function readEntries(
  reader: FrameReader,
  origins: readonly OriginId[],
  mayBeExpired: boolean,
): readonly Entry[] {
  const length = reader.arrayLength(ENTRIES_MAX, 'entries')
  const entries: Entry[] = []
  for (let i = 0; i < length; i++) {
    reader.array(6, 'entry')
    const origin = originAt(reader, origins, readIndex(reader))
    const time = readTime(reader, 'time')
    entries.push(readContent(reader, time, origin, mayBeExpired))
  }
  return entries
}

/** The end of every entry, here and in a push. */
export function readContent(reader: FrameReader, time: number, origin: OriginId, mayBeExpired: boolean): Entry {
  const key = readKey(reader)
  const value = readValue(reader)
  const back = reader.integer(0, Math.max(0, time - 1), 'back')
  const prior = back === 0 ? 0 : time - back
  const expiresAt = readExpiry(reader)
  if (value !== undefined) return liveEntry(key, time, origin, value, prior, expiresAt)
  if (expiresAt !== undefined && !mayBeExpired) reader.fail('no expiry of a tombstone')
  return tombstone(key, time, origin, prior, expiresAt)
}

export function packVector(vector: VectorEntries, table: OriginTable): Packable {
  const flat: number[] = []
  for (const [origin, time] of vector) flat.push(table.indexOf(origin), time)
  return flat
}

export function readVector(reader: FrameReader, origins: readonly OriginId[]): VectorEntries {
  const length = reader.arrayLength(2 * ORIGINS_MAX, 'vector')
  if (length % 2 !== 0) reader.fail('a time for each origin of a vector')
  const met = new Uint8Array(origins.length)
  const vector: (readonly [OriginId, number])[] = []
  for (let i = 0; i < length; i += 2) {
    const index = readIndex(reader)
    const origin = originAt(reader, origins, index)
    if (met[index] !== 0) reader.fail('each origin once in a vector')
    met[index] = 1
    vector.push([origin, readTime(reader, 'time')])
  }
  return vector
}

function readIndex(reader: FrameReader): number {
  return reader.integer(0, ORIGINS_MAX, 'index of an origin')
}

function originAt(reader: FrameReader, origins: readonly OriginId[], index: number): OriginId {
  return origins[index] ?? reader.fail('an index inside the table of origins')
}
