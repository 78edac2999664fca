/**
 * The client keeps its promises over a network that breaks: each call ends in time, a write that was sent is never sent
 * again, and all that waits is bounded.
 */

import { describe, expect, it } from 'vitest'
import { type Client, type ConnectOptions, connectOver } from '../../src/client/client.ts'
import { type Codec, json, string } from '../../src/client/codec.ts'
import { universalTimers } from '../../src/client/universal-timers.ts'
import { HearsayError } from '../../src/core/errors.ts'
import type { MemberReport } from '../../src/core/report.ts'
import { seededRng } from '../../src/core/rng.ts'
import { decodeClientMessage, encodeNodeMessage } from '../../src/wire/client-codec.ts'
import { WIRE_VERSION } from '../../src/wire/peer-messages.ts'
import { MemoryNet } from '../suites/memory-net.ts'
import { type SessionServer, startServer } from '../suites/session-server.ts'
import { note, storeSuite, take } from '../suites/store-suite.ts'
import { promisesRun, VirtualTime } from '../suites/virtual-time.ts'

const A = 'ws://a:1'
const B = 'ws://b:1'

describe('the remote store', () => {
  storeSuite(async <V>(codec: Codec<V>) => {
    const net = new MemoryNet(universalTimers)
    startServer(net, universalTimers, A)
    return connectOver({ transport: net, timers: universalTimers })(A, { codec })
  })
})

/** A client of string values on virtual time, and the means to break what it talks to. */
function virtual(options: ConnectOptions<string> & { urls?: string[] } = {}) {
  const time = new VirtualTime()
  const net = new MemoryNet(time)
  const connect = connectOver({ transport: net, timers: time, clock: time, rng: seededRng(1) })
  const client = (): Client<string> => connect(options.urls ?? [A, B], { codec: string, ...options })
  const serve = (address: string, more?: Parameters<typeof startServer>[3]): SessionServer =>
    startServer(net, time, address, more)
  return { time, net, serve, client, connect }
}

/** A codec of a user's own, whose bytes for `bad` throw when they are looked at. */
const unsendable: Codec<string> = {
  ...string,
  encode(value) {
    const bytes = string.encode(value)
    const length = { get: () => (value === 'bad' ? fail() : bytes.byteLength) }
    return Object.defineProperty(bytes, 'length', length)
  },
}

function fail(): never {
  throw new RangeError('not mine')
}

/** The error of a promise that must fail; caught at once, so that it may settle whenever it likes. */
function errorOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => expect.unreachable('it must fail'),
    (error: unknown) => error,
  )
}

describe('a client of a node that is not ready', () => {
  const notReady = new HearsayError('ERR_NOT_READY', 'the node is reading its log: 35 % of 1.2 GB')

  it('goes on to the next, with all that it was asked, writes included', async () => {
    const { time, client, serve } = virtual()
    const [a, b] = [serve(A), serve(B)]
    a.host.notReady = notReady
    const kv = client()
    const written = kv.put('a', '1')
    const read = kv.get('a')
    const watch = kv.watch({ key: 'a' })
    const event = watch.next()
    await time.advance(1_000)
    expect([await read, (await written).time > 0]).toEqual(['1', true])
    expect((await event).value).toMatchObject({ type: 'put', value: '1' })
    expect([a.host.get('a'), b.host.get('a')?.key]).toEqual([undefined, 'a'])
  })

  it('waits until it is, asking ever more slowly, and until the deadline at most', async () => {
    const { time, net, client, serve } = virtual({ urls: [A] })
    const { host } = serve(A)
    host.notReady = notReady
    const kv = client()
    const late = errorOf(kv.put('a', '1'))
    await time.advance(10_010)
    expect(await late).toMatchObject({ code: 'ERR_NOT_READY', retryable: true, maybeApplied: false })
    expect(await late).toMatchObject({ message: expect.stringContaining('35 %') })
    expect(net.dialled.length).toBeLessThan(20)
    const found = kv.put('a', '2')
    await time.advance(3_000)
    host.notReady = undefined
    await time.advance(6_000)
    expect((await found).time).toBeGreaterThan(0)
  })

  it('leaves it when what was on its way has come: a write is told of once', async () => {
    const { time, client, serve } = virtual()
    const a = serve(A)
    serve(B)
    const kv = client()
    await time.advance(1_000)
    a.host.holdWrites = true
    const applied = kv.put('a', '1')
    await time.advance(100)
    a.host.notReady = notReady
    const refused = kv.put('b', '1')
    await time.advance(1_000)
    expect([kv.pending, kv.status]).toEqual([2, 'open'])
    a.host.release()
    await time.advance(2_000)
    expect([(await applied).time, (await refused).time].every((at) => at > 0)).toBe(true)
    expect(a.host.get('b')).toBeUndefined()
  })

  it('with failFast says at once that it is not ready, but what it is', async () => {
    const { time, client, serve } = virtual({ urls: [A], failFast: true })
    serve(A).host.notReady = notReady
    const kv = client()
    const early = errorOf(kv.get('a'))
    await time.advance(500)
    expect(await early).toMatchObject({ code: 'ERR_NOT_READY', message: expect.stringContaining('35 %') })
    const other = client()
    const status = other.admin.status()
    await time.advance(500)
    expect(await status).toMatchObject({ name: 'fake' })
  })
})

