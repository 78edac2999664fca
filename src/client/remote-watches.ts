/**
 * The watches of a remote store. Each lives as long as its reader wants it, across connections: when the line opens
 * again the watch is asked for anew, and its reader gets `reset` in front of the fresh state, so that a gap is never
 * silent. A reader that falls too far behind what arrives loses its watch by `ERR_WATCH_OVERFLOW`.
 */

import { HearsayError } from '../core/errors.ts'
import type { Timers } from '../core/ports.ts'
import type { KeyRange } from '../core/range.ts'
import { encodeClientMessage } from '../wire/client-codec.ts'
import type { Reply } from '../wire/client-messages.ts'
import { abortedError, type CallOptions, closedError, TIMEOUT_MS_MAX, timeoutError } from './call-options.ts'
import type { Codec } from './codec.ts'
import type { Line } from './line.ts'
import type { Watch } from './store.ts'
import { WatchStream } from './watch-stream.ts'

/** Watches open at one time on one client; the node serves no more. */
export const CLIENT_WATCHES_MAX = 256
/** Events of one watch that wait for its reader. */
export const WATCH_EVENTS_WAITING_MAX = 65_536
/** Their keys and values, in bytes. */
export const WATCH_BYTES_WAITING_MAX: number = 64 * 1024 * 1024

interface RemoteWatch<V> {
  readonly range: KeyRange
  readonly stream: WatchStream<V>
  /** On the present connection; 0 while there is none. */
  id: number
  /** Whether the reader was given anything that a new connection makes stale. */
  begun: boolean
  cancelTimeout: () => void
  release: () => void
}

export class RemoteWatches<V> {
  readonly #codec: Codec<V>
  readonly #timers: Timers
  readonly #line: () => Line
  readonly #notReady: (error: HearsayError) => void
  readonly #all = new Set<RemoteWatch<V>>()
  readonly #byId = new Map<number, RemoteWatch<V>>()

  /** `notReady`: the node cannot serve them yet; another is to be looked for. */
  constructor(codec: Codec<V>, timers: Timers, line: () => Line, notReady: (error: HearsayError) => void) {
    this.#codec = codec
    this.#timers = timers
    this.#line = line
    this.#notReady = notReady
  }

  open(range: KeyRange, { signal, timeout }: CallOptions): Watch<V> {
    const line = this.#line()
    if (line.refusal !== undefined) throw new HearsayError(line.refusal.code, line.refusal.message)
    if (this.#all.size >= CLIENT_WATCHES_MAX) {
      throw new HearsayError('ERR_OVERLOADED', `at most ${CLIENT_WATCHES_MAX} watches may be open`)
    }
    const stream = new WatchStream(this.#codec, { onEnd: () => this.#drop(watch), onRoom: () => {} })
    const watch: RemoteWatch<V> = { range, stream, id: 0, begun: false, cancelTimeout: () => {}, release: () => {} }
    if (timeout !== undefined) {
      const waitMs = Math.min(timeout, TIMEOUT_MS_MAX)
      watch.cancelTimeout = this.#timers.after(waitMs, () => this.#fail(watch, timeoutError(timeout, false)))
    }
    const onAbort = (): void => signal && this.#fail(watch, abortedError(signal, false))
    signal?.addEventListener('abort', onAbort)
    watch.release = () => {
      watch.cancelTimeout()
      signal?.removeEventListener('abort', onAbort)
    }
    this.#all.add(watch)
    if (line.status === 'open') this.#begin(line, watch)
    return stream
  }

  /** The line is open: ask for everything, again. */
  opened(): void {
    for (const watch of this.#all) this.#begin(this.#line(), watch)
  }

  lost(): void {
    this.#byId.clear()
    for (const watch of this.#all) watch.id = 0
  }

  /** Whether the reply was for a watch. */
  take(reply: Reply): boolean {
    const watch = this.#byId.get(reply.id)
    if (watch === undefined) return false
    if (reply.kind === 'error' && reply.code === 'ERR_NOT_READY') {
      this.#byId.delete(reply.id)
      watch.id = 0
      this.#notReady(new HearsayError(reply.code, reply.message))
    } else if (reply.kind === 'error') this.#fail(watch, new HearsayError(reply.code, reply.message))
    else if (reply.kind === 'events') this.#push(watch, reply)
    else this.#fail(watch, new HearsayError('ERR_PROTOCOL', `the node answered a watch with ${reply.kind}`))
    return true
  }

  failAll(error: () => HearsayError): void {
    for (const watch of [...this.#all]) this.#fail(watch, error())
  }

  close(): void {
    this.failAll(closedError)
  }

  #begin(line: Line, watch: RemoteWatch<V>): void {
    if (watch.begun) watch.stream.push('reset')
    watch.begun = false
    watch.id = line.nextId()
    this.#byId.set(watch.id, watch)
    line.send(encodeClientMessage({ kind: 'watch', id: watch.id, range: watch.range }))
  }

  #push(watch: RemoteWatch<V>, { entries, ready }: Extract<Reply, { kind: 'events' }>): void {
    const { stream } = watch
    watch.begun = true
    for (const entry of entries) stream.push(entry)
    if (ready) {
      watch.cancelTimeout()
      stream.push('ready')
    }
    if (stream.length > WATCH_EVENTS_WAITING_MAX || stream.bytes > WATCH_BYTES_WAITING_MAX) {
      this.#fail(watch, new HearsayError('ERR_WATCH_OVERFLOW', 'the reader is slower than keys change'))
    }
  }

  #fail(watch: RemoteWatch<V>, error: HearsayError): void {
    this.#drop(watch)
    watch.stream.fail(error)
  }

  #drop(watch: RemoteWatch<V>): void {
    if (!this.#all.delete(watch)) return
    watch.release()
    if (watch.id === 0) return
    this.#byId.delete(watch.id)
    const line = this.#line()
    line.send(encodeClientMessage({ kind: 'unwatch', id: line.nextId(), watch: watch.id }))
  }
}
