/** Real nodes on loopback: the store suite on both kinds of store, replication, restart, and what a stranger may throw. */

import { once } from 'node:events'
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { connect as connectTcp } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { connect } from '../../src/client/connect.ts'
import type { Store } from '../../src/client/store.ts'
import { createNode, type HearsayNode, type NodeOptions } from '../../src/node/create-node.ts'
import { encodeClientMessage } from '../../src/wire/client-codec.ts'
import { encodePeerHello } from '../../src/wire/peer-codec.ts'
import { WIRE_VERSION } from '../../src/wire/peer-messages.ts'
import { storeSuite } from '../suites/store-suite.ts'

const cleanups: (() => Promise<unknown>)[] = []

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

async function node<V = unknown>(options: NodeOptions<V> = {}): Promise<HearsayNode<V>> {
  const made = await createNode<V>({ name: 'n1', listen: '127.0.0.1:0', logLevel: 'silent', ...options })
  cleanups.push(() => made.close())
  return made
}

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'hearsay-'))
  cleanups.push(() => rm(path, { recursive: true }))
  return path
}

/** Polls the outside world, which nobody can tell us about. */
async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let i = 0; i < 2_000; i++) {
    if (await holds()) return
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  throw new Error(`this never came true: ${holds}`)
}

describe('a real node, embedded', () => {
  storeSuite(async (codec) => node({ codec }))
})

describe('a real node with a log, through the client', () => {
  storeSuite(async (codec): Promise<Store<never>> => {
    const { url } = await node({ dataDir: await folder(), fsync: 'never' })
    const kv = connect(url, { codec })
    cleanups.push(() => kv.close())
    return kv as unknown as Store<never>
  })
})

