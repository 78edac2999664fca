/**
 * Keys are non-empty well-formed Unicode of at most 1,024 bytes of UTF-8, ordered by those bytes. In memory they are
 * JavaScript strings, whose own order (UTF-16 units) differs from the byte order above U+D7FF; `compareKeys` does not.
 */

import { HearsayError } from './errors.ts'

export const KEY_BYTES_MAX = 1024

/** Bytes of `text` in UTF-8, or −1 when it holds a lone surrogate. */
export function utf8Length(text: string): number {
  let bytes = text.length
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit < 0x80) continue
    if (unit < 0x800) bytes += 1
    else if (unit < 0xd800 || unit > 0xdfff) bytes += 2
    else {
      const next = i + 1 < text.length ? text.charCodeAt(i + 1) : 0
      if (unit > 0xdbff || next < 0xdc00 || next > 0xdfff) return -1
      bytes += 2
      i++
    }
  }
  return bytes
}

export function isKey(key: unknown): key is string {
  if (typeof key !== 'string' || key.length === 0 || key.length > KEY_BYTES_MAX) return false
  const bytes = utf8Length(key)
  return bytes > 0 && bytes <= KEY_BYTES_MAX
}

/** Throws `ERR_INVALID_KEY` and says why. */
export function checkKey(key: unknown): asserts key is string {
  if (isKey(key)) return
  if (typeof key !== 'string') throw new HearsayError('ERR_INVALID_KEY', `a key is a string, not ${typeof key}`)
  if (key === '') throw new HearsayError('ERR_INVALID_KEY', 'a key cannot be empty')
  const bytes = utf8Length(key)
  if (bytes < 0) throw new HearsayError('ERR_INVALID_KEY', 'a key must be well-formed Unicode: it has a lone surrogate')
  throw new HearsayError('ERR_INVALID_KEY', `a key is at most ${KEY_BYTES_MAX} bytes of UTF-8, this one is ${bytes}`)
}

/** Order by UTF-8 bytes, which is the order of code points. */
export function compareKeys(a: string, b: string): number {
  if (a === b) return 0
  const shared = Math.min(a.length, b.length)
  for (let i = 0; i < shared; i++) {
    const x = a.charCodeAt(i)
    const y = b.charCodeAt(i)
    if (x !== y) return orderUnit(x) - orderUnit(y)
  }
  return a.length - b.length
}

// Surrogates stand for code points above U+FFFF: they sort behind U+E000 to U+FFFF, which the shift makes so.
function orderUnit(unit: number): number {
  if (unit < 0xd800) return unit
  return unit >= 0xe000 ? unit - 0x800 : unit + 0x2000
}