describe('a client without a node', () => {
  it('waits until the deadline, then says why nobody could be reached', async () => {
    const { time, client } = virtual()
    const kv = client()
    expect(kv.status).toBe('connecting')
    const late = errorOf(kv.put('a', 'x'))
    const early = errorOf(kv.get('a', { timeout: 300 }))
    expect(kv.pending).toBe(2)
    await time.advance(310)
    expect(await early).toMatchObject({ code: 'ERR_UNREACHABLE', retryable: true, maybeApplied: false })
    await time.advance(9_700)
    expect(await late).toMatchObject({ code: 'ERR_UNREACHABLE', message: expect.stringContaining('refused') })
    expect(kv.pending).toBe(0)
  })

  it('with failFast gives up when every address failed once, and after a connection waits like any other', async () => {
    const { time, client, serve } = virtual({ failFast: true })
    const early = errorOf(client().get('a'))
    await time.advance(400)
    expect(await early).toMatchObject({ code: 'ERR_UNREACHABLE', message: expect.stringContaining('refused') })
    const server = serve(B)
    const kv = client()
    const found = kv.get('a')
    await time.advance(400)
    expect(await found).toBeUndefined()
    server.ends.at(-1)?.close('gone')
    await time.advance(1)
    expect(kv.status).toBe('connecting')
    const waiting = kv.get('a')
    await time.advance(2_000)
    expect(await waiting).toBeUndefined()
  })

  it('serves what waited once a node is there, in order', async () => {
    const { time, client, serve } = virtual()
    const kv = client()
    const written = [kv.put('a', '1'), kv.put('a', '2'), kv.delete('b')]
    const read = kv.get('a')
    await time.advance(1_000)
    expect(kv.pending).toBe(4)
    serve(B)
    await time.advance(2_000)
    await Promise.all(written)
    expect(await read).toBe('2')
    expect(kv.status).toBe('open')
    expect(kv.node).toBe('fake')
  })

  it('bounds what may wait', async () => {
    const { time, client } = virtual({ queueMax: 3 })
    const kv = client()
    const waiting = ['a', 'b', 'c'].map((key) => errorOf(kv.get(key)))
    await expect(kv.get('d')).rejects.toMatchObject({ code: 'ERR_OVERLOADED', retryable: true })
    await time.advance(10_010)
    expect(await Promise.all(waiting)).toHaveLength(3)
    expect(kv.pending).toBe(0)
  })

  it('dials for ever, ever more slowly, each address in turn', async () => {
    const { time, net, client, serve } = virtual()
    const kv = client()
    await time.advance(60_000)
    const count = net.dialled.length
    expect(net.dialled.slice(0, 4)).toEqual([A, B, A, B])
    expect(count).toBeLessThan(40)
    await time.advance(3_600_000)
    expect(net.dialled.length - count).toBeGreaterThan(700)
    expect(net.dialled.length - count).toBeLessThan(1_500)
    serve(A)
    await time.advance(10_001)
    expect(kv.status).toBe('open')
  })

  it('gives up a dial that neither opens nor fails', async () => {
    const { time, net, client, serve } = virtual()
    net.deaf = true
    const kv = client()
    await time.advance(4_999)
    expect(net.dialled).toEqual([A])
    net.deaf = false
    serve(B)
    await time.advance(200)
    expect(net.dialled).toEqual([A, B])
    expect(kv.status).toBe('open')
  })

  it('drops a call that cannot be sent, and sends those behind it', async () => {
    const { time, serve, connect } = virtual()
    const { host } = serve(A)
    const kv = connect(A, { codec: unsendable })
    const early = errorOf(kv.put('a', 'bad'))
    const behind = kv.put('b', 'x')
    await time.settle()
    expect(await early).toMatchObject({ code: 'ERR_INTERNAL', maybeApplied: false })
    await behind
    const late = errorOf(kv.batch([{ type: 'put', key: 'a', value: 'bad' }]))
    const read = kv.get('b')
    await time.settle()
    expect(await late).toMatchObject({ code: 'ERR_INTERNAL', cause: expect.any(RangeError) })
    expect(await read).toBe('x')
    expect(kv.pending).toBe(0)
    expect(host.get('a')).toBeUndefined()
  })

  it('forgets a call that is aborted while it waits', async () => {
    const { time, client, serve } = virtual()
    const kv = client()
    const controller = new AbortController()
    const aborted = errorOf(kv.put('a', 'x', { signal: controller.signal }))
    await promisesRun()
    controller.abort()
    expect(await aborted).toMatchObject({ code: 'ERR_ABORTED', maybeApplied: false })
    expect(kv.pending).toBe(0)
    const { host } = serve(A)
    await time.advance(1_000)
    expect(host.get('a')).toBeUndefined()
  })
})

