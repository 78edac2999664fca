/**
 * The least that a remote store can be in Node.js: numbered calls as MessagePack arrays over one WebSocket, a map
 * behind it. No versions, no deadlines, no second connection.
 */

import type { AddressInfo } from 'node:net'
import { pack, unpack } from 'msgpackr'
import { WebSocket, WebSocketServer } from 'ws'

/** Number, key, and for a put its value. */
type Question = readonly [number, string, Uint8Array | null]
type Answer = readonly [number, Uint8Array | null]

export class BareServer {
  readonly #server: WebSocketServer
  readonly #map = new Map<string, Uint8Array>()

  private constructor(server: WebSocketServer) {
    this.#server = server
    server.on('connection', (socket) => {
      socket.on('message', (frame) => socket.send(pack(this.#answer(unpack(frame as Buffer) as Question))))
    })
  }

  static listen(): Promise<BareServer> {
    const server: WebSocketServer = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false })
    return new Promise((resolve, reject) => {
      server.once('listening', () => resolve(new BareServer(server)))
      server.once('error', reject)
    })
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  close(): Promise<void> {
    for (const socket of this.#server.clients) socket.terminate()
    return new Promise((resolve) => this.#server.close(() => resolve()))
  }

  #answer([number, key, value]: Question): Answer {
    if (value === null) return [number, this.#map.get(key) ?? null]
    // The value is a view into the frame's buffer.
    this.#map.set(key, new Uint8Array(value))
    return [number, null]
  }
}

export class BareClient {
  readonly #socket: WebSocket
  readonly #waiting = new Map<number, (value: Uint8Array | null) => void>()
  #next = 1

  private constructor(socket: WebSocket) {
    this.#socket = socket
    socket.on('message', (frame) => {
      const [number, value] = unpack(frame as Buffer) as Answer
      this.#waiting.get(number)?.(value)
      this.#waiting.delete(number)
    })
  }

  static connect(url: string): Promise<BareClient> {
    const socket = new WebSocket(url, { perMessageDeflate: false })
    return new Promise((resolve, reject) => {
      socket.once('open', () => resolve(new BareClient(socket)))
      socket.once('error', reject)
    })
  }

  get(key: string): Promise<Uint8Array | null> {
    return this.#ask(key, null)
  }

  put(key: string, value: Uint8Array): Promise<Uint8Array | null> {
    return this.#ask(key, value)
  }

  #ask(key: string, value: Uint8Array | null): Promise<Uint8Array | null> {
    return new Promise((resolve) => {
      const number = this.#next++
      this.#waiting.set(number, resolve)
      this.#socket.send(pack([number, key, value] satisfies Question))
    })
  }
}
