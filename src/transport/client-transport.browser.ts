/**
 * The client's transport in browsers, workers and wherever else `WebSocket` is a global. See `client-transport.ts`.
 */
import type { Transport } from '../core/ports.ts'
import { createWebSocketTransport, type WebSocketTransportOptions } from './web-socket.ts'

export type ClientTransportOptions = WebSocketTransportOptions

/** A transport for `connect` on this platform. */
export function clientTransport(options: ClientTransportOptions): Transport {
  return createWebSocketTransport(options)
}
