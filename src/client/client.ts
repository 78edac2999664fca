/**
 * A client is a `Store` whose node is at the other end of a WebSocket. It is there at once and finds a node in the
 * background, fails over by itself, never throws for a lost connection, and lets no call wait beyond its deadline. This
 * file puts the parts together: `line.ts` (the connection), `calls.ts` (what waits for an answer), `remote-watches.ts`.
 * Nothing here needs Node.js; what carries the frames comes from the entry point.
 */

import type { Version } from '../core/entry.ts'
import { HearsayError } from '../core/errors.ts'
import { checkKey } from '../core/key.ts'
import type { Clock, Timers, Transport } from '../core/ports.ts'
import type { KeyRange } from '../core/range.ts'
import type { Rng } from '../core/rng.ts'
import { isAddress } from '../transport/link-url.ts'
import type { Reply } from '../wire/client-messages.ts'
import { LABEL_CHARS_MAX } from '../wire/limits.ts'
import { type Admin, createAdmin, SCAN_PAGE_ENTRIES } from './admin.ts'
import { type CallOptions, wrong } from './call-options.ts'
import { Calls, versionOf } from './calls.ts'
import { type Codec, json, strictCodec } from './codec.ts'
import { Line, type LineStatus, type Traffic } from './line.ts'
import { toChanges, toScanOrder } from './operations.ts'
import { rangeBehind, toRange } from './range-options.ts'
import { RemoteWatches } from './remote-watches.ts'
import { shownEntry } from './shown-entry.ts'
import type {
  BatchOperation,
  PutOptions,
  ReadEntry,
  ScanOptions,
  Store,
  StoreEntry,
  Watch,
  WatchOptions,
} from './store.ts'
import { universalClock, universalTimers } from './universal-timers.ts'

/** Milliseconds that a call may take, waiting for a connection included, when it says nothing else. */
export const TIMEOUT_MS_DEFAULT = 10_000
/** Calls that may wait to be sent. */
export const QUEUE_MAX_DEFAULT = 10_000
/** Addresses that one client may have. */
export const URLS_MAX = 256
/** How long `close` waits for the other side to agree. */
const CLOSE_WAIT_MS = 1_000

export interface ConnectOptions<V> {
  /** How values become bytes. Default: `json`. */
  readonly codec?: Codec<V> | undefined
  /** The cluster that the nodes must belong to; any when it is missing. */
  readonly cluster?: string | undefined
  /** Default deadline of a call, ms, > 0. Default 10,000. */
  readonly timeout?: number | undefined
  /** Calls that may wait to be sent, ≥ 1; one more fails with `ERR_OVERLOADED`. Default 10,000. */
  readonly queueMax?: number | undefined
  /**
   * Until the first connection, fail calls with `ERR_UNREACHABLE` once no address could be reached, instead of waiting
   * for one until their deadline. For programs that run once. Default false.
   */
  readonly failFast?: boolean | undefined
}

/** The outer world. Tests and simulations put their own in its place. */
export interface ConnectPorts {
  readonly transport: Transport
  readonly timers?: Timers | undefined
  readonly clock?: Pick<Clock, 'monoMs'> | undefined
  readonly rng?: Rng | undefined
}

export interface Client<V> extends Store<V> {
  /** `open` while a node is connected. */
  readonly status: LineStatus
  /** Calls without an answer, waiting or sent. */
  readonly pending: number
  /** The name of the node that is connected now. */
  readonly node: string | undefined
  /** What the protocol has sent and received so far, over all connections; without what WebSocket and TCP add. */
  readonly traffic: Traffic
  readonly admin: Admin
}

/**
 * A store on the nodes at `urls` (`ws://host:port`, `wss://…`, or `host:port`); the next is tried when one fails. A port
 * may be missing behind `ws://` (80) and `wss://` (443) only.
 * Returns at once; calls wait for the connection. Throws `ERR_INVALID_ARGUMENT` for wrong arguments.
 */
export type Connect = <V = unknown>(urls: string | readonly string[], options?: ConnectOptions<V>) => Client<V>

/** `connect` over the given ports. */
export function connectOver(ports: ConnectPorts): Connect {
  return <V>(urls: string | readonly string[], options: ConnectOptions<V> = {}) => {
    if (typeof options !== 'object' || options === null) throw wrong('options must be an object')
    return new RemoteStore<V>(toUrls(urls), options, ports)
  }
}

class RemoteStore<V> implements Client<V> {
  readonly admin: Admin
  readonly #codec: Codec<V>
  readonly #timers: Timers
  readonly #calls: Calls
  readonly #watches: RemoteWatches<V>
  readonly #line: Line
  #closing: Promise<void> | undefined

