/**
 * A codec refuses values and stored bytes that are not its own, with ERR_INVALID_VALUE, and keeps no hold on the bytes
 * that it is shown.
 */

import { describe, expect, it } from 'vitest'
import { bytes, type Codec, json, strictCodec, string } from '../../src/client/codec.ts'

const invalid = expect.objectContaining({ code: 'ERR_INVALID_VALUE', retryable: false })

describe('codecs', () => {
  it('refuse stored bytes that are not theirs', () => {
    expect(() => json.decode(Uint8Array.of(0x7b))).toThrow(invalid)
    expect(() => json.decode(new Uint8Array(0))).toThrow(invalid)
    expect(() => json.decode(Uint8Array.of(0x22, 0xff, 0x22))).toThrow(invalid)
    expect(() => string.decode(Uint8Array.of(0xc0, 0x80))).toThrow(invalid)
  })

  it('refuse values of another type', () => {
    expect(() => string.encode(7 as never)).toThrow(invalid)
    expect(() => bytes.encode('text' as never)).toThrow(invalid)
    expect(() => bytes.encode(new ArrayBuffer(3) as never)).toThrow(invalid)
    expect(() => json.encode(undefined)).toThrow(invalid)
  })

  it('leave the bytes they are shown alone, and share none', () => {
    const stored = Buffer.from('"text"')
    const copy = bytes.decode(stored)
    copy.fill(0)
    expect(json.decode(stored)).toBe('text')
    const mine = Buffer.from('mine')
    const encoded = bytes.encode(mine)
    mine.fill(0)
    expect(new TextDecoder().decode(encoded)).toBe('mine')
  })

  it('of a user fail with ERR_INVALID_VALUE, whatever they throw', () => {
    const cause = new RangeError('mine')
    const codec: Codec<number> = {
      name: 'odd',
      encode: (n) => (n === 1 ? ('text' as never) : fail()),
      decode: () => fail(),
    }
    const fail = (): never => {
      throw cause
    }
    const strict = strictCodec(codec)
    expect(() => strict.encode(1)).toThrow(invalid)
    expect(() => strict.encode(2)).toThrow(expect.objectContaining({ code: 'ERR_INVALID_VALUE', cause }))
    expect(() => strict.decode(Uint8Array.of(1))).toThrow(expect.objectContaining({ code: 'ERR_INVALID_VALUE', cause }))
    expect(strictCodec(json)).toBe(json)
    for (const none of [{}, null, 7]) {
      expect(() => strictCodec(none as never)).toThrow(expect.objectContaining({ code: 'ERR_INVALID_ARGUMENT' }))
    }
  })
})
