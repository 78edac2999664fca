/**
 * `Store` is what a user holds: the same calls on a node in their own process and on one at the other end of a
 * WebSocket. Every call checks its arguments before anything changes, takes a `signal` and a `timeout`, and fails only
 * with a `HearsayError`. A missing key is `undefined`, never an error. Who implements it is elsewhere: `client.ts` over a
 * connection, `node/embedded-store.ts` in the process; one suite of tests holds both to this page.
 */

import type { Version } from '../core/entry.ts'
import type { CallOptions } from './call-options.ts'
import type { RangeOptions } from './range-options.ts'

/** A key with its value, and the version that names the write it came from. */
export interface StoreEntry<V> {
  readonly key: string
  readonly value: V
  readonly version: Version
  /** When it expires, Unix ms; missing when it never does. */
  readonly expiresAt?: number
}

/** What `getEntry` finds. */
export interface ReadEntry<V> extends StoreEntry<V> {
  /**
   * How stale this read can be, ms: when the node answered it had seen every write of every member that was older than
   * that. `undefined`: unknown; the node has not heard from every member yet.
   */
  readonly stalenessMs: number | undefined
}

export interface PutOptions extends CallOptions {
  /**
   * The value expires this long after the node has stamped it, ms: an integer from 1 to 2^48. From then on no read finds
   * it, and watchers get a `delete` with the cause `expire`. Missing: never. A later put decides anew.
   */
  readonly ttl?: number | undefined
}

export type BatchOperation<V> =
  /** `ttl` as in `PutOptions`. */
  | { readonly type: 'put'; readonly key: string; readonly value: V; readonly ttl?: number | undefined }
  | { readonly type: 'del'; readonly key: string }

export interface ScanOptions extends RangeOptions, CallOptions {
  /** From the greatest key to the least. */
  readonly reverse?: boolean | undefined
  /** Most entries, an integer ≥ 0. All when it is missing. */
  readonly limit?: number | undefined
}

/** What to watch: one `key`, a `prefix`, a range, or everything. `timeout` bounds the wait for `ready`. */
export interface WatchOptions extends RangeOptions, CallOptions {
  readonly key?: string | undefined
}

/**
 * `put` and `delete` are changes, and the entries of the current state before `ready`. A `delete` has the cause `expire`
 * when the time of the value was over; its version is then that of the value, as it is when repair has taken away what
 * others had deleted long ago. Of one key versions never fall: a `put` rises, a `delete` rises or is equal. `reset` comes
 * after a connection was lost: forget what was seen so far, since the current state follows anew, up to the next `ready`.
 */
export type WatchEvent<V> =
  | {
      readonly type: 'put'
      readonly key: string
      readonly value: V
      readonly version: Version
      /** When it expires, Unix ms; missing when it never does. */
      readonly expiresAt?: number
    }
  | { readonly type: 'delete'; readonly key: string; readonly version: Version; readonly cause: 'delete' | 'expire' }
  | { readonly type: 'ready' }
  | { readonly type: 'reset' }

/** Ends when the reader leaves the loop, calls `return`, or disposes of it; by an error when it cannot go on. */
export interface Watch<V> extends AsyncIterableIterator<WatchEvent<V>>, AsyncDisposable {
  return(): Promise<IteratorResult<WatchEvent<V>>>
  [Symbol.asyncIterator](): Watch<V>
}

/**
 * Every call may fail with `ERR_INVALID_KEY`, `ERR_INVALID_ARGUMENT`, `ERR_ABORTED`, `ERR_TIMEOUT`, `ERR_CLOSED`; a remote
 * one also with `ERR_UNREACHABLE`, `ERR_OVERLOADED`, `ERR_PROTOCOL`, `ERR_WRONG_CLUSTER`. A write that fails says in
 * `maybeApplied` whether it may have taken effect all the same.
 */
export interface Store<V> extends AsyncDisposable {
  /** The value, or `undefined`. `ERR_INVALID_VALUE` when the bytes do not decode with this store's codec. */
  get(key: string, options?: CallOptions): Promise<V | undefined>
  /** The value with its version, its expiry, and how stale this can be; or `undefined`. */
  getEntry(key: string, options?: CallOptions): Promise<ReadEntry<V> | undefined>
  has(key: string, options?: CallOptions): Promise<boolean>
  /** Also `ERR_INVALID_VALUE`, `ERR_VALUE_TOO_LARGE`, `ERR_OVERLOADED`, `ERR_CLOCK_SKEW`: nothing changed; `ERR_DISK_FAILED`. */
  put(key: string, value: V, options?: PutOptions): Promise<Version>
  /** Deletes; fine when the key is not there. Errors as `put`. */
  delete(key: string, options?: CallOptions): Promise<Version>
  /** All of them in one step, in order; the version of the last. Also `ERR_BATCH_TOO_LARGE`. */
  batch(operations: readonly BatchOperation<V>[], options?: CallOptions): Promise<Version>
  /**
   * Entries in key order. Pages are read as the loop goes on, so a key that is there from beginning to end comes exactly
   * once, and one that changes meanwhile comes as of when its page was read. `timeout` is for each page.
   */
  scan(options?: ScanOptions): AsyncIterableIterator<StoreEntry<V>>
  /**
   * The current state, then `ready`, then changes as they happen; a key's versions never fall. A reader that is too slow sees
   * only the latest change of a key; one that stops reading gets `ERR_WATCH_OVERFLOW`. Call again after an error.
   */
  watch(options?: WatchOptions): Watch<V>
  /** Gives everything back; what still waits fails with `ERR_CLOSED`. Twice is fine. */
  close(): Promise<void>
}
