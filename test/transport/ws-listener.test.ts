/** Whatever bytes strangers send, the listener closes that link alone, says why, and serves the next. */

import { randomBytes } from 'node:crypto'
import { afterEach, describe, expect, it } from 'vitest'
import { HearsayError } from '../../src/core/errors.ts'
import type { Link } from '../../src/core/ports.ts'
import type { Listening, ListenOptions } from '../../src/transport/ws-listener.ts'
import { createWsTransport } from '../../src/transport/ws-transport.ts'
import { numberedFrame, SUITE_LIMITS, Witness } from '../suites/transport-suite.ts'
import { exchange, listen, rawUpgrade, until } from './sockets.ts'

const transport = createWsTransport({ ...SUITE_LIMITS, path: '/peer', dialTimeoutMs: 30_000 })

describe('ws listener', () => {
  const listeners: Listening[] = []
  afterEach(async () => {
    await Promise.all(listeners.splice(0).map((listener) => listener.close()))
  })

  async function start(
    options: Partial<ListenOptions> = {},
  ): Promise<{ listener: Listening; saw: Witness[]; links: Link[] }> {
    const saw: Witness[] = []
    const links: Link[] = []
    const listener = await listen((path, link) => {
      if (path !== '/peer' && path !== '/') return undefined
      const witness = new Witness()
      saw.push(witness)
      links.push(link)
      return witness
    }, options)
    listeners.push(listener)
    return { listener, saw, links }
  }

  /** The listener still serves: a new link opens and echoes nothing strange. */
  async function expectAlive(listener: Listening): Promise<void> {
    const saw = new Witness()
    const link = transport.dial(`127.0.0.1:${listener.port}`, saw)
    await until(() => saw.isOpen)
    link.close('done')
    await until(() => saw.isClosed)
  }

  it('says the real port and names the other end of a link', async () => {
    const { listener, saw, links } = await start()
    expect(listener.port).toBeGreaterThan(0)
    expect(listener.host).toBe('127.0.0.1')
    transport.dial(`127.0.0.1:${listener.port}`, new Witness())
    await until(() => saw[0]?.isOpen === true)
    expect(links[0]?.remote).toMatch(/^127\.0\.0\.1:\d+$/)
  })

  it('closes the link of a frame above the limit, says why at both ends, and lives on', async () => {
    const { listener, saw } = await start()
    const near = new Witness()
    const link = transport.dial(`127.0.0.1:${listener.port}`, near)
    await until(() => near.isOpen)
    link.send(numberedFrame(1, SUITE_LIMITS.frameBytesMax + 1))
    await until(() => near.isClosed && saw[0]?.isClosed === true)
    expect(saw[0]?.reasons[0]).toMatch(/^protocol error: Max payload size exceeded/)
    expect(near.reasons[0]).toContain('too large')
    await expectAlive(listener)
  })

  it('closes the link of a text frame', async () => {
    const { listener, saw } = await start()
    const socket = await rawUpgrade(listener.port, '/')
    // FIN + text, masked with zeros, "hi".
    socket.write(Buffer.from([0x81, 0x82, 0, 0, 0, 0, 0x68, 0x69]))
    socket.once('data', () => socket.destroy())
    await until(() => saw[0]?.isClosed === true)
    expect(saw[0]?.reasons[0]).toMatch(/^protocol error: a text frame/)
    expect(saw[0]?.frames).toEqual([])
  })

  it.each([
    ['a reserved opcode', Buffer.from([0x83, 0x80, 0, 0, 0, 0])],
    ['a frame without a mask', Buffer.from([0x82, 0x01, 0x07])],
    ['a reserved bit', Buffer.from([0xc2, 0x80, 0, 0, 0, 0])],
    ['a length of 2^63', Buffer.from([0x82, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])],
    ['noise', Buffer.concat([Buffer.from([0xff]), randomBytes(500)])],
  ])('closes the link of %s', async (_name, bytes) => {
    const { listener, saw } = await start()
    const socket = await rawUpgrade(listener.port, '/peer')
    socket.resume()
    socket.write(bytes)
    await until(() => saw[0]?.isOpen === false)
    expect(saw[0]?.reasons[0]).toMatch(/^protocol error: /)
    expect(saw[0]?.frames).toEqual([])
    socket.destroy()
    await expectAlive(listener)
  })

  it('answers garbage with 400 and closes', async () => {
    const { listener, saw } = await start()
    expect(await exchange(listener.port, `\u0000\u0001 not http at all\r\n\r\n`)).toMatch(/^HTTP\/1\.1 400 /)
    expect(await exchange(listener.port, `GET / HTTP/1.1\r\nX: ${'a'.repeat(20_000)}\r\n\r\n`)).toMatch(
      /^HTTP\/1\.1 431 /,
    )
    expect(saw).toEqual([])
    await expectAlive(listener)
  })

  it('survives connections that break off anywhere', async () => {
    const { listener, saw } = await start()
    const socket = await rawUpgrade(listener.port, '/peer')
    socket.write(Buffer.from([0x82, 0xfe]))
    socket.resetAndDestroy()
    await until(() => saw[0]?.isOpen === false)
    expect(saw[0]?.reasons).toHaveLength(1)
    await expectAlive(listener)
  })

  it('answers a plain GET with 426 and a sentence, other paths of the WebSocket with 404', async () => {
    const { listener } = await start()
    const response = await fetch(`http://127.0.0.1:${listener.port}/anything`)
    expect(response.status).toBe(426)
    expect(await response.text()).toContain('WebSocket')
    const post = await fetch(`http://127.0.0.1:${listener.port}/`, { method: 'POST', body: 'x' })
    expect(post.status).toBe(405)
    const upgrade = 'GET /nowhere HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'
    expect(await exchange(listener.port, upgrade)).toMatch(/^HTTP\/1\.1 404 [\s\S]*Nothing is at \/nowhere\./)
  })

  it('closes, and never opens, the link of a malformed upgrade', async () => {
    const { listener, saw } = await start()
    const upgrade = 'GET /peer HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'
    expect(await exchange(listener.port, upgrade)).toMatch(/^HTTP\/1\.1 400 /)
    await until(() => saw[0]?.isClosed === true)
    expect(saw[0]?.openings).toBe(0)
  })

  it('answers with what onHttp says', async () => {
    const { listener } = await start({
      onHttp: ({ method, path }) =>
        path === '/healthz' ? { status: 200, contentType: 'text/plain', body: `${method} é` } : undefined,
    })
    const response = await fetch(`http://127.0.0.1:${listener.port}/healthz?x=1`)
    expect([response.status, await response.text()]).toEqual([200, 'GET é'])
    const head = await fetch(`http://127.0.0.1:${listener.port}/healthz`, { method: 'HEAD' })
    expect([head.status, head.headers.get('content-length')]).toEqual([200, '7'])
    expect((await fetch(`http://127.0.0.1:${listener.port}/other`)).status).toBe(426)
  })

  it('refuses a link above connectionsMax, still answers HTTP, and takes links again', async () => {
    const { listener, saw } = await start({ connectionsMax: 2 })
    const held = [new Witness(), new Witness()]
    const links = held.map((witness) => transport.dial(`127.0.0.1:${listener.port}`, witness))
    await until(() => held.every((witness) => witness.isOpen))
    const third = new Witness()
    transport.dial(`127.0.0.1:${listener.port}`, third)
    await until(() => third.isClosed)
    expect(third.reasons[0]).toContain('503')
    expect((await fetch(`http://127.0.0.1:${listener.port}/`)).status).toBe(426)
    links[0]?.close('make room')
    await until(() => held[0]?.isClosed === true && saw.some((witness) => witness.isClosed))
    await expectAlive(listener)
  })

  it('lets a link be closed as soon as it is offered', async () => {
    const far = new Witness()
    const listener = await listen((_path, link) => {
      link.close('not you')
      return far
    })
    listeners.push(listener)
    const near = new Witness()
    transport.dial(`127.0.0.1:${listener.port}`, near)
    await until(() => near.isClosed && far.isClosed)
    expect(far.openings).toBe(0)
    expect(near.reasons[0]).toContain('not you')
  })

  it('closes all links with 1001 when it stops, also those whose other end is frozen', async () => {
    const { listener, saw } = await start()
    const near = new Witness()
    transport.dial(`127.0.0.1:${listener.port}`, near)
    const frozen = await rawUpgrade(listener.port, '/peer')
    frozen.pause()
    await until(() => near.isOpen && saw.length === 2)
    await Promise.all([listener.close(), listener.close()])
    await until(() => near.isClosed)
    expect(near.reasons[0]).toContain('the node stops')
    expect(near.reasons[0]).toContain('1001')
    expect(saw.every((witness) => witness.reasons.length === 1)).toBe(true)
    frozen.destroy()
    const late = new Witness()
    transport.dial(`127.0.0.1:${listener.port}`, late)
    await until(() => late.isClosed)
    expect(late.reasons[0]).toMatch(/^ECONNREFUSED: /)
  })

  it('says which address is in use or cannot be had', async () => {
    const { listener } = await start()
    const taken = await listen(() => undefined, { port: listener.port }).catch((error: unknown) => error)
    expect(taken).toBeInstanceOf(HearsayError)
    expect(taken).toMatchObject({ code: 'ERR_ADDRESS_IN_USE', message: expect.stringContaining(`:${listener.port}`) })
    const foreign = await listen(() => undefined, { host: '192.0.2.1' }).catch((error: unknown) => error)
    expect(foreign).toMatchObject({ code: 'ERR_ADDRESS_UNAVAILABLE', message: expect.stringContaining('192.0.2.1:0') })
  })
})
