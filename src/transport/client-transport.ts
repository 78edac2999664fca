/**
 * The client's transport on Node.js: `ws`. Its twin `client-transport.browser.ts` exports the same name over the native
 * WebSocket; which of them is loaded is decided by the entry point (`exports` in package.json), never at run time, so
 * that a bundle for browsers holds no trace of `ws`.
 */
import type { Transport } from '../core/ports.ts'
import { createWsTransport, type WsTransportOptions } from './ws-transport.ts'

export type ClientTransportOptions = WsTransportOptions

/** A transport for `connect` on this platform. */
export function clientTransport(options: ClientTransportOptions): Transport {
  return createWsTransport(options)
}
