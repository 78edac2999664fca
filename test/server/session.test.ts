/**
 * A session answers what it is asked, closes on garbage with one reason, and holds little for a client that does not
 * read.
 */

import { describe, expect, it } from 'vitest'
import { type Entry, liveEntry } from '../../src/core/entry.ts'
import { HearsayError } from '../../src/core/errors.ts'
import type { LinkEvents } from '../../src/core/ports.ts'
import { seedOf } from '../../src/core/repair/key-hash.ts'
import { Summary } from '../../src/core/repair/summary.ts'
import { seededRng } from '../../src/core/rng.ts'
import {
  BACKUP_CHUNK_BYTES,
  CONFLICTS_BYTES_MAX,
  ORDERS_IN_FLIGHT_MAX,
  SYNCS_IN_FLIGHT_MAX,
} from '../../src/server/operator-requests.ts'
import { HELLO_TIMEOUT_MS, SESSION_WATCHES_MAX, SILENCE_MS, WRITES_IN_FLIGHT_MAX } from '../../src/server/session.ts'
import { decodeNodeMessage, encodeClientMessage } from '../../src/wire/client-codec.ts'
import type { ClientMessage, NodeMessage, Reply, Request } from '../../src/wire/client-messages.ts'
import { RESOLVE_KS_MAX } from '../../src/wire/limits.ts'
import { WIRE_VERSION } from '../../src/wire/peer-messages.ts'
import { FAKE_NOW_MS, FAKE_ORIGIN } from '../suites/fake-host.ts'
import { type MemoryEnd, MemoryNet } from '../suites/memory-net.ts'
import { startServer } from '../suites/session-server.ts'
import { VirtualTime } from '../suites/virtual-time.ts'

const HELLO: ClientMessage = { kind: 'hello', wire: WIRE_VERSION, cluster: 'test' }
const value = new TextEncoder().encode('x')

/** A client that speaks frames. */
async function dial(options: { faults?: boolean } = {}) {
  const time = new VirtualTime()
  const net = new MemoryNet(time)
  const server = startServer(net, time, 'node', options)
  const heard: NodeMessage[] = []
  const closed: string[] = []
  const events: LinkEvents = {
    opened() {},
    frame: (bytes) => heard.push(decodeNodeMessage(bytes)),
    drained() {},
    closed: (reason) => closed.push(reason),
  }
  const link = net.dial('node', events)
  await time.settle()
  const say = async (...messages: ClientMessage[]): Promise<void> => {
    for (const message of messages) link.send(encodeClientMessage(message))
    await time.settle()
  }
  /** All replies since the last time. */
  const replies = (): NodeMessage[] => heard.splice(0)
  return { time, link, heard, closed, say, replies, ...server, end: server.ends[0] as MemoryEnd }
}

async function greeted(options: { faults?: boolean } = {}) {
  const client = await dial(options)
  await client.say(HELLO)
  client.replies()
  return client
}

const errorReply = (id: number, code: string) => expect.objectContaining({ kind: 'error', id, code })