describe('a client whose node is there', () => {
  it('fails a call that is not answered in time; a write may be applied', async () => {
    const { time, client, serve } = virtual()
    const { host, ends } = serve(A)
    const kv = client()
    await time.settle()
    host.holdWrites = true
    const write = errorOf(kv.put('a', 'x', { timeout: 100 }))
    await time.advance(110)
    expect(await write).toMatchObject({ code: 'ERR_TIMEOUT', maybeApplied: true, retryable: true })
    for (const end of ends) end.stalled = true
    const read = errorOf(kv.get('a', { timeout: 100 }))
    await time.advance(110)
    expect(await read).toMatchObject({ code: 'ERR_TIMEOUT', maybeApplied: false })
    host.release()
    for (const end of ends) end.resume()
    await time.settle()
    expect(kv.pending).toBe(0)
    const again = kv.get('a')
    await time.settle()
    expect(await again).toBe('x')
  })

  it('aborts a write that was sent as maybe applied', async () => {
    const { time, client, serve } = virtual()
    serve(A)
    const kv = client()
    await time.settle()
    const controller = new AbortController()
    const write = errorOf(kv.put('a', 'x', { signal: controller.signal }))
    await promisesRun()
    controller.abort()
    expect(await write).toMatchObject({ code: 'ERR_ABORTED', maybeApplied: true })
  })

  it('keeps a bounded number of requests in flight, and answers all', async () => {
    const { time, net, client, serve } = virtual()
    const { host, counts } = serve(A)
    const kv = client()
    await time.settle()
    host.holdWrites = true
    const writes = Array.from({ length: 3_000 }, (_, i) => kv.put(`k${i}`, 'x'))
    await time.settle()
    expect(kv.pending).toBe(3_000)
    expect(counts.requests).toBe(1_024)
    host.release()
    await time.settle()
    await Promise.all(writes)
    expect(kv.pending).toBe(0)
    expect(net.ends).toHaveLength(1)
  })

  it('pings an idle link, and leaves one that has gone silent within 10 s', async () => {
    const { time, net, client, serve } = virtual()
    serve(A)
    const kv = client()
    await time.advance(60_000)
    expect(net.dialled).toEqual([A])
    const pings = net.ends[0]?.sent.map(decodeClientMessage).filter((message) => message.kind === 'ping').length
    expect(pings).toBeGreaterThan(9)
    expect(pings).toBeLessThan(16)
    serve(B)
    for (const end of net.ends) end.dead = true
    const read = kv.get('a')
    await time.advance(9_000)
    expect(net.dialled).toEqual([A, B])
    expect(kv.status).toBe('open')
    expect(await read).toBeUndefined()
  })

  it('fails over: reads are sent again, sent writes fail as maybe applied, waiting ones are sent later', async () => {
    const { time, net, client, serve } = virtual()
    const a = serve(A)
    const b = serve(B, { host: a.host })
    const kv = client()
    await time.settle()
    a.host.holdWrites = true
    const sent = errorOf(kv.put('a', 'x'))
    await time.settle()
    for (const end of a.ends) end.stalled = true
    const read = kv.get('a')
    await time.settle()
    net.kill(A)
    await time.settle()
    expect(await sent).toMatchObject({ code: 'ERR_UNREACHABLE', maybeApplied: true, retryable: true })
    expect(kv.status).toBe('connecting')
    const waiting = kv.put('b', 'y')
    a.host.release()
    await time.advance(101)
    expect(await read).toBe('x')
    await waiting
    expect(b.counts.sessionsOpen).toBe(1)
    expect(a.counts.sessionsOpen).toBe(0)
  })

  it('fails a value or batch that the node would not take, and keeps the connection', async () => {
    const { time, net, client, serve } = virtual()
    serve(A)
    const kv = client()
    const tooLarge = errorOf(kv.put('a', 'x'.repeat(1024 * 1024 + 1)))
    const batch = Array.from({ length: 5 }, (_, i) => ({ type: 'put', key: `k${i}`, value: 'x'.repeat(1e6) }) as const)
    const tooMany = errorOf(kv.batch(batch))
    const tooLong = errorOf(kv.batch(Array.from({ length: 65_537 }, () => ({ type: 'del', key: 'a' }))))
    await time.settle()
    expect(await tooLarge).toMatchObject({ code: 'ERR_VALUE_TOO_LARGE', maybeApplied: false })
    expect(await tooMany).toMatchObject({ code: 'ERR_BATCH_TOO_LARGE', maybeApplied: false })
    expect(await tooLong).toMatchObject({ code: 'ERR_BATCH_TOO_LARGE', maybeApplied: false })
    expect(net.dialled).toEqual([A])
  })
})

