/**
 * Dials other nodes from Node.js. One dial makes one link, which opens within `dialTimeoutMs` (name look-up, connect and
 * upgrade together) or closes with a reason. It never dials again: when and whom to dial is decided elsewhere.
 */
import { WebSocket } from 'ws'
import type { Link, LinkEvents, Transport } from '../core/ports.ts'
import { errorWords } from './close-words.ts'
import { linkUrl } from './link-url.ts'
import { type LinkLimits, WsLink, wsOptions } from './ws-link.ts'

export interface WsTransportOptions extends LinkLimits {
  /** Put behind addresses that have no path: `/peer` between nodes, `/` for clients. */
  readonly path: string
  /** From the dial to the open link. */
  readonly dialTimeoutMs: number
}

/** A transport over `ws`. Addresses are `host:port`, `ws://…` or `wss://…`; `dial` never throws. */
export function createWsTransport(options: WsTransportOptions): Transport {
  return { dial: (address, events) => dial(address, events, options) }
}

function dial(address: string, events: LinkEvents, options: WsTransportOptions): Link {
  const link = new WsLink(address, options)
  const url = linkUrl(address, options.path)
  if (url === undefined) {
    link.abandon(`not an address: ${address}`, events)
    return link
  }
  let ws: WebSocket
  try {
    ws = new WebSocket(url, wsOptions(options))
  } catch (error) {
    // Node.js refuses some hosts and ports before it dials.
    link.abandon(error instanceof Error ? errorWords(error) : String(error), events)
    return link
  }
  const timer = setTimeout(
    () => link.cut(`ETIMEDOUT: no answer (dial took over ${options.dialTimeoutMs} ms)`),
    options.dialTimeoutMs,
  )
  ws.once('open', () => clearTimeout(timer))
  ws.once('close', () => clearTimeout(timer))
  link.attach(ws, events)
  return link
}
