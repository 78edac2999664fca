/**
 * A session is one client's connection to this node: it decodes requests, asks the host, and sends each reply when it
 * is there. It opens with the client's hello; a client that says anything else, or something that is not the protocol,
 * gets an error of id 0 and is closed. Whatever a client does costs this node a bounded amount: writes in flight,
 * watches, the size of a page, and the bytes that wait for a client that does not read.
 *
 * What is true of the store is the host's; what a watcher gets and when is the feed's; what operators ask is served in
 * `operator-requests.ts`.
 */

import type { Entry } from '../core/entry.ts'
import { type ErrorCode, HearsayError, invariant } from '../core/errors.ts'
import type { Link, LinkEvents, Logger, Timers } from '../core/ports.ts'
import type { HostApi } from '../host/host-api.ts'
import { decodeClientMessage, encodeNodeMessage } from '../wire/client-codec.ts'
import type { ClientHello, ClientMessage, Reply, Request } from '../wire/client-messages.ts'
import { PeerError } from '../wire/peer-error.ts'
import { WIRE_VERSION } from '../wire/peer-messages.ts'
import { OperatorRequests } from './operator-requests.ts'
import type { SessionCounts } from './session-counts.ts'
import { FEED_KEYS_WAITING_MAX, type Feed, type FeedBudget, startFeed } from './watch-feed.ts'
import { withoutValue } from './without-value.ts'

/** Writes of one session that wait for the disk. One more fails with `ERR_OVERLOADED`. */
export const WRITES_IN_FLIGHT_MAX = 1_024
/** Watches of one session. One more fails with `ERR_OVERLOADED`. */
export const SESSION_WATCHES_MAX = 256
/** Entries in one page of a scan. */
export const PAGE_ENTRIES_MAX = 1_000
/** A page ends at the entry with which its keys and values pass this many bytes. */
export const PAGE_BYTES_MAX: number = 256 * 1024
/** With more than this queued on the link, feeds wait. */
export const QUEUED_BYTES_HIGH: number = 8 * 1024 * 1024
/** With more than this queued on the link, the client is not reading: the session ends. */
export const QUEUED_BYTES_MAX: number = 32 * 1024 * 1024
/** A client that has not said hello by then is closed. */
export const HELLO_TIMEOUT_MS = 10_000
/** A client that says nothing for between one and two of these is gone; clients ping every 5 s. */
export const SILENCE_MS = 30_000

export interface SessionOptions {
  readonly api: HostApi
  readonly link: Link
  /** The longest frame that this node takes, told to the client. */
  readonly frameBytesMax: number
  /** Whether `fault` requests are served. */
  readonly faults: boolean
  readonly logger: Logger
  readonly timers: Timers
  readonly counts: SessionCounts
}

/** Serves the client behind `link`, which is or will be open; feed it the link's events. */
export function createSession(options: SessionOptions): LinkEvents {
  return new Session(options)
}

class Session implements LinkEvents {
  readonly #api: HostApi
  readonly #link: Link
  readonly #options: SessionOptions
  readonly #timers: Timers
  readonly #counts: SessionCounts
  readonly #feeds = new Map<number, Feed>()
  readonly #operator: OperatorRequests
  readonly #budget: FeedBudget = { max: FEED_KEYS_WAITING_MAX, waiting: 0 }
  #phase: 'hello' | 'open' | 'closed' = 'hello'
  #writesInFlight = 0
  #heard = false
  #cancelTimer: () => void