describe('a node that is none for this client', () => {
  it('fails calls at once when every address is of another cluster, and recovers when one is not', async () => {
    const { time, net, client, serve } = virtual({ cluster: 'mine' })
    serve(A)
    serve(B)
    const kv = client()
    const waiting = errorOf(kv.get('a'))
    const watching = errorOf(kv.watch().next())
    await time.advance(500)
    expect(await waiting).toMatchObject({ code: 'ERR_WRONG_CLUSTER', retryable: false })
    expect(await watching).toMatchObject({ code: 'ERR_WRONG_CLUSTER' })
    await expect(kv.put('a', 'x')).rejects.toMatchObject({ code: 'ERR_WRONG_CLUSTER', maybeApplied: false })
    expect(() => kv.watch()).toThrow(expect.objectContaining({ code: 'ERR_WRONG_CLUSTER' }))
    serve(B, { cluster: 'mine' })
    await time.advance(20_000)
    expect(kv.status).toBe('open')
    const dials = net.dialled.length
    await time.advance(20_000)
    expect(net.dialled).toHaveLength(dials)
  })

  it('goes to the next address when one refuses', async () => {
    const { time, client, serve } = virtual({ cluster: 'mine' })
    serve(A)
    serve(B, { cluster: 'mine' })
    const kv = client()
    const read = kv.get('a')
    await time.advance(500)
    expect(await read).toBeUndefined()
  })

  it.each([
    ['garbage', Uint8Array.of(0xff, 0x00)],
    ['an HTTP server', new TextEncoder().encode('HTTP/1.1 200 OK')],
    ['a request of its own', Uint8Array.of(0x92, 9, 1)],
    ['another wire version', Uint8Array.of(0x96, 0, 99, 0xa0, 0xa1, 0x61, 1, 1)],
  ])('fails calls at once when all it hears is %s', async (_, frame) => {
    const { time, net, client } = virtual({ urls: [A] })
    net.listen(A, (link) => {
      link.send(frame)
      return { opened() {}, frame() {}, drained() {}, closed() {} }
    })
    const kv = client()
    const read = errorOf(kv.get('a'))
    await time.advance(100)
    expect(await read).toMatchObject({ code: 'ERR_PROTOCOL' })
    const closing = kv.close()
    await time.settle()
    await closing
  })

  it('fails a call that is answered with something else', async () => {
    const { time, net, client } = virtual({ urls: [A] })
    net.listen(A, (link) => ({
      opened() {},
      drained() {},
      closed() {},
      frame(bytes) {
        const message = decodeClientMessage(bytes)
        if (message.kind === 'hello') {
          const limits = { valueBytesMax: 1_000, frameBytesMax: 10_000 }
          link.send(encodeNodeMessage({ kind: 'hello', wire: WIRE_VERSION, cluster: 'c', name: 'n', ...limits }))
        } else link.send(encodeNodeMessage({ kind: 'done', id: message.id }))
      },
    }))
    const kv = client()
    const read = errorOf(kv.get('a'))
    const write = errorOf(kv.put('a', 'x'))
    await time.settle()
    expect(await read).toMatchObject({ code: 'ERR_PROTOCOL', maybeApplied: false })
    expect(await write).toMatchObject({ code: 'ERR_PROTOCOL', maybeApplied: true })
  })

  it('does not hammer a node that breaks the line after each hello', async () => {
    const { time, net, client } = virtual({ urls: [A] })
    net.listen(A, (link) => ({
      opened() {},
      drained() {},
      closed() {},
      frame() {
        const limits = { valueBytesMax: 1_000, frameBytesMax: 10_000 }
        link.send(encodeNodeMessage({ kind: 'hello', wire: WIRE_VERSION, cluster: 'c', name: 'n', ...limits }))
        link.send(Uint8Array.of(0xff))
      },
    }))
    const kv = client()
    const read = errorOf(kv.get('a'))
    await time.advance(10_010)
    expect(await read).toMatchObject({ code: expect.stringMatching(/ERR_UNREACHABLE|ERR_TIMEOUT/) })
    expect(net.dialled.length).toBeLessThan(15)
  })
})

