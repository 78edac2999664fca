/**
 * The transport over the WebSocket of browsers passes the suite of all transports, and gives up on silence and on
 * frames above the limit.
 */

import { afterEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { clientTransport } from '../../src/transport/client-transport.browser.ts'
import { createWebSocketTransport, type WebSocketConstructor } from '../../src/transport/web-socket.ts'
import { numberedFrame, SUITE_LIMITS, transportSuite, Witness } from '../suites/transport-suite.ts'
import { listen, loopback, tcpServer, until } from './sockets.ts'

const options = { ...SUITE_LIMITS, path: '/peer', dialTimeoutMs: 30_000 }
// The class of `ws` has the interface of browsers; Node.js 22 and later also bring the real one.
const ofWs = WebSocket as unknown as WebSocketConstructor
const native = (globalThis as { WebSocket?: unknown }).WebSocket as WebSocketConstructor | undefined

transportSuite('WebSocket interface', () => loopback(createWebSocketTransport({ ...options, WebSocket: ofWs })), {
  refusal: /./,
})
if (native !== undefined) transportSuite('native WebSocket', () => loopback(clientTransport(options)), { refusal: /./ })

describe('WebSocket transport', () => {
  const closers: (() => Promise<void>)[] = []
  afterEach(async () => {
    await Promise.all(closers.splice(0).map((close) => close()))
  })

  it('gives up on a server that accepts and then says nothing', async () => {
    const mute = await tcpServer(() => undefined)
    closers.push(mute.close)
    const saw = new Witness()
    const transport = createWebSocketTransport({ ...options, WebSocket: ofWs, dialTimeoutMs: 20 })
    transport.dial(`127.0.0.1:${mute.port}`, saw)
    await until(() => saw.isClosed)
    expect(saw.reasons[0]).toMatch(/^ETIMEDOUT: /)
  })

  it('closes the link of a frame above the limit', async () => {
    const far = new Witness()
    const listener = await listen((_path, link) => ({
      opened: () => {
        far.opened()
        link.send(numberedFrame(1, SUITE_LIMITS.frameBytesMax))
      },
      frame: (bytes) => far.frame(bytes),
      drained: () => undefined,
      closed: (reason) => far.closed(reason),
    }))
    closers.push(listener.close)
    const near = new Witness()
    const transport = createWebSocketTransport({ ...options, WebSocket: ofWs, frameBytesMax: 1_000 })
    transport.dial(`127.0.0.1:${listener.port}`, near)
    await until(() => near.isClosed && far.isClosed)
    expect(near.reasons[0]).toMatch(/^protocol error: a frame is longer/)
    expect(near.frames).toEqual([])
  })

  it.skipIf(native !== undefined)('says so where there is no WebSocket', () => {
    expect(() => clientTransport(options)).toThrow(expect.objectContaining({ code: 'ERR_INVALID_ARGUMENT' }))
  })
})