describe('the hello', () => {
  it('is answered with what the node is and takes', async () => {
    const { say, replies } = await dial()
    await say(HELLO)
    expect(replies()).toEqual([
      {
        kind: 'hello',
        wire: WIRE_VERSION,
        cluster: 'test',
        name: 'fake',
        valueBytesMax: 1_048_576,
        frameBytesMax: 4_194_304,
      },
    ])
  })

  it('may leave the cluster open', async () => {
    const { say, replies } = await dial()
    await say({ kind: 'hello', wire: WIRE_VERSION, cluster: '' })
    expect(replies()[0]?.kind).toBe('hello')
  })

  it.each<[string, ClientMessage, string]>([
    ['of another cluster', { kind: 'hello', wire: WIRE_VERSION, cluster: 'other' }, 'ERR_WRONG_CLUSTER'],
    ['of another wire version', { kind: 'hello', wire: WIRE_VERSION + 1, cluster: 'test' }, 'ERR_PROTOCOL'],
    ['that is a request', { kind: 'write', id: 1, changes: [{ key: 'a', value }] }, 'ERR_PROTOCOL'],
  ])('%s is refused, and the session closed', async (_, message, code) => {
    const { say, replies, closed, host, counts, logged } = await dial()
    await say(message, HELLO, { kind: 'write', id: 2, changes: [{ key: 'b', value }] })
    expect(replies()).toEqual([errorReply(0, code)])
    expect(closed).toHaveLength(1)
    expect(host.get('a')).toBeUndefined()
    expect(host.get('b')).toBeUndefined()
    expect(counts).toMatchObject({ sessionsOpen: 0, sessionsRefused: 1, requests: 0 })
    expect(logged).toHaveLength(1)
  })

  it('comes once', async () => {
    const { say, replies, closed } = await greeted()
    await say(HELLO)
    expect(replies()).toEqual([errorReply(0, 'ERR_PROTOCOL')])
    expect(closed).toHaveLength(1)
  })

  it('must come in time', async () => {
    const { time, closed, counts } = await dial()
    await time.advance(HELLO_TIMEOUT_MS - 1)
    expect(closed).toHaveLength(0)
    await time.advance(2)
    expect(closed).toHaveLength(1)
    expect(counts.sessionsOpen).toBe(0)
    expect(time.armed).toBe(0)
  })
})

describe('a session of a node that is not ready', () => {
  it('answers what the node is and that it is there, and nothing else', async () => {
    const { host, say, replies } = await greeted()
    host.notReady = new HearsayError('ERR_NOT_READY', 'the node is reading its log: 35 % of 1.2 GB')
    await say({ kind: 'status', id: 1 }, { kind: 'ping', id: 2 })
    expect(replies()).toMatchObject([
      { kind: 'report', id: 1 },
      { kind: 'done', id: 2 },
    ])
    const range = {}
    const others: Request[] = [
      { kind: 'get', id: 3, key: 'a', wantValue: true },
      { kind: 'write', id: 4, changes: [{ key: 'a', value }] },
      { kind: 'scan', id: 5, range, reverse: false, limit: 1, wantValues: true, wantTombstones: false },
      { kind: 'watch', id: 6, range },
      { kind: 'members', id: 7 },
      { kind: 'forget', id: 8, name: 'n2' },
      { kind: 'backup', id: 9, offset: 0 },
      { kind: 'sketch', id: 10, cells: 1 },
    ]
    await say(...others)
    expect(replies()).toEqual(others.map(({ id }) => errorReply(id, 'ERR_NOT_READY')))
    expect([host.get('a'), host.listeners, host.orders]).toEqual([undefined, 0, []])
    host.notReady = undefined
    await say({ kind: 'get', id: 11, key: 'a', wantValue: true })
    expect(replies()).toMatchObject([{ kind: 'entry', id: 11 }])
  })
})

describe('a session fed garbage', () => {
  it.each<[string, number[]]>([
    ['nothing', []],
    ['no array', [0xff]],
    ['an unknown type', [0x92, 99, 1]],
    ['a reply', [0x92, 37, 1]],
    ['an id of 0', [0x92, 9, 0]],
    ['a get without a key', [0x94, 1, 1, 0xa0, 0xc3]],
    ['more behind the end', [0x92, 9, 1, 0]],
  ])('closes after %s, says why, and logs it once', async (_, frame) => {
    const { link, time, replies, closed, counts, logged } = await greeted()
    for (let i = 0; i < 5; i++) link.send(Uint8Array.from(frame))
    await time.settle()
    expect(replies()).toEqual([errorReply(0, 'ERR_PROTOCOL')])
    expect(closed).toHaveLength(1)
    expect(counts).toMatchObject({ sessionsOpen: 0, sessionsRefused: 1 })
    expect(logged).toHaveLength(1)
    expect(time.armed).toBe(0)
  })

  it('survives any bytes', async () => {
    const rng = seededRng(7)
    for (let run = 0; run < 300; run++) {
      const { link, time, counts } = run % 2 === 0 ? await greeted() : await dial()
      const frame = encodeClientMessage({ kind: 'scan', id: 1, range: { gte: 'a' }, ...SCAN })
      for (let i = 0; i < 3; i++) frame[Math.floor(rng() * frame.length)] = Math.floor(rng() * 256)
      link.send(frame)
      await time.settle()
      link.close('done')
      await time.settle()
      expect(counts.sessionsOpen).toBe(0)
    }
  })
})