describe('a remote watch', () => {
  it('starts anew after a lost connection: reset, the state, ready, and on', async () => {
    const { time, net, client, serve } = virtual()
    const { host } = serve(A)
    serve(B, { host })
    const kv = client()
    void kv.put('a', '1')
    void kv.put('b', '1')
    const watch = kv.watch()
    await time.settle()
    const seen = new Map<string, string>()
    const versions = new Map<string, number>()
    for (const event of await take(watch, 3)) note(event, seen, versions)
    net.kill(A)
    const missed = take(watch, 4)
    host.write([{ key: 'b', value: undefined }], () => {})
    host.write([{ key: 'c', value: new TextEncoder().encode('2') }], () => {})
    await time.advance(101)
    void kv.put('d', '3')
    await time.settle()
    const events = [...(await missed), ...(await take(watch, 1))]
    expect(events.map((event) => event.type)).toEqual(['reset', 'put', 'put', 'ready', 'put'])
    for (const event of events) note(event, seen, versions)
    expect(Object.fromEntries(seen)).toEqual({ a: '1', c: '2', d: '3' })
  })

  it('is asked for once it can be, and gets no reset when nothing was seen before', async () => {
    const { time, client, serve } = virtual()
    const kv = client()
    const watch = kv.watch()
    await time.advance(1_000)
    serve(A)
    await time.advance(5_000)
    expect(await take(watch, 1)).toEqual([{ type: 'ready' }])
  })

  it('drops what waited unread before a reset, however often the connection breaks', async () => {
    const { time, net, client, serve } = virtual({ urls: [A] })
    const { host } = serve(A)
    const kv = client()
    void kv.put('a', '1')
    const watch = kv.watch()
    await time.advance(100)
    for (let i = 0; i < 5; i++) {
      net.kill(A)
      serve(A, { host })
      await time.advance(5_000)
    }
    expect((await take(watch, 3)).map((event) => event.type)).toEqual(['reset', 'put', 'ready'])
  })

  it('ends at the node when its reader leaves', async () => {
    const { time, client, serve } = virtual()
    const { counts, host } = serve(A)
    const kv = client()
    const watch = kv.watch()
    await time.settle()
    expect(counts.watchesOpen).toBe(1)
    await watch.return()
    await time.settle()
    expect(counts.watchesOpen).toBe(0)
    expect(host.listeners).toBe(0)
  })

  it('ends by an overflow when its reader does not read', async () => {
    const { time, client, serve } = virtual()
    const { counts } = serve(A)
    const kv = client()
    const watch = kv.watch()
    await time.settle()
    const batch = Array.from({ length: 1_000 }, (_, i) => ({ type: 'put', key: `k${i}`, value: 'x' }) as const)
    for (let round = 0; round < 67; round++) {
      void kv.batch(batch)
      await time.settle()
    }
    await expect(watch.next()).rejects.toMatchObject({ code: 'ERR_WATCH_OVERFLOW' })
    await time.settle()
    expect(counts.watchesOpen).toBe(0)
    const after = kv.watch({ key: 'k0' })
    await time.settle()
    expect(await take(after, 2)).toHaveLength(2)
  })

  it('are bounded in number', async () => {
    const { client } = virtual()
    const kv = client()
    const watches = Array.from({ length: 256 }, () => kv.watch())
    expect(() => kv.watch()).toThrow(expect.objectContaining({ code: 'ERR_OVERLOADED' }))
    await watches[0]?.return()
    kv.watch()
  })

  it('obeys its signal and its timeout', async () => {
    const { time, client, serve } = virtual()
    const kv = client()
    const late = errorOf(kv.watch({ timeout: 50 }).next())
    await time.advance(60)
    expect(await late).toMatchObject({ code: 'ERR_TIMEOUT' })
    serve(A)
    const controller = new AbortController()
    const watch = kv.watch({ signal: controller.signal, timeout: 9_000 })
    await time.advance(10_000)
    expect(await take(watch, 1)).toEqual([{ type: 'ready' }])
    const next = errorOf(watch.next())
    controller.abort()
    expect(await next).toMatchObject({ code: 'ERR_ABORTED' })
  })
})

