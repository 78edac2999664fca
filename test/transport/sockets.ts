/**
 * Real sockets for the tests of the transport: listeners that are closed at the end of each test, ports where nobody
 * listens, and raw TCP connections that can misbehave.
 */
import * as net from 'node:net'
import type { Link, LinkEvents, Logger, Transport } from '../../src/core/ports.ts'
import { type Listening, type ListenOptions, listenWs } from '../../src/transport/ws-listener.ts'
import { SUITE_LIMITS, type TransportWorld } from '../suites/transport-suite.ts'

export const silentLogger: Logger = { debug() {}, info() {}, warn() {}, error() {} }

/** Lets the loop turn until `holds`; the test's own time limit is the only one. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise<void>((resolve) => setImmediate(resolve))
}

export function listen(
  accept: (path: string, link: Link) => LinkEvents | undefined,
  options: Partial<ListenOptions> = {},
): Promise<Listening> {
  return listenWs({
    ...SUITE_LIMITS,
    host: '127.0.0.1',
    port: 0,
    connectionsMax: 100,
    onLink: accept,
    logger: silentLogger,
    ...options,
  })
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = await tcpServer(() => undefined)
  await server.close()
  return server.port
}

export async function tcpServer(
  accept: (socket: net.Socket) => void,
): Promise<{ port: number; close(): Promise<void> }> {
  const sockets = new Set<net.Socket>()
  const server = net.createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    accept(socket)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as net.AddressInfo).port,
    close: () => {
      for (const socket of sockets) socket.destroy()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}

/** Sends bytes over TCP and returns everything that comes back until the other side closes. */
export function exchange(port: number, text: string | Uint8Array): Promise<string> {
  return new Promise((resolve) => {
    let came = ''
    const socket = net.connect(port, '127.0.0.1', () => socket.write(text))
    socket.on('data', (bytes) => {
      came += bytes.toString('latin1')
    })
    socket.on('error', () => undefined)
    socket.on('close', () => resolve(came))
  })
}

/** A connection that has upgraded to a WebSocket by hand, to write frames of its own making. */
export async function rawUpgrade(port: number, path: string): Promise<net.Socket> {
  const socket = net.connect(port, '127.0.0.1')
  socket.on('error', () => undefined)
  socket.write(
    `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
      'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
  )
  await new Promise<void>((resolve) => socket.once('data', () => resolve()))
  return socket
}

/** A world on 127.0.0.1 for the suite of all transports. */
export async function loopback(transport: Transport): Promise<TransportWorld> {
  const listeners: Listening[] = []
  return {
    transport,
    listen: async (accept) => {
      const listener = await listen((path, link) => (path === '/peer' ? accept(link) : undefined))
      listeners.push(listener)
      return `127.0.0.1:${listener.port}`
    },
    deadAddress: async () => `127.0.0.1:${await freePort()}`,
    until,
    settle: () => turns(50),
    close: async () => {
      await Promise.all(listeners.map((listener) => listener.close()))
    },
  }
}

export async function turns(count: number): Promise<void> {
  await until(() => count-- <= 0)
}