const SCAN = { reverse: false, limit: 1_000, wantValues: true, wantTombstones: false }

describe('requests', () => {
  it('are answered as they are done, not as they came', async () => {
    const { host, say, replies } = await greeted()
    host.holdWrites = true
    await say({ kind: 'write', id: 1, changes: [{ key: 'a', value }] }, { kind: 'ping', id: 2 })
    expect(replies()).toEqual([{ kind: 'done', id: 2 }])
    host.release()
    await say({ kind: 'get', id: 3, key: 'a', wantValue: false }, { kind: 'get', id: 4, key: 'b', wantValue: true })
    const version = { time: expect.any(Number), origin: FAKE_ORIGIN }
    const entry = { kind: 'live', key: 'a', value: new Uint8Array(0), prior: 0, ...version }
    const all = replies()
    expect(all).toHaveLength(3)
    expect(all).toContainEqual({ kind: 'written', id: 1, version })
    expect(all).toContainEqual({ kind: 'entry', id: 3, entry })
    expect(all).toContainEqual({ kind: 'entry', id: 4, entry: undefined })
  })

  it('that the host refuses fail alone', async () => {
    const { say, replies, closed } = await greeted()
    const large = new Uint8Array(1024 * 1024 + 1)
    await say({ kind: 'write', id: 1, changes: [{ key: 'a', value: large }] }, { kind: 'ping', id: 2 })
    expect(replies()).toContainEqual(errorReply(1, 'ERR_VALUE_TOO_LARGE'))
    expect(closed).toEqual([])
  })

  it('get pages of bounded size, with or without values and tombstones', async () => {
    const { host, say, replies } = await greeted()
    host.merge(Array.from({ length: 1_500 }, (_, i) => liveEntry(`k${i}`, i + 1, FAKE_ORIGIN, value)))
    host.write([{ key: 'k0', value: undefined }], () => {})
    const scan: Extract<Request, { kind: 'scan' }> = { kind: 'scan', id: 1, range: {}, ...SCAN, limit: 1e9 }
    await say(scan, { ...scan, id: 2, wantTombstones: true, wantValues: false, limit: 1 }, { ...scan, id: 3, limit: 0 })
    const [first, second, third] = replies() as [Extract<Reply, { kind: 'page' }>, ...Reply[]]
    expect(first).toMatchObject({ kind: 'page', more: true })
    expect(first.entries).toHaveLength(1_000)
    expect(second).toMatchObject({ kind: 'page', more: true, entries: [{ kind: 'tombstone', key: 'k0' }] })
    expect(third).toEqual(errorReply(3, 'ERR_INVALID_ARGUMENT'))
    host.merge([liveEntry('big1', 9_999, FAKE_ORIGIN, new Uint8Array(300_000))])
    host.merge([liveEntry('big2', 9_999, FAKE_ORIGIN, new Uint8Array(300_000))])
    await say({ ...scan, id: 4 })
    expect(replies()).toEqual([
      expect.objectContaining({ more: true, entries: [expect.objectContaining({ key: 'big1' })] }),
    ])
  })

  it('to write are bounded in flight', async () => {
    const { host, say, replies } = await greeted()
    host.holdWrites = true
    const writes = Array.from(
      { length: WRITES_IN_FLIGHT_MAX + 1 },
      (_, i): ClientMessage => ({ kind: 'write', id: i + 1, changes: [{ key: 'a', value }] }),
    )
    await say(...writes)
    expect(replies()).toEqual([errorReply(WRITES_IN_FLIGHT_MAX + 1, 'ERR_OVERLOADED')])
    host.release()
    await say({ kind: 'write', id: 9_999, changes: [{ key: 'a', value }] })
    expect(replies().filter((reply) => reply.kind === 'written')).toHaveLength(WRITES_IN_FLIGHT_MAX + 1)
  })

  it('that wait when the client goes away are forgotten', async () => {
    const { host, link, say, time, replies, counts } = await greeted()
    host.holdWrites = true
    await say({ kind: 'write', id: 1, changes: [{ key: 'a', value }] }, { kind: 'watch', id: 2, range: {} })
    link.close('bye')
    await time.settle()
    host.release()
    host.write([{ key: 'b', value }], () => {})
    await time.settle()
    expect(replies().filter((reply) => reply.kind === 'written')).toEqual([])
    expect(host.listeners).toBe(0)
    expect(counts).toMatchObject({ sessionsOpen: 0, watchesOpen: 0 })
  })

  it('of operators are passed on, and answered when the host is done', async () => {
    const { host, say, replies } = await greeted()
    host.staleMs = 12.25
    host.holdWrites = true
    await say(
      { kind: 'get', id: 1, key: 'a', wantValue: true },
      { kind: 'forget', id: 2, name: 'n2' },
      { kind: 'resetClock', id: 3 },
      { kind: 'sync', id: 4, peer: 'n2' },
    )
    expect(replies()).toEqual([{ kind: 'entry', id: 1, entry: undefined, stalenessMs: 13 }])
    expect(host.orders).toEqual(['forget n2', 'resetClock', 'sync n2'])
    host.release()
    host.orderError = new HearsayError('ERR_NO_SUCH_MEMBER', 'nobody has this name')
    await say({ kind: 'forget', id: 5, name: 'n3' }, { kind: 'sync', id: 6, peer: 'n3' })
    expect(replies()).toEqual([
      { kind: 'done', id: 2 },
      { kind: 'done', id: 3 },
      { kind: 'report', id: 4, report: { peer: 'n2', pulled: 1, differed: 2, taken: 1, removed: 1, bytes: 3_000 } },
      errorReply(5, 'ERR_NO_SUCH_MEMBER'),
      errorReply(6, 'ERR_NO_SUCH_MEMBER'),
    ])
  })

  it('of operators are bounded in flight', async () => {
    const { host, say, replies } = await greeted()
    host.holdWrites = true
    const many = <K extends 'sync' | 'resetClock'>(kind: K, from: number, count: number): ClientMessage[] =>
      Array.from({ length: count }, (_, i) => ({ kind, id: from + i, peer: 'n2' }) as ClientMessage)
    await say(...many('sync', 1, SYNCS_IN_FLIGHT_MAX + 1), ...many('resetClock', 100, ORDERS_IN_FLIGHT_MAX + 1))
    expect(replies()).toEqual([
      errorReply(SYNCS_IN_FLIGHT_MAX + 1, 'ERR_OVERLOADED'),
      errorReply(100 + ORDERS_IN_FLIGHT_MAX, 'ERR_OVERLOADED'),
    ])
    host.release()
    await say({ kind: 'sync', id: 999, peer: 'n2' })
    expect(replies()).toHaveLength(SYNCS_IN_FLIGHT_MAX + ORDERS_IN_FLIGHT_MAX + 1)
  })

  it('for lost updates get as many as a report may hold', async () => {
    const { host, say, replies } = await greeted()
    const side = { kind: 'live', node: 'n1', origin: FAKE_ORIGIN, time: 1, writtenMs: 1, size: 4096 } as const
    const large = { ...side, value: 'A'.repeat(5_464) }
    host.lost = Array.from({ length: 2_000 }, (_, i) => ({
      key: `${i % 2 === 0 ? 'a' : 'b'}/${'\u0001'.repeat(1_000)}`,
      lost: large,
      kept: large,
      gapMs: 1,
      foundMs: 1,
    }))
    const conflicts = { kind: 'conflicts', id: 1, prefix: '', limit: 2 } as const
    await say(
      conflicts,
      { ...conflicts, id: 2, limit: 5_000 },
      { ...conflicts, id: 3, prefix: 'c' },
      { ...conflicts, id: 4, limit: 0 },
    )
    const [two, all, none, wrong] = replies() as { report: readonly unknown[] }[]
    expect(two?.report).toHaveLength(2)
    expect(all?.report.length).toBeGreaterThan(100)
    expect(JSON.stringify(all?.report).length).toBeLessThan(CONFLICTS_BYTES_MAX)
    expect(none?.report).toEqual([])
    expect(wrong).toEqual(errorReply(4, 'ERR_INVALID_ARGUMENT'))
  })

  it('for a sketch and for what is under hashes of keys get both, without values', async () => {
    const { host, say, replies } = await greeted()
    host.write([{ key: 'a', value, ttlMs: 60_000 }], () => {})
    host.write([{ key: 'b', value: undefined }], () => {})
    await say({ kind: 'sketch', id: 1, cells: 8 })
    const [reply] = replies() as [Extract<Reply, { kind: 'sketch' }>]
    expect(reply).toMatchObject({ kind: 'sketch', id: 1, view: { count: 2 } })
    expect([reply.cells.length, reply.view.estimator.length]).toEqual([8 * 12, 72])
    const ks = [new Summary(seedOf('test')).kOf('a'), new Summary(seedOf('test')).kOf('b'), 7]
    const tooMany = Array.from({ length: RESOLVE_KS_MAX + 1 }, (_, k) => k)
    await say({ kind: 'resolve', id: 2, ks }, { kind: 'resolve', id: 3, ks: tooMany })
    expect(replies()).toEqual([
      {
        kind: 'page',
        id: 2,
        more: false,
        entries: [
          expect.objectContaining({ key: 'a', value: new Uint8Array(0), expiresAt: FAKE_NOW_MS + 60_000 }),
          expect.objectContaining({ key: 'b', kind: 'tombstone' }),
        ],
      },
      errorReply(3, 'ERR_INVALID_ARGUMENT'),
    ])
  })

  it('for a backup get it piece by piece, from its beginning, and one at a time', async () => {
    const { host, link, say, replies } = await greeted()
    host.copy = new Uint8Array(BACKUP_CHUNK_BYTES + 5).fill(7)
    await say({ kind: 'backup', id: 1, offset: 0 }, { kind: 'backup', id: 2, offset: BACKUP_CHUNK_BYTES })
    await say({ kind: 'backup', id: 3, offset: BACKUP_CHUNK_BYTES + 5 }, { kind: 'backup', id: 4, offset: 9 })
    const told = replies().map((reply) => (reply.kind === 'chunk' ? [reply.id, reply.bytes.length, reply.more] : reply))
    expect(told).toEqual([[1, BACKUP_CHUNK_BYTES, true], [2, 5, true], [3, 0, false], errorReply(4, 'ERR_CLOSED')])
    expect(host.backupsOpen).toBe(0)
    await say({ kind: 'backup', id: 5, offset: 0 }, { kind: 'backup', id: 6, offset: 0 })
    expect(host.backupsOpen).toBe(1)
    link.close('gone')
    await say()
    expect(host.backupsOpen).toBe(0)
  })

  it('for faults are served only when they are on', async () => {
    const off = await greeted()
    await off.say({ kind: 'fault', id: 1, refuse: ['n2'] })
    expect(off.replies()).toEqual([errorReply(1, 'ERR_NOT_ALLOWED')])
    expect(off.host.refused).toEqual([])
    const on = await greeted({ faults: true })
    await on.say({ kind: 'fault', id: 1, refuse: ['n2'] })
    expect(on.replies()).toEqual([{ kind: 'done', id: 1 }])
    expect(on.host.refused).toEqual(['n2'])
  })
})