describe('closing a client', () => {
  it('fails everything that waits or was sent, and leaves no timer behind', async () => {
    const { time, client, serve } = virtual()
    const { host, counts } = serve(A)
    const kv = client()
    await time.settle()
    host.holdWrites = true
    const write = errorOf(kv.put('a', 'x'))
    await time.settle()
    const read = errorOf(kv.get('a'))
    const watch = errorOf(kv.watch({ prefix: 'a', timeout: 1_000 }).next())
    const scan = errorOf(kv.scan().next())
    await promisesRun()
    const closing = kv.close()
    expect(await write).toMatchObject({ code: 'ERR_CLOSED', maybeApplied: true })
    expect(await read).toMatchObject({ code: 'ERR_CLOSED', maybeApplied: false })
    expect(await watch).toMatchObject({ code: 'ERR_CLOSED' })
    expect(await scan).toMatchObject({ code: 'ERR_CLOSED' })
    await time.settle()
    await closing
    expect(kv.status).toBe('closed')
    expect(time.armed).toBe(0)
    expect(counts.sessionsOpen).toBe(0)
    host.release()
    await time.advance(60_000)
  })

  it.each(['before the first dial', 'while it dials', 'between two dials'])('works %s', async (when) => {
    const { time, net, client } = virtual()
    net.deaf = when === 'while it dials'
    const kv = client()
    const read = errorOf(kv.get('a'))
    if (when === 'while it dials') await time.advance(100)
    if (when === 'between two dials') await time.advance(30)
    const closing = kv.close()
    await time.settle()
    await closing
    expect(await read).toMatchObject({ code: 'ERR_CLOSED' })
    expect(time.armed).toBe(0)
    const dials = net.dialled.length
    await time.advance(60_000)
    expect(net.dialled).toHaveLength(dials)
  })
})

