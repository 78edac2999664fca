/**
 * A range of keys by byte order, and the check that it is one. A prefix is a range too: from the prefix up to the first
 * key behind all that begin with it.
 */

import { HearsayError } from './errors.ts'
import { compareKeys, KEY_BYTES_MAX, utf8Length } from './key.ts'

/** Bounds by the byte order of keys; a missing bound is open. Only one of `gt`, `gte` and one of `lt`, `lte`. */
export interface KeyRange {
  readonly gt?: string
  readonly gte?: string
  readonly lt?: string
  readonly lte?: string
}

/** The end of a prefix range may be one byte longer than the longest key. */
const BOUND_BYTES_MAX = KEY_BYTES_MAX + 4

/** Throws `ERR_INVALID_ARGUMENT` for two bounds on one side or for a bound that no key can be compared with. */
export function checkRange(range: KeyRange): void {
  if ((range.gt !== undefined && range.gte !== undefined) || (range.lt !== undefined && range.lte !== undefined)) {
    throw new HearsayError('ERR_INVALID_ARGUMENT', 'a range has one bound a side: gt or gte, lt or lte')
  }
  for (const bound of [range.gt, range.gte, range.lt, range.lte]) if (bound !== undefined) checkBound(bound)
}

export function inRange(key: string, range: KeyRange): boolean {
  if (range.gt !== undefined && compareKeys(key, range.gt) <= 0) return false
  if (range.gte !== undefined && compareKeys(key, range.gte) < 0) return false
  if (range.lt !== undefined && compareKeys(key, range.lt) >= 0) return false
  return range.lte === undefined || compareKeys(key, range.lte) <= 0
}

/** The range of all keys that begin with `prefix`. The empty prefix is everything. */
export function prefixRange(prefix: string): KeyRange {
  if (prefix === '') return {}
  const points = [...prefix]
  // The next code point of the last character that has one: nothing sorts between it and the prefixed keys.
  while (points.length > 0) {
    const last = points.pop()?.codePointAt(0) ?? 0
    if (last === 0x10ffff) continue
    const next = last === 0xd7ff ? 0xe000 : last + 1
    return { gte: prefix, lt: points.join('') + String.fromCodePoint(next) }
  }
  return { gte: prefix }
}

function checkBound(bound: string): void {
  const bytes = typeof bound === 'string' ? utf8Length(bound) : -1
  if (bytes < 1 || bytes > BOUND_BYTES_MAX) {
    throw new HearsayError('ERR_INVALID_ARGUMENT', `a bound is 1 to ${KEY_BYTES_MAX} bytes of well-formed Unicode`)
  }
}
