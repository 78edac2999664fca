/**
 * The transport over `ws` passes the suite of all transports on real sockets, and a dial that cannot succeed closes
 * without a throw.
 */

import { afterEach, describe, expect, it } from 'vitest'
import { WebSocketServer } from 'ws'
import { clientTransport } from '../../src/transport/client-transport.ts'
import { createWsTransport } from '../../src/transport/ws-transport.ts'
import { numberedFrame, SUITE_LIMITS, transportSuite, Witness } from '../suites/transport-suite.ts'
import { listen, loopback, tcpServer, turns, until } from './sockets.ts'

const options = { ...SUITE_LIMITS, path: '/peer', dialTimeoutMs: 30_000 }

transportSuite('ws on loopback', () => loopback(createWsTransport(options)))

describe('ws transport', () => {
  const closers: (() => Promise<void>)[] = []
  afterEach(async () => {
    await Promise.all(closers.splice(0).map((close) => close()))
  })

  it('gives up on a server that accepts and then says nothing', async () => {
    const mute = await tcpServer(() => undefined)
    closers.push(mute.close)
    const saw = new Witness()
    createWsTransport({ ...options, dialTimeoutMs: 20 }).dial(`127.0.0.1:${mute.port}`, saw)
    await until(() => saw.isClosed)
    expect(saw.openings).toBe(0)
    expect(saw.reasons[0]).toMatch(/^ETIMEDOUT: /)
  })

  it('closes a dial to something that is not a WebSocket', async () => {
    const other = await tcpServer((socket) => socket.end('220 mail.example.org ESMTP\r\n'))
    closers.push(other.close)
    const saw = new Witness()
    createWsTransport(options).dial(`ws://127.0.0.1:${other.port}`, saw)
    await until(() => saw.isClosed)
    expect(saw.openings).toBe(0)
  })

  it('keeps the path of an address that has one, and says what the server answered', async () => {
    const listener = await listen(() => undefined)
    closers.push(listener.close)
    const saw = new Witness()
    clientTransport(options).dial(`ws://127.0.0.1:${listener.port}/elsewhere`, saw)
    await until(() => saw.isClosed)
    expect(saw.reasons[0]).toContain('404')
  })

  it.each(['', 'http://example.org', 'ws://a b', '127.0.0.1:99999', 'ws://127.0.0.1:1#x'])(
    'closes a dial to %j without a throw',
    async (address) => {
      const saw = new Witness()
      createWsTransport(options).dial(address, saw)
      await until(() => saw.isClosed)
      expect(saw.openings).toBe(0)
    },
  )

  it('is not drained while the reader is paused, and is once it reads again', async () => {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1', maxPayload: 1e9 })
    await new Promise((resolve) => server.once('listening', resolve))
    closers.push(() => new Promise((resolve) => server.close(() => resolve())))
    let bytes = 0
    let resume = (): void => undefined
    server.on('connection', (ws) => {
      ws.pause()
      resume = () => ws.resume()
      ws.on('message', (frame: Buffer) => {
        bytes += frame.length
      })
    })
    const saw = new Witness()
    const address = server.address() as { port: number }
    const link = createWsTransport(options).dial(`127.0.0.1:${address.port}`, saw)
    await until(() => saw.isOpen)
    // More than the buffers of two sockets on loopback can hold.
    const sent = 60 * 900_000
    for (let n = 0; n < 60; n++) link.send(numberedFrame(n, 900_000))
    await turns(200)
    expect(link.queuedBytes).toBeGreaterThan(SUITE_LIMITS.highWaterBytes)
    expect(saw.drains).toBe(0)
    resume()
    await until(() => bytes === sent)
    await until(() => saw.drains === 1)
    link.close('done')
    await until(() => saw.isClosed)
  })
})