describe('watches of a session', () => {
  it('give the state, ready, changes, and end by unwatch', async () => {
    const { host, say, replies, time, counts } = await greeted()
    host.write([{ key: 'a', value }], () => {})
    await say({ kind: 'watch', id: 1, range: { gte: 'a', lt: 'b' } })
    expect(replies()).toEqual([
      { kind: 'events', id: 1, ready: true, entries: [expect.objectContaining({ key: 'a' })] },
    ])
    host.write([{ key: 'a', value: undefined }], () => {})
    host.write([{ key: 'b', value }], () => {})
    await time.settle()
    expect(replies()).toEqual([
      { kind: 'events', id: 1, ready: false, entries: [expect.objectContaining({ kind: 'tombstone', key: 'a' })] },
    ])
    await say({ kind: 'unwatch', id: 2, watch: 1 }, { kind: 'unwatch', id: 3, watch: 1 })
    expect(replies()).toEqual([
      { kind: 'done', id: 2 },
      { kind: 'done', id: 3 },
    ])
    expect(counts.watchesOpen).toBe(0)
    host.write([{ key: 'a', value }], () => {})
    await time.settle()
    expect(replies()).toEqual([])
  })

  it('are bounded in number, and an id names one watch', async () => {
    const { say, replies, closed } = await greeted()
    const watches = Array.from(
      { length: SESSION_WATCHES_MAX + 1 },
      (_, i): ClientMessage => ({ kind: 'watch', id: i + 1, range: {} }),
    )
    await say(...watches)
    const errors = replies().filter((reply) => reply.kind === 'error')
    expect(errors).toEqual([errorReply(SESSION_WATCHES_MAX + 1, 'ERR_OVERLOADED')])
    await say({ kind: 'watch', id: 1, range: {} })
    expect(replies()).toEqual([errorReply(0, 'ERR_PROTOCOL')])
    expect(closed).toHaveLength(1)
  })

  it('wait for a client that does not read, and give it the latest of each key', async () => {
    const { host, say, end, time, replies, closed } = await greeted()
    await say({ kind: 'watch', id: 1, range: {} })
    replies()
    end.stalled = true
    const big = new Uint8Array(1024 * 1024)
    for (let round = 0; round < 50; round++) {
      for (const key of ['a', 'b']) host.write([{ key, value: big }], () => {})
      await time.settle()
    }
    expect(end.queuedBytes).toBeGreaterThan(8 * 1024 * 1024)
    expect(end.queuedBytes).toBeLessThan(10 * 1024 * 1024)
    expect(closed).toEqual([])
    end.resume()
    await time.settle()
    const entries = replies().flatMap((reply): readonly Entry[] => (reply.kind === 'events' ? reply.entries : []))
    expect(entries.length).toBeLessThan(15)
    expect(new Map(entries.map((entry) => [entry.key, entry.time]))).toEqual(
      new Map(['a', 'b'].map((key) => [key, host.get(key)?.time])),
    )
  })

  it('end by an overflow when too many keys wait for a client that does not read', async () => {
    const { host, say, end, time, replies, counts, closed } = await greeted()
    await say({ kind: 'watch', id: 1, range: {} })
    end.stalled = true
    const big = new Uint8Array(1024 * 1024)
    for (let i = 0; i < 9; i++) host.write([{ key: 'big', value: big }], () => {})
    const many = (from: number) =>
      Array.from({ length: 1_000 }, (_, i) => liveEntry(`k${from + i}`, 1e6, FAKE_ORIGIN, value))
    for (let from = 0; from < 66_000; from += 1_000) host.merge(many(from))
    expect(counts).toMatchObject({ watchesOpen: 0, watchesOverflowed: 1 })
    expect(host.listeners).toBe(0)
    end.resume()
    await time.settle()
    expect(replies().at(-1)).toEqual(errorReply(1, 'ERR_WATCH_OVERFLOW'))
    expect(closed).toEqual([])
  })
})

describe('a client', () => {
  it('that asks for more than it reads is closed', async () => {
    const { host, say, end, time, closed, counts, logged } = await greeted()
    host.write([{ key: 'a', value: new Uint8Array(1024 * 1024) }], () => {})
    end.stalled = true
    for (let id = 1; id <= 40; id++) await say({ kind: 'get', id, key: 'a', wantValue: true })
    await time.settle()
    expect(closed).toEqual(['the client does not read'])
    expect(counts).toMatchObject({ sessionsOpen: 0, sessionsTooSlow: 1 })
    expect(logged).toHaveLength(1)
  })

  it('that says nothing is closed in the end, one that pings is not', async () => {
    const { time, say, closed } = await greeted()
    for (let i = 0; i < 20; i++) {
      await say({ kind: 'ping', id: i + 1 })
      await time.advance(SILENCE_MS - 1)
    }
    expect(closed).toEqual([])
    await time.advance(2 * SILENCE_MS)
    expect(closed).toEqual(['the client is silent'])
    expect(time.armed).toBe(0)
  })
})
