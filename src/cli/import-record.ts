/**
 * One line of an import becomes one put. Two shapes: the records of `export`, `{"key":…,"value":…}` or `{"key":…,
 * "base64":…}`, with `"expiresAt"` too, and, with a key field, any JSON object, which is stored whole. What `export` wrote is stored byte for byte.
 */

import { HearsayError } from '../core/errors.ts'
import { checkKey } from '../core/key.ts'
import { TTL_MS_MAX } from '../wire/limits.ts'
import { type CodecName, expiryMember, isJson } from './value-form.ts'

export interface RecordForm {
  readonly codec: CodecName
  /** In front of every key. */
  readonly prefix: string
  /** The field that holds the key of an arbitrary record. */
  readonly keyField: string | undefined
}

export interface ImportRecord {
  readonly key: string
  readonly value: Uint8Array
  /** Unix ms; `undefined`: never. */
  readonly expiresAt: number | undefined
}

/** What is left of its time at `nowMs`, Unix ms: ≤ 0 when it has expired, `undefined` when it never does. */
export function remainingMs({ expiresAt }: ImportRecord, nowMs: number): number | undefined {
  return expiresAt === undefined ? undefined : Math.min(TTL_MS_MAX, Math.ceil(expiresAt - nowMs))
}

/** Throws `ERR_INVALID_VALUE` or `ERR_INVALID_KEY`. */
export function parseRecord(text: string, { codec, prefix, keyField }: RecordForm): ImportRecord {
  const record = parseObject(text)
  if (keyField !== undefined) {
    return { key: toKey(prefix, record[keyField], keyField), value: wholeRecord(text, codec), expiresAt: undefined }
  }
  const key = toKey(prefix, record.key, 'key')
  return { key, value: storedValue(text, record, codec), expiresAt: toExpiry(record.expiresAt) }
}

function toExpiry(field: unknown): number | undefined {
  if (field === undefined) return undefined
  if (typeof field === 'number' && Number.isSafeInteger(field) && field >= 0) return field
  throw wrong('"expiresAt" must be a time in Unix milliseconds')
}

function parseObject(text: string): Readonly<Record<string, unknown>> {
  let record: unknown
  try {
    record = JSON.parse(text)
  } catch (error) {
    throw wrong(`not JSON: ${error instanceof Error ? error.message : error}`)
  }
  if (typeof record !== 'object' || record === null || Array.isArray(record)) throw wrong('not a JSON object')
  return record as Record<string, unknown>
}

function toKey(prefix: string, field: unknown, name: string): string {
  if (typeof field !== 'string' && typeof field !== 'number') {
    throw wrong(`the field ${JSON.stringify(name)} must be a string or a number`)
  }
  const key = `${prefix}${field}`
  checkKey(key)
  return key
}

function wholeRecord(text: string, codec: CodecName): Uint8Array {
  if (codec !== 'json') throw wrong('a whole record is JSON; leave --codec out')
  return Buffer.from(text.trim())
}

function storedValue(text: string, record: Readonly<Record<string, unknown>>, codec: CodecName): Uint8Array {
  const { value, base64 } = record
  if (base64 !== undefined && value === undefined) return fromBase64(base64)
  if (value === undefined) throw wrong('the record needs "value" or "base64"')
  if (base64 !== undefined) throw wrong('the record has both "value" and "base64"')
  if (codec === 'json') return Buffer.from(valueText(text, record) ?? JSON.stringify(value))
  if (typeof value !== 'string') throw wrong(`with --codec ${codec} the "value" must be a string`)
  return Buffer.from(value)
}

/** The text of the value, when the line has the very shape of `export`: parsed and written anew, numbers may be rounded. */
function valueText(text: string, record: Readonly<Record<string, unknown>>): string | undefined {
  const head = `{"key":${JSON.stringify(record.key)}${expiryMember(toExpiry(record.expiresAt))},"value":`
  const line = text.trimEnd()
  if (!line.startsWith(head) || !line.endsWith('}')) return undefined
  const value = line.slice(head.length, -1)
  // Not JSON when other fields follow.
  return isJson(value) ? value : undefined
}

function fromBase64(base64: unknown): Uint8Array {
  const value = Buffer.from(typeof base64 === 'string' ? base64 : '', 'base64')
  // Node.js skips what is not base64; a damaged line must not become a shorter value.
  if (value.toString('base64') !== base64) throw wrong('"base64" must be a base64 string')
  return value
}

function wrong(why: string): HearsayError {
  return new HearsayError('ERR_INVALID_VALUE', why)
}
