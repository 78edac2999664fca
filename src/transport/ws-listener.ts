/**
 * Listens on one TCP port for everything that speaks HTTP: WebSocket upgrades become links, plain requests get an
 * answer. Whatever a stranger sends (garbage, half a header, invalid frames) ends that stranger's connection and
 * nothing else. Sockets are bounded: `connectionsMax` links, and a few more connections for plain HTTP, so that a
 * health check still gets through when the node is full of links. Which paths mean what is decided by `onLink`.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import { HearsayError } from '../core/errors.ts'
import type { Link, LinkEvents, Logger } from '../core/ports.ts'
import { CLOSE_GOING_AWAY } from './close-words.ts'
import { type LinkLimits, WsLink, wsOptions } from './ws-link.ts'

export interface HttpQuestion {
  /** `GET` or `HEAD`. */
  readonly method: string
  /** Without the query. */
  readonly path: string
}

export interface HttpAnswer {
  readonly status: number
  readonly contentType: string
  readonly body: string | Uint8Array
}

export interface ListenOptions extends LinkLimits {
  readonly host: string
  /** 0 takes a free one. */
  readonly port: number
  /** Links at a time; one more is answered with 503. */
  readonly connectionsMax: number
  /** What the new link means to the node; `busy` (503) when it can take none now, undefined (404) when the path means nothing. */
  onLink(path: string, link: Link): LinkEvents | 'busy' | undefined
  /** The answer to a plain request; without one it is 426 Upgrade Required. */
  onHttp?(question: HttpQuestion): HttpAnswer | undefined
  readonly logger: Logger
}

export interface Listening {
  readonly host: string
  /** The real one, also when 0 was asked. */
  readonly port: number
  /** Stops listening and closes all links (1001). Resolves when every connection is gone. Twice is fine. */
  close(): Promise<void>
}

/** Connections beyond `connectionsMax`, for plain HTTP. */
const HTTP_CONNECTIONS_MAX = 64
/** A stranger's time to send a whole header, and how often it is looked at. */
const HEADERS_TIMEOUT_MS = 10_000
const HEADERS_CHECK_MS = 2_000
/** How long links may take to say goodbye when the node stops. */
const STOP_GRACE_MS = 500

const UPGRADE_REQUIRED: HttpAnswer = {
  status: 426,
  contentType: 'text/plain; charset=utf-8',
  body: 'This is a hearsay node; connect with a WebSocket, for example by the client in "hearsay/client".\n',
}

/**
 * Starts to listen. Rejects with `ERR_ADDRESS_IN_USE` or `ERR_ADDRESS_UNAVAILABLE`; nothing is left behind then.
 */
export async function listenWs(options: ListenOptions): Promise<Listening> {
  const { logger } = options
  const server = createServer(
    { connectionsCheckingInterval: HEADERS_CHECK_MS, headersTimeout: HEADERS_TIMEOUT_MS },
    (request, response) => answer(request, response, options),
  )
  server.requestTimeout = HEADERS_TIMEOUT_MS
  server.maxConnections = options.connectionsMax + HTTP_CONNECTIONS_MAX
  const acceptor = new WebSocketServer({ ...wsOptions(options), noServer: true, clientTracking: false })
  const links = new Map<WsLink, WebSocket>()
  let stopped: Promise<void> | undefined

  server.on('clientError', (error: Error & { code?: string }, socket) => {
    logger.debug({ code: error.code }, 'A connection that does not speak HTTP was closed')
    if (socket.writable && error.code !== 'ECONNRESET') refuse(socket, statusOf(error.code), 'This is not HTTP.')
    else socket.destroy()
  })
  server.on('drop', () => logger.debug({}, 'A connection was dropped because too many are open'))
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    if (stopped !== undefined) return refuse(socket, 503, 'The node stops.')
    if (links.size >= options.connectionsMax) return refuse(socket, 503, 'The node has as many links as it may.')
    const link = new WsLink(remoteOf(request), options)
    const path = pathOf(request)
    const events = options.onLink(path, link)
    if (events === undefined) return refuse(socket, 404, `Nothing is at ${path}.`)
    if (events === 'busy') return refuse(socket, 503, 'The node can take no link now.')
    let upgraded = false
    acceptor.handleUpgrade(request, socket, head, (ws) => {
      upgraded = true
      links.set(link, ws)
      ws.once('close', () => links.delete(link))
      link.attach(ws, events, socket)
    })
    // The acceptor has answered a malformed upgrade by itself.
    if (!upgraded) link.abandon('protocol error: malformed WebSocket upgrade', events)
  })

  const { address, port } = await listen(server, options.host, options.port)
  server.on('error', (error) => logger.error({ error }, 'The listener failed to take a connection'))
  return {
    host: address,
    port,
    close: () => {
      stopped ??= stop(server, links)
      return stopped
    },
  }
}

