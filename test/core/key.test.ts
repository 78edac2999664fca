/** Keys: what may be one, how long it is in UTF-8, and that their order is the order of their bytes. */

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkKey, compareKeys, isKey, KEY_BYTES_MAX, utf8Length } from '../../src/core/key.ts'
import { inRange, prefixRange } from '../../src/core/range.ts'
import { aKey, anyText } from './arbitraries.ts'

/** The encoder puts another character in place of a lone surrogate. */
function isWellFormed(text: string): boolean {
  return Buffer.from(text).toString() === text
}

describe('utf8Length', () => {
  it('counts as the encoder does, and knows text that has no UTF-8', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(utf8Length(text)).toBe(isWellFormed(text) ? Buffer.byteLength(text) : -1)
      }),
    )
  })
})

describe('compareKeys', () => {
  it('orders as the bytes of UTF-8 do', () => {
    fc.assert(
      fc.property(aKey, aKey, (a, b) => {
        expect(Math.sign(compareKeys(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)))
      }),
      { numRuns: 2_000 },
    )
  })
})

describe('a key', () => {
  it('is well-formed text of 1 to 1,024 bytes', () => {
    expect(isKey('k')).toBe(true)
    expect(isKey('k'.repeat(KEY_BYTES_MAX))).toBe(true)
    expect(isKey('k'.repeat(KEY_BYTES_MAX + 1))).toBe(false)
    expect(isKey('é'.repeat(KEY_BYTES_MAX / 2))).toBe(true)
    expect(isKey(`é${'k'.repeat(KEY_BYTES_MAX - 1)}`)).toBe(false)
    expect(isKey('')).toBe(false)
    expect(isKey('\ud800')).toBe(false)
    expect(isKey(7)).toBe(false)
  })

  it.each([[''], ['\udfff x'], ['k'.repeat(1025)], [null]])('is refused with a code when it is none: %j', (key) => {
    expect(() => checkKey(key)).toThrow(expect.objectContaining({ code: 'ERR_INVALID_KEY' }))
  })
})

describe('prefixRange', () => {
  it('holds exactly the keys that begin with the prefix', () => {
    fc.assert(
      fc.property(aKey, aKey, (prefix, key) => {
        expect(inRange(key, prefixRange(prefix))).toBe(key.startsWith(prefix))
        expect(inRange(prefix + key, prefixRange(prefix))).toBe(true)
      }),
      { numRuns: 2_000 },
    )
  })

  it('is everything for the empty prefix, and has no end behind the last character', () => {
    expect(prefixRange('')).toEqual({})
    expect(prefixRange('\u{10ffff}')).toEqual({ gte: '\u{10ffff}' })
    expect(prefixRange('\ud7ff')).toEqual({ gte: '\ud7ff', lt: '\ue000' })
  })
})