describe('an embedded node', () => {
  it('answers its operator: members, lost updates, orders', async () => {
    const kv = await node()
    expect(kv.status()).toMatchObject({ name: 'n1', clock: 'ok', conflicts: 0 })
    expect(kv.members()).toMatchObject([{ name: 'n1', self: true }])
    expect(kv.conflicts()).toEqual([])
    expect(await kv.sync()).toEqual([])
    await kv.resetClock()
    await expect(kv.forget('nobody')).rejects.toMatchObject({ code: 'ERR_NO_SUCH_MEMBER' })
    await expect(kv.sync('nobody')).rejects.toMatchObject({ code: 'ERR_NO_SUCH_MEMBER' })
    const refused = expect.objectContaining({ code: 'ERR_INVALID_ARGUMENT' })
    for (const name of ['', 'no name', 7, undefined] as string[]) await expect(kv.forget(name)).rejects.toEqual(refused)
    await expect(kv.sync('no name')).rejects.toEqual(refused)
    for (const options of [{ limit: 0 }, { limit: 1_001 }, { prefix: 7 }, { prefix: '\ud800' }, 7, null] as never[]) {
      expect(() => kv.conflicts(options)).toThrow(refused)
    }
  })

  it('compares itself with its peers when it is told to', async () => {
    const a = await node({ name: 'a' })
    const b = await node({ name: 'b', seeds: [a.url] })
    await a.put('x', 1)
    await until(async () => (await b.get('x')) === 1)
    expect(await b.sync()).toMatchObject([{ peer: 'a', differed: 0, taken: 0, removed: 0 }])
    expect(await b.sync('a')).toMatchObject([{ peer: 'a', differed: 0 }])
  })

  it('tells which acknowledged value was lost to a write whose author had not seen it', async () => {
    const a = await node({ name: 'a', faults: true, conflictValues: true })
    const b = await node({ name: 'b', faults: true, conflictValues: true, seeds: [a.url] })
    await a.put('x', 0)
    await until(async () => (await b.get('x')) === 0)
    const operator = connect(a.url)
    cleanups.push(() => operator.close())
    await operator.admin.fault(['b'])
    await until(() => a.members().every(({ linked }) => !linked))
    const lost = await a.put('x', 'lost')
    const writtenMs = Date.now()
    await until(() => Date.now() > writtenMs)
    const kept = await b.put('x', 'kept')
    await operator.admin.fault([])
    await until(async () => (await a.get('x')) === 'kept')
    await until(() => a.conflicts().length + b.conflicts().length > 0)
    const [conflict] = [...a.conflicts({ prefix: 'x' }), ...b.conflicts({ prefix: 'x' })]
    expect(conflict).toMatchObject({
      key: 'x',
      lost: { node: 'a', time: lost.time },
      kept: { node: 'b', time: kept.time },
    })
    expect(Buffer.from(conflict?.lost.value ?? '', 'base64').toString()).toBe('"lost"')
    expect([...a.conflicts({ prefix: 'y' }), ...b.conflicts({ prefix: 'y' })]).toEqual([])
  })

  it('forgets a member that is gone for good, by an order at any node', async () => {
    const a = await node({ name: 'a', suspectAfterMs: 300, deadAfterMs: 1_000 })
    const gone = await createNode({ name: 'gone', listen: '127.0.0.1:0', logLevel: 'silent', seeds: [a.url] })
    await until(() => a.members().some(({ name }) => name === 'gone'))
    await gone.close()
    await a.put('x', 1)
    await a.forget('gone')
    expect(a.members().map(({ name }) => name)).toEqual(['a'])
    await until(() => a.status().stalenessMs !== undefined)
    await expect(a.forget('gone')).rejects.toMatchObject({ code: 'ERR_NO_SUCH_MEMBER' })
  })

  it('lets a value expire on every node, and shows it nowhere any more', async () => {
    const a = await node({ name: 'a' })
    const b = await node({ name: 'b', seeds: [a.url] })
    const watch = b.watch({ key: 'x' })
    expect((await watch.next()).value).toEqual({ type: 'ready' })
    const version = await a.put('x', 1, { ttl: 300 })
    const seen = [(await watch.next()).value, (await watch.next()).value]
    expect(seen).toEqual([
      { type: 'put', key: 'x', value: 1, version, expiresAt: expect.any(Number) },
      { type: 'delete', key: 'x', version, cause: 'expire' },
    ])
    await until(async () => !(await a.has('x')) && !(await b.has('x')))
    await until(() => a.status().fingerprint === b.status().fingerprint)
    await watch.return()
  })

  it('that is new and waits for its seeds says so to clients, and serves once it need not wait', async () => {
    const port = 40_000 + (process.pid % 20_000)
    const options = { name: 'new', listen: `127.0.0.1:${port}`, seeds: ['127.0.0.1:1'], joinTimeoutMs: 1_000 }
    const making = node(options)
    const ask = () => fetch(`http://127.0.0.1:${port}`).catch(() => undefined)
    await until(async () => {
      const answer = await ask()
      return answer?.status === 503 && (await answer.text()) === 'The node takes over what the others have.\n'
    })
    const early = connect(`ws://127.0.0.1:${port}`, { failFast: true })
    cleanups.push(() => early.close())
    expect(await early.admin.status()).toMatchObject({ name: 'new', state: 'joining', disk: 'ok' })
    await expect(early.get('x', { timeout: 100 })).rejects.toMatchObject({ code: 'ERR_NOT_READY', retryable: true })
    const kv = await making
    expect(kv.status()).toMatchObject({ state: 'running', recovery: undefined })
    expect((await ask())?.status).toBe(426)
    await kv.put('x', 1)
  })

  it('refuses settings that cannot be', async () => {
    const wrong = [{ forgetAfterMs: 10_000 }, { forgetAfterMs: -1 }, { joinTimeoutMs: 0.5 }, { conflictValues: 'yes' }]
    for (const options of wrong as never[]) {
      await expect(createNode(options)).rejects.toMatchObject({ code: 'ERR_INVALID_ARGUMENT' })
    }
    await node({ forgetAfterMs: 0, joinTimeoutMs: 0, conflictValues: true })
  })
})

