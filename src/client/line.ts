/**
 * A line is the client's one connection and its search for one: it dials the addresses in turn, for ever, with growing
 * and jittered pauses, says hello, notices a link that went dead in silence, and begins again when it breaks. It throws
 * nothing for a lost connection. Which calls wait or are sent again is for `calls.ts`.
 *
 * A node of another cluster or wire version is a refusal: not waited for, but dialled again at the slowest rate, since
 * another node may stand there later.
 */

import { type ErrorCode, HearsayError } from '../core/errors.ts'
import type { Link, Timers, Transport } from '../core/ports.ts'
import type { Rng } from '../core/rng.ts'
import { decodeNodeMessage, encodeClientMessage } from '../wire/client-codec.ts'
import type { NodeHello, NodeMessage, Reply } from '../wire/client-messages.ts'
import { PeerError } from '../wire/peer-error.ts'
import { WIRE_VERSION } from '../wire/peer-messages.ts'

/** From the start of a dial until the node's hello. */
export const CONNECT_TIMEOUT_MS = 5_000
/** The first pause after a dial that failed; doubled after each round of all addresses. */
export const PAUSE_MS_MIN = 100
export const PAUSE_MS_MAX = 5_000
/**
 * How often silence is looked at. Silent for two looks: ping. For four, so within 8 s: the link is dead, soon enough for
 * reads on it to be sent again before their default deadline.
 */
export const SILENCE_LOOK_MS = 2_000
const LOOKS_BEFORE_PING = 2
const LOOKS_BEFORE_DEAD = 4

/** `open`: a node has said hello. `closed`: by `close`, for good. */
export type LineStatus = 'connecting' | 'open' | 'closed'

/** Bytes of frames. */
export interface Traffic {
  readonly sentBytes: number
  readonly receivedBytes: number
}

export interface LineEvents {
  opened(): void
  reply(reply: Reply): void
  /** More may be sent: the link's queue is short again, or time has passed. */
  room(): void
  /** The open line broke; it is looking for another already. */
  lost(): void
  /** Every address has refused: the line goes on dialling, but nobody should wait for it. */
  refused(error: HearsayError): void
}

export interface LineOptions {
  readonly urls: readonly string[]
  readonly cluster: string
  /** Until the first connection an address that cannot be reached counts as one that refused. */
  readonly failFast: boolean
  readonly transport: Transport
  readonly timers: Timers
  readonly rng: Rng
  readonly events: LineEvents
}

/** Codes in answer to a hello that will not change by waiting. */
const REFUSALS: ReadonlySet<string> = new Set(['ERR_WRONG_CLUSTER', 'ERR_PROTOCOL', 'ERR_NOT_ALLOWED'])

export class Line {
  readonly #options: LineOptions
  readonly #refusals = new Map<string, HearsayError>()
  #status: LineStatus = 'connecting'
  #link: Link | undefined
  #node: NodeHello | undefined
  #wasEverOpen = false
  /** A node has answered, and not that it is not ready. */
  #wasEverUseful = false
  /** Counts dials; events of an earlier one are ignored. */
  #attempt = 0
  #next = 0
  #failures = 0
  #silentLooks = 0
  #sentBytes = 0
  #receivedBytes = 0
  #lastId = 0
  #lastReason = 'no address has been tried yet'
  #lastCode: ErrorCode = 'ERR_UNREACHABLE'
  #url = ''
  #cancelTimer: () => void = () => {}
  #onClosed: (() => void) | undefined

  constructor(options: LineOptions) {
    this.#options = options
    this.#dial()
  }

  get status(): LineStatus {
    return this.#status
  }

  /** The node at the other end while the line is open. */
  get node(): NodeHello | undefined {
    return this.#node
  }

  /** Why the last dial or connection ended. */
  get lastReason(): string {
    return this.#lastReason
  }

  /** What that means to who waited. */
  get lastCode(): ErrorCode {
    return this.#lastCode
  }

