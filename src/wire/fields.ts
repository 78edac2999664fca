/**
 * The fields that messages to peers and to clients have in common, read and checked: times, keys, values, names,
 * origins, hashes, expiry. Equal origins come out as one string object, also across messages, since a million entries name the
 * same few; the memory for that is bounded.
 */

import { HLC_MAX } from '../core/clock.ts'
import { KEY_BYTES_MAX } from '../core/key.ts'
import { isNodeName, type OriginId, parseOrigin, RUN_TOLD_MAX } from '../core/origin.ts'
import type { FrameReader } from './frame-reader.ts'
import { LABEL_CHARS_MAX, UNIX_MS_MAX, VALUE_BYTES_LIMIT } from './limits.ts'

/** Origins remembered across messages, at most 1 MB; when full, it starts again from none. */
const ORIGINS_REMEMBERED_MAX = 8_192
const ORIGIN_BYTES_MAX = 128
const NAME_BYTES_MAX = 63
const HASH = /^[0-9a-f]{16}$/

const remembered = new Map<string, OriginId>()

export function readTime(reader: FrameReader, what: string): number {
  return reader.integer(0, HLC_MAX, what)
}

/** What `isKey` asks for: the reader has counted the bytes and found them well-formed. */
export function readKey(reader: FrameReader): string {
  const key = reader.text(KEY_BYTES_MAX, 'key')
  return key === '' ? reader.fail('a key that is not empty') : key
}

/** A value, or `undefined` for nil. */
export function readValue(reader: FrameReader): Uint8Array | undefined {
  return reader.skipNil() ? undefined : reader.bytes(VALUE_BYTES_LIMIT, 'value')
}

/** Unix milliseconds, or `undefined` for nil. */
export function readExpiry(reader: FrameReader): number | undefined {
  return reader.skipNil() ? undefined : reader.integer(0, UNIX_MS_MAX, 'expiresAt')
}

/** A hash, or `undefined` for nil. */
export function readHashOrNil(reader: FrameReader, what: string): string | undefined {
  return reader.skipNil() ? undefined : readHash(reader, what)
}

/** Where one optional field is nil, those that go with it are too. */
export function readNils(reader: FrameReader, count: number, what: string): void {
  for (let i = 0; i < count; i++) if (!reader.skipNil()) reader.fail(`all or none: ${what}`)
}

export function readOrigin(reader: FrameReader): OriginId {
  const text = reader.text(ORIGIN_BYTES_MAX, 'origin')
  const known = remembered.get(text)
  if (known !== undefined) return known
  if ((parseOrigin(text)?.run ?? Number.POSITIVE_INFINITY) > RUN_TOLD_MAX) reader.fail('an origin')
  if (remembered.size >= ORIGINS_REMEMBERED_MAX) remembered.clear()
  remembered.set(text, text)
  return text
}

export function readNodeName(reader: FrameReader): string {
  const name = reader.text(NAME_BYTES_MAX, 'name')
  return isNodeName(name) ? name : reader.fail('a node name')
}

/** A hash of 16 hex digits. */
export function readHash(reader: FrameReader, what: string): string {
  const hash = reader.text(16, what)
  return HASH.test(hash) ? hash : reader.fail(`16 hex digits: ${what}`)
}

/** A short text such as an address or a cluster name; may be empty. */
export function readLabel(reader: FrameReader, what: string): string {
  // A UTF-16 unit takes at most three bytes of UTF-8.
  const label = reader.text(3 * LABEL_CHARS_MAX, what)
  return label.length <= LABEL_CHARS_MAX ? label : reader.fail(`at most ${LABEL_CHARS_MAX} characters: ${what}`)
}