describe('nodes', () => {
  it('show on each what was written on any', async () => {
    const a = await node({ name: 'a' })
    const b = await node({ name: 'b', seeds: [a.url] })
    const c = await node({ name: 'c', seeds: [a.url] })
    await a.put('x', 1)
    await c.put('y', 2)
    await until(async () => (await b.get('x')) === 1 && (await b.get('y')) === 2 && (await a.get('y')) === 2)
    await b.delete('x')
    await until(async () => (await a.get('x')) === undefined && (await c.get('x')) === undefined)
  })

  it('come to know the stable time', async () => {
    const a = await node({ name: 'a', dataDir: await folder() })
    const b = await node({ name: 'b', seeds: [a.url], dataDir: await folder() })
    await a.put('x', 1)
    await until(() => a.status().stalenessMs !== undefined && b.status().stalenessMs !== undefined)
  })

  it('find everything again after a restart, under a new run', async () => {
    const dataDir = await folder()
    const first = await createNode({ name: 'n1', listen: '127.0.0.1:0', logLevel: 'silent', dataDir })
    const version = await first.put('x', { deep: ['value'] })
    await first.delete('gone')
    await first.close()
    const second = await node({ dataDir })
    expect(await second.getEntry('x')).toMatchObject({ key: 'x', value: { deep: ['value'] }, version })
    expect(await second.has('gone')).toBe(false)
    expect(second.status().origin).toMatch(/^n1\/2\//)
  })

  it('whose disk was set back to an older copy begin a run above all that others know, and lose nothing', async () => {
    const a = await node({ name: 'a', dataDir: await folder() })
    const dataDir = join(await folder(), 'b')
    const options = { name: 'b', listen: '127.0.0.1:0', logLevel: 'silent', seeds: [a.url], dataDir } as const
    const first = await createNode(options)
    await first.put('old', 1)
    await first.close()
    const copy = join(await folder(), 'copy')
    await cp(dataDir, copy, { recursive: true })
    for (const key of ['second', 'third']) {
      const again = await createNode(options)
      await again.put(key, 1)
      await until(async () => (await a.get(key)) === 1)
      await again.close()
    }
    await rm(dataDir, { recursive: true })
    await cp(copy, dataDir, { recursive: true })
    const back = await createNode(options)
    cleanups.push(() => back.close())
    await back.put('alone', 1)
    await until(() => /^b\/4\//.test(back.status().origin))
    await back.put('after', 1)
    await until(() => a.status().keys === 5 && back.status().fingerprint === a.status().fingerprint)
    await until(() => a.status().stalenessMs !== undefined)
  })

  it('ignore a seed that is the node itself, and still find the others', async () => {
    const a = await node({ name: 'a' })
    const port = 20_000 + Math.floor(process.pid % 20_000)
    const listen = `127.0.0.1:${port}`
    const b = await node({ name: 'b', listen, seeds: [listen, a.url] })
    await until(() => a.members().some(({ name, linked }) => name === 'b' && linked))
    expect(b.members().map(({ name }) => name)).toEqual(['a', 'b'])
  })

  it('of another cluster are refused, and nothing is mixed', async () => {
    const a = await node({ name: 'a', cluster: 'one' })
    const b = await node({ name: 'b', cluster: 'two', seeds: [a.url] })
    await a.put('x', 1)
    await until(() => (a.status().counters.linksRefused ?? 0) > 0)
    expect(await b.get('x')).toBeUndefined()
    expect(a.members()).toHaveLength(1)
    const kv = connect(a.url, { cluster: 'two', timeout: 5_000 })
    await expect(kv.get('x')).rejects.toMatchObject({ code: 'ERR_WRONG_CLUSTER' })
    await kv.close()
  })

  it('close in peace while a peer writes', async () => {
    const a = await node({ name: 'a', dataDir: await folder(), fsync: 'never' })
    let isOver = false
    const writer = (async () => {
      for (let i = 0; !isOver; i++) await a.put(`k${i % 100}`, i)
    })()
    for (let round = 0; round < 5; round++) {
      const b = await createNode({
        name: 'b',
        listen: '127.0.0.1:0',
        logLevel: 'silent',
        seeds: [a.url],
        dataDir: await folder(),
      })
      await until(() => b.status().keys === 100)
      await b.close()
    }
    isOver = true
    await writer
  })

  it('stop when another living node has their name', async () => {
    const seed = await node({ name: 'a' })
    let fatal: string | undefined
    const onFatal = ({ code }: { code: string }): void => {
      fatal ??= code
    }
    const first = await node({ name: 'twin', seeds: [seed.url], onFatal })
    // It may be told before it has begun to serve.
    const second = await node({ name: 'twin', seeds: [seed.url, first.url], onFatal }).catch(onFatal)
    await until(() => fatal !== undefined)
    expect(fatal).toBe('ERR_NAME_IN_USE')
    const outcomes = await Promise.allSettled([first.put('x', 1), second?.put('x', 2) ?? Promise.reject()])
    expect(outcomes.filter(({ status }) => status === 'rejected')).toHaveLength(1)
  })

  it('cut their links when told to, and agree on one value after healing', async () => {
    const a = await node({ name: 'a', faults: true })
    const b = await node({ name: 'b', faults: true, seeds: [a.url] })
    const [toA, toB] = [connect(a.url), connect(b.url)]
    cleanups.push(
      () => toA.close(),
      () => toB.close(),
    )
    await until(() => a.status().links === 1 && b.status().links === 1)
    await Promise.all([toA.admin.fault(['b']), toB.admin.fault(['a'])])
    await until(() => a.status().links === 0 && b.status().links === 0)
    await toA.put('x', 'from a')
    await toB.put('x', 'from b')
    expect([await toA.get('x'), await toB.get('x')]).toEqual(['from a', 'from b'])
    await Promise.all([toA.admin.fault([]), toB.admin.fault([])])
    await until(() => a.status().fingerprint === b.status().fingerprint)
    expect(await toA.get('x')).toBe(await toB.get('x'))
  })

  it('cut no links without --faults', async () => {
    const { url } = await node()
    const kv = connect(url)
    cleanups.push(() => kv.close())
    await expect(kv.admin.fault(['x'])).rejects.toMatchObject({ code: 'ERR_NOT_ALLOWED' })
  })
})

describe('bad input', () => {
  const whyNot = async (options: NodeOptions<unknown>): Promise<string> => {
    const made = await createNode({ name: 'n1', listen: '127.0.0.1:0', logLevel: 'silent', ...options }).catch(
      (error) => error,
    )
    if (!(made instanceof Error)) await made.close()
    return (made as { code?: string }).code ?? 'it started'
  }

  it('refuses to start with options that make no sense', async () => {
    expect(await whyNot({ name: 'no spaces' })).toBe('ERR_INVALID_ARGUMENT')
    expect(await whyNot({ listen: 'nowhere' })).toBe('ERR_INVALID_ARGUMENT')
    expect(await whyNot({ fsync: 'sometimes' as 'never' })).toBe('ERR_INVALID_ARGUMENT')
    expect(await whyNot({ valueBytesMax: 0 })).toBe('ERR_INVALID_ARGUMENT')
    expect(await whyNot({ valueBytesMax: 1.5 })).toBe('ERR_INVALID_ARGUMENT')
    for (const seed of ['', 'not a url', 'http://a:1', 'a:b:c', 'nowhere', 'a:99999']) {
      expect(await whyNot({ seeds: [seed] }), seed).toBe('ERR_INVALID_ARGUMENT')
    }
    expect(await whyNot({ advertise: '%%%' })).toBe('ERR_INVALID_ARGUMENT')
    expect(await whyNot({ advertise: '' })).toBe('ERR_INVALID_ARGUMENT')
    expect(await whyNot({ suspectAfterMs: 5_000, deadAfterMs: 5_000 })).toBe('ERR_INVALID_ARGUMENT')
    expect(await whyNot({ cluster: '' })).toBe('ERR_INVALID_ARGUMENT')
    expect(await whyNot({ datadir: './typo' } as object)).toBe('ERR_INVALID_ARGUMENT')
    expect(await whyNot({ onFatal: 5 } as object)).toBe('ERR_INVALID_ARGUMENT')
    expect(await whyNot({ logger: 5 } as object)).toBe('ERR_INVALID_ARGUMENT')
    expect(await whyNot({ codec: {} } as object)).toBe('ERR_INVALID_ARGUMENT')
    await expect(createNode('x' as unknown as object)).rejects.toMatchObject({ code: 'ERR_INVALID_ARGUMENT' })
    await expect(createNode(null as unknown as object)).rejects.toMatchObject({ code: 'ERR_INVALID_ARGUMENT' })
  })

  it('refuses a port or a folder that is in use or of no use', async () => {
    const dataDir = await folder()
    const { url } = await node({ dataDir })
    expect(await whyNot({ listen: url.replace('ws://', '') })).toBe('ERR_ADDRESS_IN_USE')
    expect(await whyNot({ listen: '192.0.2.1:7070' })).toBe('ERR_ADDRESS_UNAVAILABLE')
    expect(await whyNot({ dataDir })).toBe('ERR_FOLDER_IN_USE')
    expect(await whyNot({ dataDir: '/proc/nothing/below' })).toBe('ERR_FOLDER_UNUSABLE')
    expect(await whyNot({ dataDir: '' })).toBe('ERR_FOLDER_UNUSABLE')
    const file = join(await folder(), 'file')
    await writeFile(file, '')
    expect(await whyNot({ dataDir: join(file, 'below') })).toBe('ERR_FOLDER_UNUSABLE')
  })

  it('refuses the log of another node or cluster, and leaves it as it is', async () => {
    const dataDir = await folder()
    const first = await createNode({ name: 'n1', listen: '127.0.0.1:0', logLevel: 'silent', dataDir })
    await first.put('x', 1)
    await first.close()
    expect(await whyNot({ name: 'n2', dataDir })).toBe('ERR_LOG_FOREIGN')
    expect(await whyNot({ cluster: 'other', dataDir })).toBe('ERR_LOG_FOREIGN')
    expect(await (await node({ dataDir })).get('x')).toBe(1)
  })

  it('refuses keys and values beyond the limits, and changes nothing', async () => {
    const kv = await node({ valueBytesMax: 100 })
    await expect(kv.put('', 1)).rejects.toMatchObject({ code: 'ERR_INVALID_KEY' })
    await expect(kv.put('k'.repeat(1_025), 1)).rejects.toMatchObject({ code: 'ERR_INVALID_KEY' })
    await expect(kv.put('\ud800', 1)).rejects.toMatchObject({ code: 'ERR_INVALID_KEY' })
    await expect(kv.put('x', 'y'.repeat(99))).rejects.toMatchObject({ code: 'ERR_VALUE_TOO_LARGE' })
    const batch = [
      { type: 'put' as const, key: 'ok', value: 1 },
      { type: 'put' as const, key: '', value: 2 },
    ]
    await expect(kv.batch(batch)).rejects.toMatchObject({ code: 'ERR_INVALID_KEY' })
    const many = Array.from({ length: 10_001 }, (_, i) => ({ type: 'put' as const, key: `k${i}`, value: 1 }))
    await expect(kv.batch(many)).rejects.toMatchObject({ code: 'ERR_BATCH_TOO_LARGE' })
    await kv.put('k'.repeat(1_024), 1)
    expect(kv.status().keys).toBe(1)
  })

  it('recovers a true prefix of a log cut anywhere, or says what is wrong', async () => {
    const dataDir = await folder()
    const first = await createNode({ name: 'n1', listen: '127.0.0.1:0', logLevel: 'silent', dataDir })
    for (let i = 0; i < 20; i++) await first.put(`k${i}`, i)
    await first.close()
    const [segment = ''] = (await readdir(dataDir)).filter((name) => name.endsWith('.log'))
    const whole = await readFile(join(dataDir, segment))
    let before = -1
    for (let size = 0; size <= whole.length; size += 37) {
      const cut = join(await folder(), 'cut')
      await cp(dataDir, cut, { recursive: true })
      await writeFile(join(cut, segment), whole.subarray(0, size))
      const kv = await createNode({ name: 'n1', listen: '127.0.0.1:0', logLevel: 'silent', dataDir: cut })
      const { keys } = kv.status()
      for (let i = 0; i < keys; i++) expect(await kv.get(`k${i}`)).toBe(i)
      expect(keys).toBeGreaterThanOrEqual(before)
      before = keys
      await kv.put('after', 'the cut')
      await kv.close()
    }
    expect(before).toBeGreaterThanOrEqual(19)
  })

  it('answers a plain HTTP GET, and closes on garbage, wrong versions and oversized frames, and serves on', async () => {
    const kv = await node()
    await kv.put('x', 1)
    const http = kv.url.replace('ws:', 'http:')
    expect((await fetch(http)).status).toBe(426)
    await garbage(new URL(kv.url))
    const good = kv.status().origin
    const row = {
      origin: good.replace('n1/', 'n9/'),
      seq: 1,
      address: '',
      last: 0,
      clear: 0,
      low: 0,
      h: '0'.repeat(16),
      wallMs: 0,
      gone: '0'.repeat(16),
      joining: false,
    }
    const hello = { kind: 'hello', wire: 99, cluster: 'hearsay', row, features: [] } as const
    expect(await sent(`${kv.url}/peer`, encodePeerHello(hello))).toMatch(/version/)
    expect(await sent(`${kv.url}/peer`, Buffer.from('garbage'))).toMatch(/protocol/)
    expect(await sent(kv.url, Buffer.from('garbage'))).not.toBe('')
    expect(await sent(kv.url, encodeClientMessage({ kind: 'hello', wire: 99, cluster: '' }))).not.toBe('')
    expect(await sent(kv.url, Buffer.alloc(33 * 1024 * 1024))).toMatch(/1009|large|long|payload/i)
    expect(await sent(kv.url, 'text')).not.toBe('')
    expect((await fetch(http)).status).toBe(426)
    const client = connect(kv.url)
    expect(await client.get('x')).toBe(1)
    await client.close()
  })

  it('is bounded by a client that watches and never reads', async () => {
    const kv = await node<string>()
    const socket = new WebSocket(kv.url, { perMessageDeflate: false })
    await once(socket, 'open')
    socket.send(encodeClientMessage({ kind: 'hello', wire: WIRE_VERSION, cluster: '' }))
    socket.send(encodeClientMessage({ kind: 'watch', id: 1, range: {} }))
    await once(socket, 'message')
    ;(socket as unknown as { _socket: { pause(): void } })._socket.pause()
    const value = 'v'.repeat(1_000)
    for (let round = 0; round < 40; round++) {
      const writes = Array.from({ length: 2_000 }, (_, i) => ({ type: 'put' as const, key: `k${i}`, value }))
      await kv.batch(writes)
    }
    expect(await kv.get('k0')).toBe(value)
    socket.terminate()
  })
})

/** Bytes that are no HTTP at all. */
async function garbage({ hostname, port }: URL): Promise<void> {
  const socket = connectTcp(Number(port), hostname)
  await once(socket, 'connect')
  socket.on('error', () => {})
  socket.end(Buffer.from(Array.from({ length: 4_096 }, (_, i) => (i * 37) % 256)))
  socket.resume()
  await once(socket, 'close')
}

/** Sends one frame on a fresh WebSocket and gives the reason for which the node closed it. */
async function sent(url: string, frame: Uint8Array | string): Promise<string> {
  const socket = new WebSocket(url, { perMessageDeflate: false })
  socket.on('error', () => {})
  await once(socket, 'open')
  socket.send(frame)
  const [code, reason] = (await once(socket, 'close')) as [number, Buffer]
  return `${code} ${reason}`
}