  /** Set while every address has refused. */
  get refusal(): HearsayError | undefined {
    if (this.#refusals.size < this.#options.urls.length) return undefined
    return this.#refusals.values().next().value
  }

  get queuedBytes(): number {
    return this.#link?.queuedBytes ?? 0
  }

  /** Since it was made, hellos and pings included. */
  get traffic(): Traffic {
    return { sentBytes: this.#sentBytes, receivedBytes: this.#receivedBytes }
  }

  nextId(): number {
    return ++this.#lastId
  }

  /** Only while the line is open; else it does nothing. */
  send(frame: Uint8Array): void {
    if (this.#status === 'open' && this.#link !== undefined) this.#transmit(this.#link, frame)
  }

  /** The node that it is open to is not ready: on to the next address. */
  leave(why: HearsayError): void {
    if (this.#status !== 'open') return
    const url = this.#url
    this.#drop(url, why.message)
    this.#lastCode = 'ERR_NOT_READY'
    if (this.#options.failFast && !this.#wasEverUseful) this.#giveUpOn(url)
  }

  /** For good. Calls back when the link, if there is one, is gone. Once. */
  close(closed: () => void): void {
    this.#status = 'closed'
    this.#node = undefined
    this.#cancelTimer()
    if (this.#link === undefined) {
      this.#options.timers.afterTurn(closed)
      return
    }
    this.#onClosed = closed
    this.#link.close('the client was closed')
  }

  #dial(): void {
    const { urls, transport, timers, cluster } = this.#options
    const attempt = ++this.#attempt
    const url = urls[this.#next++ % urls.length] ?? ''
    this.#url = url
    const isCurrent = (): boolean => attempt === this.#attempt
    const link = transport.dial(url, {
      opened: () => {
        if (isCurrent()) this.#transmit(link, encodeClientMessage({ kind: 'hello', wire: WIRE_VERSION, cluster }))
      },
      frame: (bytes) => {
        if (isCurrent() && this.#status !== 'closed') this.#frame(url, bytes)
      },
      drained: () => {
        if (isCurrent() && this.#status === 'open') this.#options.events.room()
      },
      closed: (reason) => {
        if (isCurrent()) this.#closed(url, reason)
      },
    })
    this.#link = link
    this.#cancelTimer = timers.after(CONNECT_TIMEOUT_MS, () => this.#drop(url, `no hello in ${CONNECT_TIMEOUT_MS} ms`))
  }

  #transmit(link: Link, frame: Uint8Array): void {
    this.#sentBytes += frame.length
    link.send(frame)
  }

  #frame(url: string, bytes: Uint8Array): void {
    this.#silentLooks = 0
    this.#receivedBytes += bytes.length
    let message: NodeMessage
    try {
      message = decodeNodeMessage(bytes)
    } catch (error) {
      if (!(error instanceof PeerError)) throw error
      this.#refuse(url, new HearsayError('ERR_PROTOCOL', `${url}: ${error.message}`))
      return
    }
    if (message.kind === 'hello') this.#greeted(url, message)
    else if (message.kind === 'error' && message.id === 0) {
      const error = new HearsayError(message.code, `${url}: ${message.message}`)
      if (REFUSALS.has(message.code)) this.#refuse(url, error)
      else this.#drop(url, message.message)
    } else if (this.#status === 'open') {
      // Only an answer shows that this node is of use: one that breaks the line after each hello must not be hammered.
      if (message.kind !== 'error' || message.code !== 'ERR_NOT_READY') {
        this.#failures = 0
        this.#wasEverUseful = true
      }
      this.#options.events.reply(message)
    }
  }

  #greeted(url: string, hello: NodeHello): void {
    if (this.#status === 'open') return
    const { cluster, events } = this.#options
    if (cluster !== '' && hello.cluster !== cluster) {
      this.#refuse(url, new HearsayError('ERR_WRONG_CLUSTER', `${url}: cluster ${hello.cluster}, not ${cluster}`))
      return
    }
    this.#refusals.clear()
    this.#wasEverOpen = true
    this.#node = hello
    this.#status = 'open'
    this.#cancelTimer()
    this.#listen(url)
    events.opened()
  }

  #listen(url: string): void {
    this.#silentLooks = 0
    const look = (): void => {
      this.#silentLooks++
      if (this.#silentLooks >= LOOKS_BEFORE_DEAD) {
        this.#drop(url, 'the node has stopped answering')
        return
      }
      this.#cancelTimer = this.#options.timers.after(SILENCE_LOOK_MS, look)
      if (this.#silentLooks === LOOKS_BEFORE_PING) this.send(encodeClientMessage({ kind: 'ping', id: this.nextId() }))
      this.#options.events.room()
    }
    this.#cancelTimer = this.#options.timers.after(SILENCE_LOOK_MS, look)
  }

  /** The other side is none that this client may talk to. */
  #refuse(url: string, error: HearsayError): void {
    this.#drop(url, error.message, error)
    const refusal = this.refusal
    if (refusal !== undefined) this.#options.events.refused(refusal)
  }

  #drop(url: string, reason: string, refusal?: HearsayError): void {
    const link = this.#link
    // First, so that the link's own `closed` finds another attempt.
    this.#attempt++
    this.#closed(url, reason, refusal)
    link?.close(reason)
  }

  #closed(url: string, reason: string, refusal?: HearsayError): void {
    this.#link = undefined
    this.#cancelTimer()
    if (this.#status === 'closed') {
      this.#onClosed?.()
      return
    }
    this.#lastCode = 'ERR_UNREACHABLE'
    this.#lastReason = reason.startsWith(url) ? reason : `${url}: ${reason}`
    const wasOpen = this.#status === 'open'
    // In the midst of a conversation a refusal is a fault of this connection; before it, of the address.
    if (refusal !== undefined && !wasOpen) this.#refusals.set(url, refusal)
    else this.#refusals.delete(url)
    if (this.#options.failFast && !this.#wasEverOpen && refusal === undefined) this.#giveUpOn(url)
    this.#status = 'connecting'
    this.#node = undefined
    this.#cancelTimer = this.#options.timers.after(this.#pauseMs(wasOpen), () => this.#dial())
    if (wasOpen) this.#options.events.lost()
  }

  #giveUpOn(url: string): void {
    this.#refusals.set(url, new HearsayError(this.#lastCode, this.#lastReason))
    const { refusal } = this
    if (refusal !== undefined) this.#options.events.refused(refusal)
  }

  #pauseMs(wasOpen: boolean): number {
    const { rng, urls } = this.#options
    const failures = this.#failures++
    // The clients of a node that died should not all knock at the next one in the same millisecond.
    if (wasOpen && failures === 0) return rng() * PAUSE_MS_MIN
    if (this.refusal !== undefined) return PAUSE_MS_MAX * (0.5 + rng() / 2)
    const rounds = Math.floor(failures / urls.length)
    return Math.min(PAUSE_MS_MAX, PAUSE_MS_MIN * 2 ** Math.min(rounds, 16)) * (0.5 + rng() / 2)
  }
}
