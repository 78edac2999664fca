/**
 * A watch as its reader sees it: an async iterator over what a feed or a connection pushes in. Items wait in order and
 * are decoded when they are read. An error comes at once and in front of what waits, once; then the iterator is done.
 * How many items may wait is for whoever pushes: `length` and `bytes` say how it stands, `onRoom` when there is room again.
 */

import type { Entry } from '../core/entry.ts'
import { HearsayError } from '../core/errors.ts'
import type { Codec } from './codec.ts'
import type { Watch, WatchEvent } from './store.ts'

export type WatchItem = Entry | 'ready' | 'reset'

/** A stream with more items than this has no room. */
export const STREAM_ITEMS_HIGH = 1024
/** It has room again below this. */
const STREAM_ITEMS_LOW = 512
/** Calls of `next` that may wait at one time. */
const READERS_MAX = 1024
/** The read part of the array is cut off in steps of this, so that reading costs the same however much waits. */
const CUT_ITEMS = 4096

type Result<V> = IteratorResult<WatchEvent<V>>

interface Reader<V> {
  resolve(result: Result<V>): void
  reject(error: unknown): void
}

export interface StreamOwner {
  /** The reader has left, or an item could not be decoded. Once. */
  onEnd(): void
  /** There is room again after there was none. */
  onRoom(): void
}

export class WatchStream<V> implements Watch<V> {
  readonly #codec: Codec<V>
  readonly #owner: StreamOwner
  readonly #readers: Reader<V>[] = []
  #items: WatchItem[] = []
  #head = 0
  #bytes = 0
  #full = false
  #over = false
  #error: HearsayError | undefined

  constructor(codec: Codec<V>, owner: StreamOwner) {
    this.#codec = codec
    this.#owner = owner
  }

  /** Items that wait to be read. */
  get length(): number {
    return this.#items.length - this.#head
  }

  /** Bytes of keys and values that wait, about. */
  get bytes(): number {
    return this.#bytes
  }

  get hasRoom(): boolean {
    return this.length < STREAM_ITEMS_HIGH
  }

  push(item: WatchItem): void {
    if (this.#over) return
    // What was not read is stale now: a connection that comes and goes must not pile it up.
    if (item === 'reset') this.#clear()
    const reader = this.#readers.shift()
    if (reader !== undefined) {
      this.#settle(reader, item)
      return
    }
    this.#items.push(item)
    this.#bytes += weight(item)
    if (!this.hasRoom) this.#full = true
  }

  /** Ends it by an error, which the reader meets next. The owner knows. */
  fail(error: HearsayError): void {
    if (this.#over) return
    this.#finish()
    const reader = this.#readers.shift()
    if (reader === undefined) this.#error = error
    else reader.reject(error)
    this.#release()
  }

  next(): Promise<Result<V>> {
    if (this.#error !== undefined) {
      const error = this.#error
      this.#error = undefined
      return Promise.reject(error)
    }
    if (this.#over) return Promise.resolve({ done: true, value: undefined })
    return new Promise((resolve, reject) => {
      const item = this.#items[this.#head]
      if (item !== undefined) this.#take(item, { resolve, reject })
      else if (this.#readers.length < READERS_MAX) this.#readers.push({ resolve, reject })
      else reject(new HearsayError('ERR_OVERLOADED', `more than ${READERS_MAX} calls of next wait`))
    })
  }

  return(): Promise<Result<V>> {
    this.#error = undefined
    this.#leave()
    return Promise.resolve({ done: true, value: undefined })
  }

  [Symbol.asyncIterator](): Watch<V> {
    return this
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return()
  }

  #take(item: WatchItem, reader: Reader<V>): void {
    this.#head++
    this.#bytes -= weight(item)
    if (this.#head >= CUT_ITEMS) {
      this.#items = this.#items.slice(this.#head)
      this.#head = 0
    }
    this.#settle(reader, item)
    if (this.#full && this.length < STREAM_ITEMS_LOW && !this.#over) {
      this.#full = false
      this.#owner.onRoom()
    }
  }

  #settle(reader: Reader<V>, item: WatchItem): void {
    try {
      reader.resolve({ done: false, value: this.#event(item) })
    } catch (error) {
      // A loop that meets an error never comes back, so the watch is over.
      reader.reject(error)
      this.#leave()
    }
  }

  #event(item: WatchItem): WatchEvent<V> {
    if (typeof item === 'string') return { type: item }
    const version = { time: item.time, origin: item.origin }
    const { key, expiresAt } = item
    if (item.kind === 'tombstone') {
      return { type: 'delete', key, version, cause: expiresAt === undefined ? 'delete' : 'expire' }
    }
    const value = this.#codec.decode(item.value)
    return expiresAt === undefined
      ? { type: 'put', key, value, version }
      : { type: 'put', key, value, version, expiresAt }
  }

  #leave(): void {
    if (this.#over) return
    this.#finish()
    this.#release()
    this.#owner.onEnd()
  }

  #finish(): void {
    this.#over = true
    this.#clear()
  }

  #clear(): void {
    this.#items = []
    this.#head = 0
    this.#bytes = 0
  }

  #release(): void {
    for (const reader of this.#readers.splice(0)) reader.resolve({ done: true, value: undefined })
  }
}

function weight(item: WatchItem): number {
  if (typeof item === 'string') return 0
  return item.key.length + (item.kind === 'live' ? item.value.length : 0)
}
