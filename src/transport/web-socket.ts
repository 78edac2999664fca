/**
 * The same transport over the `WebSocket` that browsers, Deno, Bun and Node.js ≥ 22 bring along, without any import
 * from them. It keeps the promises of `Link`, with two things that this API cannot do: a connection cannot be cut, so
 * a close that is not answered is merely forgotten after two seconds; and nobody tells when the queue has shrunk, so a
 * full link looks every 50 ms.
 */
import { HearsayError } from '../core/errors.ts'
import type { Link, LinkEvents, Transport } from '../core/ports.ts'
import { CLOSE_NORMAL, closeWords, cutReason, TEXT_FRAME } from './close-words.ts'
import { linkUrl } from './link-url.ts'

/** What we need of the WHATWG interface; declared here because the compiler has no DOM. */
export interface WebSocketLike {
  binaryType: string
  readonly readyState: number
  readonly bufferedAmount: number
  send(frame: Uint8Array): void
  close(code: number, reason: string): void
  onopen: ((event: never) => void) | null
  onmessage: ((event: { readonly data: unknown }) => void) | null
  onclose: ((event: { readonly code: number; readonly reason: string }) => void) | null
  onerror: ((event: never) => void) | null
}

export type WebSocketConstructor = new (url: string) => WebSocketLike

export interface WebSocketTransportOptions {
  /** Put behind addresses that have no path. */
  readonly path: string
  readonly frameBytesMax: number
  readonly highWaterBytes: number
  readonly lowWaterBytes: number
  readonly dialTimeoutMs: number
  /** Default: the global one. */
  readonly WebSocket?: WebSocketConstructor
}

const CLOSE_GRACE_MS = 2_000
const DRAIN_LOOK_MS = 50
/** Codes that this API lets an application send start here. */
const CLOSE_PROTOCOL_ERROR = 4_002
const SOCKET_OPEN = 1

/** A transport over the WHATWG WebSocket. Throws `ERR_INVALID_ARGUMENT` where there is none. */
export function createWebSocketTransport(options: WebSocketTransportOptions): Transport {
  const Socket = options.WebSocket ?? (globalThis as unknown as { WebSocket?: WebSocketConstructor }).WebSocket
  if (Socket === undefined) throw new HearsayError('ERR_INVALID_ARGUMENT', 'This runtime has no WebSocket.')
  return { dial: (address, events) => new WebSocketLink(address, events, Socket, options) }
}

class WebSocketLink implements Link {
  readonly remote: string
  readonly #events: LinkEvents
  readonly #options: WebSocketTransportOptions
  readonly #socket: WebSocketLike | undefined
  #state: 'new' | 'open' | 'closing' | 'closed' = 'new'
  #reason: string | undefined
  #timer: ReturnType<typeof setTimeout> | undefined
  #full = false

  constructor(address: string, events: LinkEvents, Socket: WebSocketConstructor, options: WebSocketTransportOptions) {
    this.remote = address
    this.#events = events
    this.#options = options
    this.#socket = this.#dial(address, Socket)
  }

  #dial(address: string, Socket: WebSocketConstructor): WebSocketLike | undefined {
    const url = linkUrl(address, this.#options.path)
    let socket: WebSocketLike
    try {
      if (url === undefined) throw new Error(`not an address: ${address}`)
      socket = new Socket(url)
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      queueMicrotask(() => this.#closed(reason))
      return undefined
    }
    socket.binaryType = 'arraybuffer'
    socket.onopen = () => this.#opened()
    socket.onmessage = (event) => this.#received(event.data)
    // The event of an error says nothing; the close that follows does.
    socket.onerror = () => undefined
    socket.onclose = (event) => this.#closed(closeWords(event.code, event.reason))
    const { dialTimeoutMs } = this.#options
    this.#timer = setTimeout(
      () => this.#end(CLOSE_NORMAL, `ETIMEDOUT: no answer (dial took over ${dialTimeoutMs} ms)`),
      dialTimeoutMs,
    )
    return socket
  }

  get queuedBytes(): number {
    return this.#state === 'closed' ? 0 : (this.#socket?.bufferedAmount ?? 0)
  }

  send(frame: Uint8Array): void {
    const socket = this.#socket
    if (this.#state !== 'open' || socket === undefined || socket.readyState !== SOCKET_OPEN) return
    socket.send(frame)
    if (this.#full || socket.bufferedAmount <= this.#options.highWaterBytes) return
    this.#full = true
    this.#timer = setTimeout(this.#look, DRAIN_LOOK_MS)
  }

  close(reason: string): void {
    this.#end(CLOSE_NORMAL, reason)
  }

  #end(code: number, reason: string): void {
    if (this.#state === 'closing' || this.#state === 'closed') return
    this.#state = 'closing'
    this.#reason ??= reason
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#closed(reason), CLOSE_GRACE_MS)
    this.#socket?.close(code, cutReason(reason))
  }

  #opened(): void {
    if (this.#state !== 'new') return
    clearTimeout(this.#timer)
    this.#state = 'open'
    this.#events.opened()
  }

  #received(content: unknown): void {
    if (this.#state !== 'open') return
    if (!(content instanceof ArrayBuffer)) this.#end(CLOSE_PROTOCOL_ERROR, TEXT_FRAME)
    else if (content.byteLength > this.#options.frameBytesMax) this.#end(CLOSE_PROTOCOL_ERROR, TOO_LARGE)
    else this.#events.frame(new Uint8Array(content))
  }

  #closed(reason: string): void {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    clearTimeout(this.#timer)
    this.#events.closed(this.#reason ?? reason)
  }

  readonly #look = (): void => {
    if (this.#state !== 'open') return
    if (this.queuedBytes > this.#options.lowWaterBytes) {
      this.#timer = setTimeout(this.#look, DRAIN_LOOK_MS)
      return
    }
    this.#full = false
    this.#events.drained()
  }
}

const TOO_LARGE = 'protocol error: a frame is longer than frameBytesMax'
