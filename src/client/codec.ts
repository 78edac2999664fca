/**
 * A codec turns a user's values into the bytes that the store keeps, and back. What `encode` gives is never changed by
 * anyone afterwards, and `decode` neither changes nor keeps the bytes it is shown: they are the store's own. Both fail
 * with `ERR_INVALID_VALUE` and with nothing else.
 */

import { HearsayError } from '../core/errors.ts'
import { utf8Length } from '../core/key.ts'

export interface Codec<V> {
  /** For messages and logs. */
  readonly name: string
  /** Fresh bytes that nobody changes later. `ERR_INVALID_VALUE` when the value has none. */
  encode(value: V): Uint8Array
  /** `bytes` must be left as they are. `ERR_INVALID_VALUE` when they are not of this codec. */
  decode(bytes: Uint8Array): V
}

const encoder = new TextEncoder()
// A byte order mark is part of a user's text: without `ignoreBOM` it would vanish on the way.
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Whatever `JSON.stringify` takes; `undefined`, functions, symbols, bigints and circles are refused. The default. */
export const json: Codec<unknown> = {
  name: 'json',
  encode(value) {
    let text: string | undefined
    try {
      text = JSON.stringify(value)
    } catch (error) {
      throw invalidValue('the value has no JSON form', error)
    }
    if (text === undefined)
      throw invalidValue(`a value of type ${typeof value} has no JSON form; delete the key instead`)
    return encoder.encode(text)
  },
  decode(bytes) {
    try {
      return JSON.parse(decoder.decode(bytes))
    } catch (error) {
      throw invalidValue('the stored bytes are not JSON', error)
    }
  },
}

/** Well-formed Unicode text as UTF-8. */
export const string: Codec<string> = {
  name: 'string',
  encode(value) {
    if (typeof value !== 'string') throw invalidValue(`a value is a string here, not ${typeof value}`)
    // The encoder would put U+FFFD in place of half a surrogate pair and say nothing.
    if (utf8Length(value) < 0) throw invalidValue('a string value must be well-formed Unicode: it has a lone surrogate')
    return encoder.encode(value)
  },
  decode(bytes) {
    try {
      return decoder.decode(bytes)
    } catch (error) {
      throw invalidValue('the stored bytes are not UTF-8', error)
    }
  },
}

/**
 * Bytes as they are, copied both ways. A caller may reuse the buffer it put, or write into the one it got; if that were
 * the store's own, replicas of one version would differ and no fingerprint would agree again.
 */
export const bytes: Codec<Uint8Array> = {
  name: 'bytes',
  encode(value) {
    if (!(value instanceof Uint8Array)) throw invalidValue(`a value is a Uint8Array here, not ${typeof value}`)
    return new Uint8Array(value)
  },
  decode(stored) {
    return new Uint8Array(stored)
  },
}

/** `codec` with the promise kept: whatever it throws becomes `ERR_INVALID_VALUE`. */
export function strictCodec<V>(codec: Codec<V>): Codec<V> {
  if (codec === (json as unknown) || codec === (string as unknown) || codec === (bytes as unknown)) return codec
  if (typeof codec?.encode !== 'function' || typeof codec.decode !== 'function') {
    throw new HearsayError('ERR_INVALID_ARGUMENT', 'a codec has the functions encode and decode')
  }
  return {
    name: codec.name,
    encode(value) {
      let encoded: unknown
      try {
        encoded = codec.encode(value)
      } catch (error) {
        throw invalidValue(`the codec ${codec.name} cannot encode the value`, error)
      }
      if (!(encoded instanceof Uint8Array)) throw invalidValue(`the codec ${codec.name} did not encode to a Uint8Array`)
      return encoded
    },
    decode(stored) {
      try {
        return codec.decode(stored)
      } catch (error) {
        throw invalidValue(`the stored bytes do not decode with the codec ${codec.name}`, error)
      }
    },
  }
}

function invalidValue(message: string, cause?: unknown): HearsayError {
  return cause instanceof HearsayError ? cause : new HearsayError('ERR_INVALID_VALUE', message, { cause })
}