describe('the admin calls', () => {
  it('report status and members', async () => {
    const { time, client, serve } = virtual()
    const { host } = serve(A)
    const kv = client()
    const answers = Promise.all([kv.admin.status(), kv.admin.members()])
    await time.settle()
    const [status, members] = await answers
    expect(status).toMatchObject({ name: 'fake', cluster: 'test' })
    expect(members).toEqual(JSON.parse(JSON.stringify(host.members())))
  })

  it('page through raw entries, tombstones too', async () => {
    const { time, client, serve } = virtual()
    serve(A)
    const kv = client()
    void kv.batch([
      { type: 'put', key: 'a', value: 'x' },
      { type: 'del', key: 'b' },
    ])
    const first = kv.admin.scanEntries({ tombstones: true }).next()
    const second = kv.admin.scanEntries({ values: true }).next()
    await time.settle()
    const versions = { time: expect.any(Number), origin: expect.any(String), prior: 0 }
    expect((await first).value).toEqual([
      { kind: 'live', key: 'a', value: new Uint8Array(0), ...versions },
      { kind: 'tombstone', key: 'b', value: undefined, ...versions },
    ])
    expect((await second).value).toEqual([
      { kind: 'live', key: 'a', value: new TextEncoder().encode('x'), ...versions },
    ])
  })

  it('pass on what operators want', async () => {
    const { time, client, serve } = virtual()
    const { host } = serve(A)
    const member = { ...host.members()[0], self: false } as MemberReport
    host.peers = [
      { ...member, name: 'n2', linked: true },
      { ...member, name: 'n3', linked: false },
      { ...member, name: 'n4', linked: true },
    ]
    host.staleMs = 40
    const kv = client()
    const answers = Promise.all([kv.admin.sync(), kv.admin.sync('n3'), kv.admin.forget('n3'), kv.admin.resetClock()])
    await time.settle()
    const [all, one] = await answers
    expect(all.map(({ peer }) => peer)).toEqual(['n2', 'n4'])
    expect(one).toEqual([{ peer: 'n3', pulled: 1, differed: 2, taken: 1, removed: 1, bytes: 3_000 }])
    expect(host.orders.toSorted()).toEqual(['forget n3', 'resetClock', 'sync n2', 'sync n3', 'sync n4'])
    const asked = Promise.all([kv.admin.conflicts(), kv.admin.sketch(8), kv.admin.resolve([5]), kv.put('a', 'x')])
    await time.settle()
    const [conflicts, sketch, held] = await asked
    expect([conflicts, held, sketch.cells.length, sketch.view.count]).toEqual([[], [], 96, 0])
    const read = kv.getEntry('a')
    await time.settle()
    expect(await read).toMatchObject({ value: 'x', stalenessMs: 40 })
    expect(kv.traffic.sentBytes).toBeGreaterThan(50)
    expect(kv.traffic.receivedBytes).toBeGreaterThan(200)
  })

  it('refuse wrong arguments', async () => {
    const { admin } = virtual().client()
    const calls = [
      () => admin.forget('no name'),
      () => admin.sync('no name'),
      () => admin.conflicts({ limit: 0 }),
      () => admin.conflicts({ limit: 1_001 }),
      () => admin.conflicts({ prefix: 7 as never }),
      () => admin.conflicts(7 as never),
      () => admin.sketch(0),
      () => admin.sketch(32_769),
      () => admin.resolve([]),
      () => admin.resolve([-1]),
      () => admin.resolve([2 ** 31]),
      () => admin.resolve(new Array(2)),
      () => admin.resolve(Array.from({ length: 1_001 }, (_, k) => k)),
    ]
    for (const call of calls) await expect(call()).rejects.toMatchObject({ code: 'ERR_INVALID_ARGUMENT' })
  })

  it('never ask another node for what may be done already', async () => {
    const { time, net, client, serve } = virtual()
    const [a, b] = [serve(A).host, serve(B).host]
    a.holdWrites = true
    const kv = client()
    const { admin } = kv
    const orders = [admin.forget('n3'), admin.resetClock(), admin.sync('n3')].map(errorOf)
    await time.settle()
    net.kill(A)
    await time.advance(1_000)
    for (const error of await Promise.all(orders)) {
      expect(error).toMatchObject({ code: 'ERR_UNREACHABLE', maybeApplied: true })
    }
    expect(kv.node).toBe('fake')
    expect([a.orders.length, b.orders]).toEqual([3, []])
  })

  it('read a backup to its end, and never go on with it at another node', async () => {
    const { time, net, client, serve } = virtual()
    const [a, b] = [serve(A).host, serve(B).host]
    for (const host of [a, b]) host.copy = new Uint8Array(600_000).fill(3)
    const kv = client()
    const reading = (async () => {
      let bytes = 0
      for await (const chunk of kv.admin.backup()) bytes += chunk.length
      return bytes
    })()
    await time.settle()
    expect(await reading).toBe(600_000)
    const broken = kv.admin.backup()
    const first = broken.next()
    await time.settle()
    expect((await first).value).toHaveLength(256 * 1024)
    net.kill(A)
    await time.advance(1_000)
    const next = broken.next().catch((error: unknown) => error)
    await time.settle()
    expect(await next).toMatchObject({ code: 'ERR_CLOSED', maybeApplied: false })
    expect([a.backupsOpen, b.backupsOpen]).toEqual([0, 0])
  })

  it('make faults only where the node allows them', async () => {
    const { time, client, serve } = virtual({ urls: [A] })
    serve(A)
    const refused = errorOf(client().admin.fault(['n2']))
    await time.settle()
    expect(await refused).toMatchObject({ code: 'ERR_NOT_ALLOWED' })
    const { host } = serve(A, { faults: true })
    const kv = client()
    void kv.admin.fault(['n2', 'n3'])
    await time.settle()
    expect(host.refused).toEqual(['n2', 'n3'])
    for (const names of [new Array(2), ['no name'], [7], 'n2'] as never[]) {
      await expect(kv.admin.fault(names)).rejects.toMatchObject({ code: 'ERR_INVALID_ARGUMENT' })
    }
  })
})

