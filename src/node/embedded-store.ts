/**
 * The store in the user's own process: `Store` over the host, with no bytes and no connection between them. Reads answer
 * from memory in a promise that is already resolved; writes resolve when the log has them. `get` is the hot path: without
 * options it makes no timer, no listener and one promise.
 *
 * What is true is the host's; how a watch is fed is `server/watch-feed.ts`, the same as for remote clients.
 */

import {
  abortedError,
  type CallOptions,
  checkCallOptions,
  closedError,
  TIMEOUT_MS_MAX,
  timeoutError,
} from '../client/call-options.ts'
import { type Codec, strictCodec } from '../client/codec.ts'
import { toChanges, toPut, toScanOrder } from '../client/operations.ts'
import { rangeBehind, toRange } from '../client/range-options.ts'
import { shownEntry } from '../client/shown-entry.ts'
import type {
  BatchOperation,
  PutOptions,
  ReadEntry,
  ScanOptions,
  Store,
  StoreEntry,
  Watch,
  WatchOptions,
} from '../client/store.ts'
import { universalTimers } from '../client/universal-timers.ts'
import { WatchStream } from '../client/watch-stream.ts'
import type { Change } from '../core/change.ts'
import type { LiveEntry, Version } from '../core/entry.ts'
import { HearsayError, invariant } from '../core/errors.ts'
import { checkKey } from '../core/key.ts'
import type { Timers } from '../core/ports.ts'
import type { KeyRange } from '../core/range.ts'
import type { HostApi } from '../host/host-api.ts'
import { FEED_KEYS_WAITING_MAX, startFeed } from '../server/watch-feed.ts'

/** Entries that a scan reads at one time; then the loop gets a turn. */
const SCAN_PAGE_ENTRIES = 1_000
/** A page of a scan ends at the entry with which its keys and values pass this many bytes. Values are not copied. */
const SCAN_PAGE_BYTES: number = 4 * 1024 * 1024
/** Watches open at one time on one embedded store. One more fails with `ERR_OVERLOADED`. */
export const EMBEDDED_WATCHES_MAX = 4_096

const ABSENT: Promise<undefined> = Promise.resolve(undefined)

/** `onClose` stops the node; it is called once, when the store is closed, and `close` waits for it. */
export function embeddedStore<V>(
  api: HostApi,
  codec: Codec<V>,
  onClose: () => Promise<void>,
  timers: Timers = universalTimers,
): Store<V> {
  return new EmbeddedStore(api, strictCodec(codec), onClose, timers)
}

class EmbeddedStore<V> implements Store<V> {
  readonly #api: HostApi
  readonly #codec: Codec<V>
  readonly #onClose: () => Promise<void>
  readonly #timers: Timers
  /** What ends each open watch. */
  readonly #watches = new Set<(error: HearsayError) => void>()
  #closing: Promise<void> | undefined

  constructor(api: HostApi, codec: Codec<V>, onClose: () => Promise<void>, timers: Timers) {
    this.#api = api
    this.#codec = codec
    this.#onClose = onClose
    this.#timers = timers
  }

