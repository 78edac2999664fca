/**
 * Values between bytes and what people type and read. A JSON text is kept as it was typed and shown as it is stored, never
 * parsed and written anew: JavaScript would round long numbers on the way. Bytes that are not of the codec are shown as
 * such and end nothing but a `get`, which has nothing else to show.
 */

import { json, string } from '../client/codec.ts'
import { HearsayError } from '../core/errors.ts'
import { count, plain, plainLines } from './style.ts'

export type CodecName = 'json' | 'string' | 'bytes'

export const CODEC_FLAG: {
  readonly codec: {
    readonly type: 'string'
    readonly default: CodecName
    readonly choices: readonly CodecName[]
    readonly describe: string
  }
} = {
  codec: {
    type: 'string',
    default: 'json',
    choices: ['json', 'string', 'bytes'],
    describe: 'how values are stored: JSON, text as it is, or any bytes',
  },
}

/** The value that `typed` stands for. Text that is not JSON becomes a JSON string. `ERR_INVALID_VALUE` if it has none. */
export function toStored(codec: CodecName, typed: Uint8Array): Uint8Array {
  if (codec === 'bytes') return typed
  const text = textOf(typed)
  if (text === undefined) {
    throw new HearsayError('ERR_INVALID_VALUE', 'the value is not UTF-8; --codec bytes stores it as it is')
  }
  if (codec === 'string') return typed
  // Commands end what they print with a newline that nobody means.
  return isJson(text) ? Buffer.from(text.trim()) : json.encode(text.replace(/\r?\n$/, ''))
}

/** The JSON text of a stored value in one line, or `undefined` when its bytes have none with this codec. */
export function toJsonText(codec: CodecName, stored: Uint8Array): string | undefined {
  const text = codec === 'bytes' ? undefined : textOf(stored)
  if (text === undefined) return undefined
  if (codec === 'string') return JSON.stringify(text)
  // A raw newline in JSON can only stand between its words.
  return isJson(text) ? text.replace(/[\r\n]+/g, ' ') : undefined
}

/** `"value":…`, or `"base64":"…"` for bytes without a JSON form: part of a JSON object. */
export function jsonMember(codec: CodecName, stored: Uint8Array): string {
  const text = toJsonText(codec, stored)
  return text === undefined ? `"base64":"${Buffer.from(stored).toString('base64')}"` : `"value":${text}`
}

/** `,"expiresAt":…` in Unix ms, or nothing for what never expires: part of a JSON object. */
export function expiryMember(expiresAt: number | undefined): string {
  return expiresAt === undefined ? '' : `,"expiresAt":${expiresAt}`
}

/** A value among others, in one line. */
export function toLine(codec: CodecName, stored: Uint8Array): string {
  const text = codec === 'string' ? textOf(stored) : toJsonText(codec, stored)
  if (text !== undefined) return plain(text)
  return codec === 'bytes' ? Buffer.from(stored).toString('base64') : `<${count(stored.length, 'byte')}, not ${codec}>`
}

/**
 * A value alone. To a program: JSON or text with a newline, bytes exactly. To a person: indented, and nothing that
 * upsets a terminal. `ERR_INVALID_VALUE` when the bytes are not of the codec.
 */
export function toPrint(codec: CodecName, stored: Uint8Array, isTerminal: boolean): string | Uint8Array {
  if (codec === 'bytes') {
    if (!isTerminal) return stored
    const text = textOf(stored)
    return text === undefined
      ? `<${count(stored.length, 'byte')}; send them to a file or a pipe>\n`
      : `${plainLines(text)}\n`
  }
  const text = textOf(stored)
  if (text === undefined || (codec === 'json' && !isJson(text))) {
    const others = codec === 'json' ? '--codec string or bytes prints them' : '--codec bytes prints them'
    throw new HearsayError(
      'ERR_INVALID_VALUE',
      `the stored bytes are not ${codec === 'json' ? 'JSON' : 'UTF-8'}; ${others}`,
    )
  }
  if (!isTerminal) return `${text}\n`
  return `${plainLines(codec === 'json' ? indented(text) : text)}\n`
}

function indented(text: string): string {
  const value: unknown = JSON.parse(text)
  // Only when nothing is lost: a long number or a name that comes twice is shown as it is stored.
  return JSON.stringify(value) === text ? JSON.stringify(value, undefined, 2) : text
}

export function textOf(stored: Uint8Array): string | undefined {
  try {
    return string.decode(stored)
  } catch {
    return undefined
  }
}

export function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