  constructor(options: SessionOptions) {
    this.#options = options
    this.#api = options.api
    this.#link = options.link
    this.#timers = options.timers
    this.#counts = options.counts
    this.#operator = new OperatorRequests({
      api: options.api,
      faults: options.faults,
      reply: (reply) => this.#reply(reply),
      fail: (id, error) => this.#fail(id, error),
    })
    this.#counts.sessionsOpen++
    this.#cancelTimer = this.#timers.after(HELLO_TIMEOUT_MS, () => this.#refuse('no hello from the client'))
  }

  opened(): void {}

  frame(bytes: Uint8Array): void {
    if (this.#phase === 'closed') return
    this.#heard = true
    let message: ClientMessage
    try {
      message = decodeClientMessage(bytes)
    } catch (error) {
      if (!(error instanceof PeerError)) throw error
      this.#refuse(error.message)
      return
    }
    if (this.#phase === 'open') {
      if (message.kind === 'hello') this.#refuse('a second hello')
      else this.#serve(message)
    } else if (message.kind === 'hello') this.#greet(message)
    else this.#refuse('a request before the hello')
  }

  drained(): void {
    for (const feed of [...this.#feeds.values()]) feed.resume()
  }

  closed(_reason: string): void {
    this.#end()
  }

  #greet(hello: ClientHello): void {
    if (hello.wire !== WIRE_VERSION) {
      this.#refuse(`the client speaks wire version ${hello.wire}, this node speaks ${WIRE_VERSION}`)
      return
    }
    const { cluster, name, valueBytesMax } = this.#api
    if (hello.cluster !== '' && hello.cluster !== cluster) {
      this.#refuse(`this node is of cluster ${cluster}, not ${hello.cluster}`, 'ERR_WRONG_CLUSTER')
      return
    }
    this.#phase = 'open'
    this.#watchSilence()
    const frameBytesMax = this.#options.frameBytesMax
    this.#link.send(
      encodeNodeMessage({ kind: 'hello', wire: WIRE_VERSION, cluster, name, valueBytesMax, frameBytesMax }),
    )
  }

  #serve(request: Request): void {
    this.#counts.requests++
    try {
      this.#answer(request)
    } catch (error) {
      // The host refuses what a caller got wrong; a rule of our own that broke must stop the node instead.
      if (!(error instanceof HearsayError) || error.code === 'ERR_INTERNAL') throw error
      this.#fail(request.id, error)
    }
  }

  #answer(request: Request): void {
    const { id } = request
    const { notReady } = this.#api
    // A node that comes up shows how far it is, and nothing of a store that is not whole.
    if (notReady !== undefined && request.kind !== 'status' && request.kind !== 'ping') throw notReady
    switch (request.kind) {
      case 'get': {
        const entry = this.#api.get(request.key)
        const shown = entry && (request.wantValue ? entry : withoutValue(entry))
        this.#reply({ kind: 'entry', id, entry: shown, stalenessMs: roundedUp(this.#api.stalenessMs()) })
        return
      }
      case 'write':
        this.#write(request)
        return
      case 'scan':
        this.#scan(request)
        return
      case 'watch':
        this.#watch(request)
        return
      case 'unwatch':
        this.#dropFeed(request.watch)
        this.#reply({ kind: 'done', id })
        return
      case 'ping':
        this.#reply({ kind: 'done', id })
        // A link that never was above its own high-water mark never drains, and feeds may wait for less than that.
        this.drained()
        return
      default:
        this.#operator.serve(request)
    }
  }

  #write({ id, changes }: Extract<Request, { kind: 'write' }>): void {
    if (this.#writesInFlight >= WRITES_IN_FLIGHT_MAX) {
      throw new HearsayError('ERR_OVERLOADED', `more than ${WRITES_IN_FLIGHT_MAX} writes of this client wait`)
    }
    this.#writesInFlight++
    this.#api.write(changes, (error, version) => {
      this.#writesInFlight--
      if (error !== undefined) {
        this.#fail(id, error)
        return
      }
      invariant(version !== undefined, 'a write that succeeds has a version')
      this.#reply({ kind: 'written', id, version: { time: version.time, origin: version.origin } })
    })
  }

  #scan({ id, range, reverse, limit, wantValues, wantTombstones }: Extract<Request, { kind: 'scan' }>): void {
    if (limit < 1) throw new HearsayError('ERR_INVALID_ARGUMENT', 'a page has at least one entry')
    const { entries, more } = this.#api.page(range, {
      reverse,
      limit: Math.min(limit, PAGE_ENTRIES_MAX),
      bytesMax: PAGE_BYTES_MAX,
      tombstones: wantTombstones,
    })
    this.#reply({ kind: 'page', id, entries: wantValues ? entries : entries.map(withoutValue), more })
  }

  #watch({ id, range }: Extract<Request, { kind: 'watch' }>): void {
    if (this.#feeds.has(id)) {
      this.#refuse(`a watch of id ${id} is open already`)
      return
    }
    if (this.#feeds.size >= SESSION_WATCHES_MAX) {
      throw new HearsayError('ERR_OVERLOADED', `at most ${SESSION_WATCHES_MAX} watches a client`)
    }
    const sink = {
      canTake: () => this.#link.queuedBytes < QUEUED_BYTES_HIGH,
      events: (entries: readonly Entry[], ready: boolean) => this.#reply({ kind: 'events', id, entries, ready }),
      overflow: () => {
        this.#counts.watchesOverflowed++
        this.#dropFeed(id)
        this.#fail(id, new HearsayError('ERR_WATCH_OVERFLOW', 'the client reads more slowly than keys change'))
      },
    }
    this.#counts.watchesOpen++
    this.#feeds.set(id, startFeed({ api: this.#api, range, timers: this.#timers, sink, budget: this.#budget }))
  }

  #dropFeed(id: number): void {
    const feed = this.#feeds.get(id)
    if (feed === undefined) return
    this.#feeds.delete(id)
    this.#counts.watchesOpen--
    feed.stop()
  }

  #fail(id: number, { code, message, maybeApplied }: HearsayError): void {
    this.#reply({ kind: 'error', id, code, message, maybeApplied })
  }

  #reply(reply: Reply): void {
    if (this.#phase !== 'open') return
    this.#link.send(encodeNodeMessage(reply))
    if (this.#link.queuedBytes <= QUEUED_BYTES_MAX) return
    this.#counts.sessionsTooSlow++
    this.#options.logger.warn(
      { client: this.#link.remote, queuedBytes: this.#link.queuedBytes },
      'closed a client that asks for more than it reads',
    )
    this.#end()
    this.#link.close('the client does not read')
  }

  /** Ends the session for what the client sent: said once in the log, once to the client. */
  #refuse(why: string, code: ErrorCode = 'ERR_PROTOCOL'): void {
    this.#counts.sessionsRefused++
    this.#options.logger.warn({ client: this.#link.remote, code }, `refused a client: ${why}`)
    this.#link.send(encodeNodeMessage({ kind: 'error', id: 0, code, message: why, maybeApplied: false }))
    this.#end()
    this.#link.close(why)
  }

  // A peer that lost power closes nothing: without this its session would stay for as long as TCP believes in it.
  #watchSilence(): void {
    this.#heard = false
    this.#cancelTimer()
    this.#cancelTimer = this.#timers.after(SILENCE_MS, () => {
      if (this.#heard) {
        this.#watchSilence()
        return
      }
      this.#end()
      this.#link.close('the client is silent')
    })
  }

  #end(): void {
    if (this.#phase === 'closed') return
    this.#phase = 'closed'
    this.#counts.sessionsOpen--
    this.#cancelTimer()
    this.#operator.close()
    for (const id of [...this.#feeds.keys()]) this.#dropFeed(id)
  }
}

/** The wire has whole milliseconds; a bound must not shrink. */
function roundedUp(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : Math.max(0, Math.ceil(ms))
}
