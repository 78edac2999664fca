/**
 * A user's batch becomes the changes that a node is asked for: keys and times to live checked, values encoded, all before
 * anything is sent or written. Limits of size are the node's own, and checked where they are known.
 */

import type { Change } from '../core/change.ts'
import { checkKey } from '../core/key.ts'
import { TTL_MS_MAX } from '../wire/limits.ts'
import { wrong } from './call-options.ts'
import type { Codec } from './codec.ts'
import type { BatchOperation } from './store.ts'

/** Throws `ERR_INVALID_KEY`, `ERR_INVALID_VALUE`, or `ERR_INVALID_ARGUMENT` for an empty or shapeless batch. */
export function toChanges<V>(operations: readonly BatchOperation<V>[], codec: Codec<V>): Change[] {
  if (!Array.isArray(operations) || operations.length === 0)
    throw wrong('a batch is an array of at least one operation')
  // Not `map`, which would leave the holes of an array as holes.
  return Array.from(operations, (operation: BatchOperation<V>, index) => {
    const type: unknown = operation?.type
    if (type !== 'put' && type !== 'del') throw wrong(`operation ${index} of the batch is neither 'put' nor 'del'`)
    checkKey(operation.key)
    return operation.type === 'put'
      ? toPut(operation.key, operation.value, operation.ttl, codec)
      : { key: operation.key, value: undefined, ttlMs: undefined }
  })
}

/** Of a key that is checked. Throws `ERR_INVALID_VALUE`, or `ERR_INVALID_ARGUMENT` for a wrong `ttl`. */
export function toPut<V>(key: string, value: V, ttl: number | undefined, codec: Codec<V>): Change {
  if (ttl !== undefined && !(Number.isSafeInteger(ttl) && ttl >= 1 && ttl <= TTL_MS_MAX)) {
    throw wrong('ttl must be an integer of milliseconds, from 1 to 2^48')
  }
  return { key, value: codec.encode(value), ttlMs: ttl }
}

/** `limit` and `reverse` as a scan needs them. Throws `ERR_INVALID_ARGUMENT`. */
export function toScanOrder(options: { limit?: number | undefined; reverse?: boolean | undefined }): {
  limit: number
  reverse: boolean
} {
  const { limit = Number.POSITIVE_INFINITY, reverse = false } = options
  if (limit !== Number.POSITIVE_INFINITY && !(Number.isSafeInteger(limit) && limit >= 0)) {
    throw wrong('limit must be an integer, 0 or more')
  }
  if (typeof reverse !== 'boolean') throw wrong('reverse must be a boolean')
  return { limit, reverse }
}