  // No async function: it costs a frame that can be resumed, which a read that never waits does not need.
  get(key: string, options?: CallOptions): Promise<V | undefined> {
    try {
      const entry = this.#read(key, options)
      return entry === undefined ? ABSENT : Promise.resolve(this.#codec.decode(entry.value))
    } catch (error) {
      return Promise.reject(error)
    }
  }

  async getEntry(key: string, options?: CallOptions): Promise<ReadEntry<V> | undefined> {
    const entry = this.#read(key, options)
    return entry && { ...shownEntry(entry, this.#codec), stalenessMs: this.#api.stalenessMs() }
  }

  async has(key: string, options?: CallOptions): Promise<boolean> {
    return this.#read(key, options) !== undefined
  }

  async put(key: string, value: V, options?: PutOptions): Promise<Version> {
    checkKey(key)
    return this.#write([toPut(key, value, options?.ttl, this.#codec)], options)
  }

  async delete(key: string, options?: CallOptions): Promise<Version> {
    checkKey(key)
    return this.#write([{ key, value: undefined }], options)
  }

  async batch(operations: readonly BatchOperation<V>[], options?: CallOptions): Promise<Version> {
    return this.#write(toChanges(operations, this.#codec), options)
  }

  scan(options: ScanOptions = {}): AsyncIterableIterator<StoreEntry<V>> {
    this.#check(options)
    return this.#scan(toRange(options), toScanOrder(options), options.signal)
  }

  watch(options: WatchOptions = {}): Watch<V> {
    this.#check(options)
    const range = toRange(options)
    if (this.#watches.size >= EMBEDDED_WATCHES_MAX) {
      throw new HearsayError('ERR_OVERLOADED', `at most ${EMBEDDED_WATCHES_MAX} watches may be open`)
    }
    return this.#watch(range, options)
  }

  close(): Promise<void> {
    this.#closing ??= this.#onClose()
    for (const end of [...this.#watches]) end(closedError())
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #check(options: CallOptions | undefined): void {
    if (this.#closing !== undefined) throw closedError()
    checkCallOptions(options)
  }

  #read(key: string, options: CallOptions | undefined): LiveEntry | undefined {
    if (this.#closing !== undefined || options !== undefined) this.#check(options)
    if (typeof key === 'string') {
      const entry = this.#api.get(key)
      if (entry !== undefined) return entry.kind === 'live' ? entry : undefined
    }
    // A key that is there is a key; only one that is missing may be none at all.
    checkKey(key)
    return undefined
  }

  #write(changes: readonly Change[], options: CallOptions | undefined): Promise<Version> {
    this.#check(options)
    return new Promise((resolve, reject) => {
      const release = options === undefined ? undefined : this.#bound(options, reject)
      this.#api.write(changes, (error, version) => {
        release?.()
        if (error !== undefined) {
          reject(error)
          return
        }
        invariant(version !== undefined, 'a write that succeeds has a version')
        resolve({ time: version.time, origin: version.origin })
      })
    })
  }

  /** Rejects a write at its deadline or abort; it is with the host by then, so it may be applied. */
  #bound({ signal, timeout }: CallOptions, reject: (error: HearsayError) => void): () => void {
    const onAbort = (): void => {
      release()
      if (signal !== undefined) reject(abortedError(signal, true))
    }
    const cancel =
      timeout === undefined
        ? undefined
        : this.#timers.after(Math.min(timeout, TIMEOUT_MS_MAX), () => {
            release()
            reject(timeoutError(timeout, true))
          })
    signal?.addEventListener('abort', onAbort)
    const release = (): void => {
      cancel?.()
      signal?.removeEventListener('abort', onAbort)
    }
    return release
  }

  async *#scan(
    whole: KeyRange,
    { limit, reverse }: { limit: number; reverse: boolean },
    signal: AbortSignal | undefined,
  ): AsyncIterableIterator<StoreEntry<V>> {
    let range = whole
    let left = limit
    while (left > 0) {
      this.#check({ signal })
      const page = this.#api.page(range, {
        reverse,
        limit: Math.min(left, SCAN_PAGE_ENTRIES),
        bytesMax: SCAN_PAGE_BYTES,
        tombstones: false,
      })
      for (const entry of page.entries) if (entry.kind === 'live') yield shownEntry(entry, this.#codec)
      left -= page.entries.length
      const last = page.entries.at(-1)
      if (!page.more || last === undefined) return
      range = rangeBehind(range, last.key, reverse)
      // A loop over promises that are resolved already would hold the thread until the last key.
      await new Promise<void>((resolve) => this.#timers.afterTurn(resolve))
    }
  }

  #watch(range: KeyRange, { signal, timeout }: WatchOptions): Watch<V> {
    const end = (error: HearsayError): void => {
      release()
      stream.fail(error)
    }
    const onAbort = (): void => signal && end(abortedError(signal, false))
    const stream = new WatchStream(this.#codec, { onEnd: () => release(), onRoom: () => feed.resume() })
    const feed = startFeed({
      api: this.#api,
      range,
      timers: this.#timers,
      budget: { max: FEED_KEYS_WAITING_MAX, waiting: 0 },
      sink: {
        canTake: () => stream.hasRoom,
        events: (entries, ready) => {
          for (const entry of entries) stream.push(entry)
          if (!ready) return
          cancel?.()
          stream.push('ready')
        },
        overflow: () => end(new HearsayError('ERR_WATCH_OVERFLOW', 'the reader is slower than keys change')),
      },
    })
    const cancel =
      timeout === undefined
        ? undefined
        : this.#timers.after(Math.min(timeout, TIMEOUT_MS_MAX), () => end(timeoutError(timeout, false)))
    signal?.addEventListener('abort', onAbort)
    this.#watches.add(end)
    const release = (): void => {
      feed.stop()
      cancel?.()
      signal?.removeEventListener('abort', onAbort)
      this.#watches.delete(end)
    }
    return stream
  }
}