function listen(server: Server, host: string, port: number): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    const refused = (error: Error): void => reject(addressError(error, host, port))
    server.once('error', refused)
    server.listen(port, host, () => {
      server.off('error', refused)
      resolve(server.address() as AddressInfo)
    })
  })
}

function addressError(error: Error & { code?: string }, host: string, port: number): HearsayError {
  if (error.code === 'EADDRINUSE') {
    const text = `Another program listens on ${host}:${port} already.`
    return new HearsayError('ERR_ADDRESS_IN_USE', text, { cause: error })
  }
  const text = `Cannot listen on ${host}:${port}: ${error.code ?? error.message}.`
  return new HearsayError('ERR_ADDRESS_UNAVAILABLE', text, { cause: error })
}

async function stop(server: Server, links: ReadonlyMap<WsLink, WebSocket>): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve))
  server.closeAllConnections()
  const gone = [...links].map(([link, ws]) => {
    link.end(CLOSE_GOING_AWAY, 'the node stops')
    return new Promise((resolve) => ws.once('close', resolve))
  })
  const timer = setTimeout(() => {
    for (const link of links.keys()) link.cut('the node stops')
  }, STOP_GRACE_MS)
  await Promise.all([closed, ...gone])
  clearTimeout(timer)
}

function answer(request: IncomingMessage, response: ServerResponse, options: ListenOptions): void {
  const method = request.method ?? ''
  if (method !== 'GET' && method !== 'HEAD') {
    response.writeHead(405, { allow: 'GET, HEAD', connection: 'close' }).end()
    return
  }
  const { status, contentType, body } = options.onHttp?.({ method, path: pathOf(request) }) ?? UPGRADE_REQUIRED
  const upgrade = status === 426 ? { upgrade: 'websocket', connection: 'upgrade, close' } : {}
  const contentLength = Buffer.byteLength(body)
  response.writeHead(status, { 'content-type': contentType, 'content-length': contentLength, ...upgrade })
  response.end(method === 'HEAD' ? undefined : body)
}

/** Answers on a socket that no HTTP response belongs to, and closes it. */
function refuse(socket: Duplex, status: number, text: string): void {
  const lines = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'Connection: close',
    'Content-Type: text/plain; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(text) + 1}`,
  ]
  socket.on('error', () => socket.destroy())
  socket.once('finish', () => socket.destroy())
  socket.end(`${lines.join('\r\n')}\r\n\r\n${text}\n`)
}

function statusOf(code: string | undefined): number {
  if (code === 'HPE_HEADER_OVERFLOW') return 431
  return code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 408 : 400
}

function pathOf(request: IncomingMessage): string {
  return (request.url ?? '/').split('?', 1)[0] ?? '/'
}

function remoteOf(request: IncomingMessage): string {
  const { remoteAddress = 'unknown', remotePort = 0 } = request.socket
  return remoteAddress.includes(':') ? `[${remoteAddress}]:${remotePort}` : `${remoteAddress}:${remotePort}`
}
