/**
 * One WebSocket as a `Link`, dialled or accepted. It keeps the promises of the port: `opened` at most once, `closed`
 * exactly once and last, nothing but `closed` after `close`, and no call back before the asking call has returned.
 *
 * Small frames sent in one turn leave together: the first two at once, so that one frame waits for nothing, the rest
 * corked into one write at the end of the turn. That makes 64 answers of a turn about four times as fast as one system
 * call each, and leaves a lone frame as it was; corking the first frames too would let the receiver idle meanwhile.
 *
 * A sent frame is not copied: its memory must stay as it is. A received frame may be a view into a larger buffer.
 */
import type { Duplex } from 'node:stream'
import type { ClientOptions, ServerOptions, WebSocket } from 'ws'
import type { Link, LinkEvents } from '../core/ports.ts'
import { CLOSE_NORMAL, CLOSE_UNSUPPORTED, closeWords, cutReason, errorWords, TEXT_FRAME } from './close-words.ts'

/** What bounds one link. */
export interface LinkLimits {
  /** A longer frame from the other side closes the link. */
  readonly frameBytesMax: number
  /** Above this many queued bytes the link is full, and `drained` will follow. */
  readonly highWaterBytes: number
  /** `drained` is said when the queue of a full link is no longer than this. */
  readonly lowWaterBytes: number
}

/** How long the other side may take to answer a close before the connection is cut. */
const CLOSE_GRACE_MS = 2_000
/** Probes by TCP itself, so that an idle connection whose other end lost its power is noticed some day. */
const KEEP_ALIVE_MS = 15_000
/** Frames of one turn that leave at once. */
const EAGER_FRAMES = 2
/** A longer frame is worth a write of its own. */
const CORKED_FRAME_BYTES_MAX = 16_384

const BINARY = { binary: true }
const WS_OPEN = 1

/** Options of `ws` for both ends. Without compression: frames are small, dense, and often compressed by the caller. */
export function wsOptions(limits: LinkLimits): ClientOptions & ServerOptions & { closeTimeout: number } {
  return {
    perMessageDeflate: false,
    maxPayload: limits.frameBytesMax,
    skipUTF8Validation: true,
    closeTimeout: CLOSE_GRACE_MS,
  }
}

export class WsLink implements Link {
  readonly remote: string
  readonly #limits: LinkLimits
  #ws: WebSocket | undefined
  #socket: Duplex | undefined
  #events: LinkEvents | undefined
  #state: 'new' | 'open' | 'closing' | 'closed' = 'new'
  /** The first cause wins: what follows a close is its echo. */
  #reason: string | undefined
  #full = false
  #turnFrames = 0
  #corked = false

  constructor(remote: string, limits: LinkLimits) {
    this.remote = remote
    this.#limits = limits
  }

  /** Takes over a WebSocket; `socket` is given when it is open already. */
  attach(ws: WebSocket, events: LinkEvents, socket?: Duplex): void {
    this.#ws = ws
    this.#events = events
    ws.on('upgrade', (response) => this.#adopt(response.socket))
    ws.on('open', () => this.#opened())
    ws.on('message', (bytes, isBinary) => this.#received(bytes as Buffer, isBinary))
    ws.on('error', (error) => {
      this.#reason ??= errorWords(error)
    })
    ws.on('close', (code, reason) => this.#closed(closeWords(code, reason.toString())))
    if (socket === undefined) return
    this.#adopt(socket)
    if (this.#state === 'closing') ws.close(CLOSE_NORMAL, cutReason(this.#reason ?? ''))
    else this.#opened()
  }

  /** Ends a link that never got a WebSocket. `closed` follows. */
  abandon(reason: string, events: LinkEvents): void {
    this.#events = events
    this.#reason ??= reason
    process.nextTick(() => this.#closed(reason))
  }

  get queuedBytes(): number {
    return this.#state === 'closed' ? 0 : (this.#ws?.bufferedAmount ?? 0)
  }

  send(frame: Uint8Array): void {
    const ws = this.#ws
    if (this.#state !== 'open' || ws === undefined || ws.readyState !== WS_OPEN) return
    this.#cork(frame.length)
    // Only a full link asks to be told: each frame sent while it is full looks whether the queue has gone, and the
    // last of them cannot miss it.
    this.#full ||= ws.bufferedAmount + frame.length > this.#limits.highWaterBytes
    if (this.#full) ws.send(frame, BINARY, this.#sent)
    else ws.send(frame, BINARY)
  }

  close(reason: string): void {
    this.end(CLOSE_NORMAL, reason)
  }

  /** `close` with a close code of RFC 6455. */
  end(code: number, reason: string): void {
    if (this.#state === 'closing' || this.#state === 'closed') return
    this.#state = 'closing'
    this.#reason ??= reason
    this.#ws?.close(code, cutReason(reason))
  }

  /** Cuts the connection. `closed` follows. */
  cut(reason: string): void {
    if (this.#state === 'closed') return
    this.#state = 'closing'
    this.#reason ??= reason
    this.#ws?.terminate()
  }

  #adopt(socket: Duplex): void {
    this.#socket = socket
    if ('setKeepAlive' in socket && typeof socket.setKeepAlive === 'function') socket.setKeepAlive(true, KEEP_ALIVE_MS)
  }

  #opened(): void {
    if (this.#state !== 'new') return
    this.#state = 'open'
    this.#events?.opened()
  }

  #received(bytes: Buffer, isBinary: boolean): void {
    if (this.#state !== 'open') return
    if (isBinary) this.#events?.frame(bytes)
    else this.end(CLOSE_UNSUPPORTED, TEXT_FRAME)
  }

  #closed(reason: string): void {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    this.#socket = undefined
    this.#events?.closed(this.#reason ?? reason)
  }

  readonly #sent = (): void => {
    if (!this.#full || this.#state !== 'open' || this.queuedBytes > this.#limits.lowWaterBytes) return
    this.#full = false
    this.#events?.drained()
  }

  #cork(frameBytes: number): void {
    this.#turnFrames++
    if (this.#turnFrames === 1) process.nextTick(this.#uncork)
    if (this.#turnFrames <= EAGER_FRAMES || this.#corked || frameBytes > CORKED_FRAME_BYTES_MAX) return
    this.#corked = true
    this.#socket?.cork()
  }

  readonly #uncork = (): void => {
    this.#turnFrames = 0
    if (!this.#corked) return
    this.#corked = false
    this.#socket?.uncork()
  }
}