  constructor(urls: readonly string[], options: ConnectOptions<V>, ports: ConnectPorts) {
    const { cluster = '', timeout: timeoutMs = TIMEOUT_MS_DEFAULT, queueMax = QUEUE_MAX_DEFAULT } = options
    if (typeof cluster !== 'string' || cluster.length > LABEL_CHARS_MAX) throw wrong('cluster must be a short string')
    if (!(typeof timeoutMs === 'number' && timeoutMs > 0)) throw wrong('timeout must be a number of ms above 0')
    if (!(Number.isSafeInteger(queueMax) && queueMax >= 1)) throw wrong('queueMax must be an integer, 1 or more')
    // The default codec takes every type that the caller may have named.
    this.#codec = strictCodec(options.codec ?? (json as Codec<V>))
    this.#timers = ports.timers ?? universalTimers
    const clock = ports.clock ?? universalClock
    const line = (): Line => this.#line
    this.#calls = new Calls({ timers: this.#timers, clock, timeoutMs, queueMax }, line)
    this.#watches = new RemoteWatches(this.#codec, this.#timers, line, (why) => this.#calls.leave(why))
    this.admin = createAdmin(this.#calls)
    this.#line = new Line({
      urls,
      cluster,
      failFast: options.failFast ?? false,
      transport: ports.transport,
      timers: this.#timers,
      rng: ports.rng ?? Math.random,
      events: {
        opened: () => {
          this.#watches.opened()
          this.#calls.flush()
        },
        reply: (reply) => {
          if (!this.#watches.take(reply)) this.#calls.answer(reply)
        },
        room: () => this.#calls.flush(),
        lost: () => {
          this.#watches.lost()
          this.#calls.lost(this.#line.lastReason)
        },
        refused: ({ code, message }) => {
          this.#calls.failAll(() => new HearsayError(code, message))
          this.#watches.failAll(() => new HearsayError(code, message))
        },
      },
    })
  }

  get status(): LineStatus {
    return this.#line.status
  }

  get pending(): number {
    return this.#calls.pending
  }

  get node(): string | undefined {
    return this.#line.node?.name
  }

  get traffic(): Traffic {
    return this.#line.traffic
  }

  async get(key: string, options?: CallOptions): Promise<V | undefined> {
    const { entry } = await this.#entry(key, true, options)
    return entry?.kind === 'live' ? this.#codec.decode(entry.value) : undefined
  }

  async getEntry(key: string, options?: CallOptions): Promise<ReadEntry<V> | undefined> {
    const { entry, stalenessMs } = await this.#entry(key, true, options)
    return entry?.kind === 'live' ? { ...shownEntry(entry, this.#codec), stalenessMs } : undefined
  }

  async has(key: string, options?: CallOptions): Promise<boolean> {
    return (await this.#entry(key, false, options)).entry?.kind === 'live'
  }

  async put(key: string, value: V, options?: PutOptions): Promise<Version> {
    return this.batch([{ type: 'put', key, value, ttl: options?.ttl }], options)
  }

  async delete(key: string, options?: CallOptions): Promise<Version> {
    return this.batch([{ type: 'del', key }], options)
  }

  async batch(operations: readonly BatchOperation<V>[], options?: CallOptions): Promise<Version> {
    const changes = toChanges(operations, this.#codec)
    return versionOf((await this.#calls.ask({ kind: 'write', changes }, 'written', options)).version)
  }

  scan(options: ScanOptions = {}): AsyncIterableIterator<StoreEntry<V>> {
    this.#calls.check(options)
    return this.#scan(toRange(options), toScanOrder(options), options)
  }

  watch(options: WatchOptions = {}): Watch<V> {
    this.#calls.check(options)
    return this.#watches.open(toRange(options), options)
  }

  close(): Promise<void> {
    this.#closing ??= new Promise((resolve) => {
      this.#watches.close()
      this.#calls.close()
      const cancel = this.#timers.after(CLOSE_WAIT_MS, resolve)
      this.#line.close(() => {
        cancel()
        resolve()
      })
    })
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #entry(
    key: string,
    wantValue: boolean,
    options: CallOptions | undefined,
  ): Promise<Extract<Reply, { kind: 'entry' }>> {
    checkKey(key)
    return this.#calls.ask({ kind: 'get', key, wantValue }, 'entry', options)
  }

  async *#scan(
    whole: KeyRange,
    { limit, reverse }: { limit: number; reverse: boolean },
    { signal, timeout }: CallOptions,
  ): AsyncIterableIterator<StoreEntry<V>> {
    let range = whole
    let left = limit
    while (left > 0) {
      const { entries, more } = await this.#calls.ask(
        {
          kind: 'scan',
          range,
          reverse,
          limit: Math.min(left, SCAN_PAGE_ENTRIES),
          wantValues: true,
          wantTombstones: false,
        },
        'page',
        { signal, timeout },
      )
      for (const entry of entries) if (entry.kind === 'live') yield shownEntry(entry, this.#codec)
      left -= entries.length
      const last = entries.at(-1)
      if (!more || last === undefined) return
      range = rangeBehind(range, last.key, reverse)
    }
  }
}

function toUrls(urls: string | readonly string[]): readonly string[] {
  const list: readonly unknown[] = typeof urls === 'string' ? [urls] : urls
  if (!Array.isArray(list) || list.length === 0 || list.length > URLS_MAX) {
    throw wrong(`connect needs one address or an array of up to ${URLS_MAX}`)
  }
  return [...new Set(Array.from(list, toUrl))]
}

function toUrl(url: unknown): string {
  if (typeof url !== 'string') throw wrong('an address is a string such as ws://host:7070')
  if (!isAddress(url)) throw wrong(`${url} is not an address such as ws://host:7070 or host:7070`)
  return url.includes('://') ? url : `ws://${url}`
}