describe('connect', () => {
  it('refuses wrong arguments', () => {
    const { net, time } = virtual()
    const connect = connectOver({ transport: net, timers: time, clock: time }) as (...args: unknown[]) => unknown
    const refused = expect.objectContaining({ code: 'ERR_INVALID_ARGUMENT' })
    const shapeless = [undefined, [], '', [7], {}, new Array(2), 'http://a:1', 'ws://', ['ws://a:1', 'ftp://b']]
    const incomplete = ['ws://a:1#x', 'a', 'localhost', 'a:', 'a:x', 'a/b', '[::1]', 'user:1@a', 'a/b:1']
    for (const urls of [...shapeless, ...incomplete]) expect(() => connect(urls)).toThrow(refused)
    for (const options of [null, 7, { timeout: 0 }, { timeout: 'x' }, { queueMax: 0 }, { cluster: 7 }, { codec: {} }]) {
      expect(() => connect(A, options)).toThrow(refused)
    }
    expect(time.armed).toBe(0)
  })

  it('takes an address without a port only with its scheme', async () => {
    const { net, time } = virtual()
    const urls = ['a:80', 'ws://a', 'wss://a', 'ws://a/behind', '[::1]:7070', 'a:1/behind']
    const kv = connectOver({ transport: net, timers: time, clock: time })(urls)
    await time.advance(2_000)
    expect(new Set(net.dialled)).toEqual(new Set(urls.map((url) => (url.includes('://') ? url : `ws://${url}`))))
    void kv.close()
  })

  it('takes bare addresses, and each only once', async () => {
    const { net, time } = virtual()
    const kv = connectOver({ transport: net, timers: time, clock: time })(['a:1', A], { codec: json })
    await time.advance(1_000)
    expect(new Set(net.dialled)).toEqual(new Set([A]))
    void kv.close()
  })
})
