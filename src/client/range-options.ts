/**
 * What a user says about keys (`prefix`, `gt`, `gte`, `lt`, `lte`, `key`) becomes one `KeyRange`, or an error before
 * anything is asked of a node. A prefix and bounds together mean the keys in both.
 */

import { HearsayError } from '../core/errors.ts'
import { checkKey, compareKeys, KEY_BYTES_MAX, utf8Length } from '../core/key.ts'
import { checkRange, type KeyRange, prefixRange } from '../core/range.ts'
import { wrong } from './call-options.ts'

/** Names as in abstract-level. One lower and one upper bound at most, each a valid key. */
export interface RangeOptions {
  /** Only keys that begin with this; empty for all. */
  readonly prefix?: string | undefined
  readonly gt?: string | undefined
  readonly gte?: string | undefined
  readonly lt?: string | undefined
  readonly lte?: string | undefined
}

interface Bounds {
  gt?: string
  gte?: string
  lt?: string
  lte?: string
}

/** Throws `ERR_INVALID_ARGUMENT` for options that say two things, `ERR_INVALID_KEY` for a bound that cannot be a key. */
export function toRange(options: RangeOptions & { readonly key?: string | undefined }): KeyRange {
  const { key, prefix } = options
  const bounds: Bounds = {}
  for (const name of ['gt', 'gte', 'lt', 'lte'] as const) {
    const bound = options[name]
    if (bound !== undefined) bounds[name] = bound
  }
  checkRange(bounds)
  if (key !== undefined) {
    checkKey(key)
    if (prefix !== undefined || Object.keys(bounds).length > 0) throw wrong('a key stands alone: no prefix, no bounds')
    return { gte: key, lte: key }
  }
  if (prefix === undefined) return bounds
  return intersect(bounds, wholePrefix(prefix))
}

/** What is left of `range` behind `last`, the key that a page ended with. */
export function rangeBehind(range: KeyRange, last: string, reverse: boolean): KeyRange {
  const { gt, gte, lt, lte } = range
  return reverse
    ? { ...(gt !== undefined && { gt }), ...(gte !== undefined && { gte }), lt: last }
    : { ...(lt !== undefined && { lt }), ...(lte !== undefined && { lte }), gt: last }
}

function wholePrefix(prefix: unknown): KeyRange {
  if (typeof prefix !== 'string') throw wrong('prefix must be a string')
  const bytes = utf8Length(prefix)
  if (bytes < 0 || bytes > KEY_BYTES_MAX) {
    throw new HearsayError('ERR_INVALID_KEY', 'no key can begin with this prefix')
  }
  // A prefix as long as a key can be is that key. Its upper bound may be a byte too long to be one.
  return bytes === KEY_BYTES_MAX ? { gte: prefix, lte: prefix } : prefixRange(prefix)
}

function intersect(mine: Bounds, theirs: KeyRange): KeyRange {
  const result: Bounds = { ...mine }
  if (theirs.gte !== undefined) {
    const low = mine.gt ?? mine.gte
    if (low === undefined || compareKeys(theirs.gte, low) > 0) {
      delete result.gt
      result.gte = theirs.gte
    }
  }
  const high = mine.lt ?? mine.lte
  if (theirs.lt !== undefined && (high === undefined || compareKeys(theirs.lt, high) <= 0)) {
    delete result.lte
    result.lt = theirs.lt
  }
  if (theirs.lte !== undefined && (high === undefined || compareKeys(theirs.lte, high) < 0)) {
    delete result.lt
    result.lte = theirs.lte
  }
  return result
}
