/**
 * What every `Store` promises, whoever implements it. Run on the embedded store and on a remote one.
 */

import { expect, it } from 'vitest'
import { bytes, type Codec, json, string } from '../../src/client/codec.ts'
import type { Store, WatchEvent } from '../../src/client/store.ts'

export type OpenStore = <V>(codec: Codec<V>) => Promise<Store<V>>

const failsWith = (code: string, maybeApplied = false) => expect.objectContaining({ code, maybeApplied })
const LONE = '\ud800'

export function storeSuite(open: OpenStore): void {
  it('gives back what was put, and undefined for what was not', async () => {
    await using kv = await open(json)
    await kv.put('a', { n: [1, 'two', null] })
    expect(await kv.get('a')).toEqual({ n: [1, 'two', null] })
    expect(await kv.get('b')).toBeUndefined()
    expect(await kv.getEntry('b')).toBeUndefined()
    expect(await kv.has('a')).toBe(true)
    expect(await kv.has('b')).toBe(false)
  })

  it('names each write by a version, and versions rise', async () => {
    await using kv = await open(string)
    const first = await kv.put('a', 'x')
    const second = await kv.put('a', 'y')
    const third = await kv.delete('a')
    expect(second.time).toBeGreaterThan(first.time)
    expect(third.time).toBeGreaterThan(second.time)
    const fourth = await kv.put('a', 'z')
    expect(await kv.getEntry('a')).toMatchObject({ key: 'a', value: 'z', version: fourth })
  })

  it('deletes, also what is not there', async () => {
    await using kv = await open(string)
    await kv.put('a', 'x')
    await kv.delete('a')
    await kv.delete('never')
    expect(await kv.get('a')).toBeUndefined()
    expect(await kv.has('a')).toBe(false)
    expect(await collect(kv.scan())).toEqual([])
  })

  it('takes a batch in order and answers with the last version', async () => {
    await using kv = await open(string)
    const version = await kv.batch([
      { type: 'put', key: 'a', value: '1' },
      { type: 'put', key: 'b', value: '1' },
      { type: 'del', key: 'a' },
      { type: 'put', key: 'b', value: '2' },
    ])
    expect(await kv.get('a')).toBeUndefined()
    expect(await kv.getEntry('b')).toMatchObject({ key: 'b', value: '2', version })
  })

  it('refuses a batch that is wrong anywhere, and changes nothing', async () => {
    await using kv = await open(string)
    const good = { type: 'put', key: 'a', value: 'x' } as const
    await expect(kv.batch([])).rejects.toEqual(failsWith('ERR_INVALID_ARGUMENT'))
    await expect(kv.batch([good, { type: 'put', key: '', value: 'x' }])).rejects.toEqual(failsWith('ERR_INVALID_KEY'))
    await expect(kv.batch([good, { type: 'zap', key: 'b' } as never])).rejects.toEqual(
      failsWith('ERR_INVALID_ARGUMENT'),
    )
    const holes = [good, ...new Array<never>(1), good]
    delete holes[1]
    const shapeless = [
      [good, null],
      [good, undefined],
      [good, 7],
      [good, { key: 'b' }],
      [good, { type: 7, key: 'b' }],
    ]
    for (const batch of [...shapeless, holes, new Array(3), { length: 1, 0: good }, 'batch', null] as never[]) {
      await expect(kv.batch(batch)).rejects.toEqual(failsWith('ERR_INVALID_ARGUMENT'))
    }
    await expect(kv.batch([good, { type: 'put', key: 'b', value: LONE }])).rejects.toEqual(
      failsWith('ERR_INVALID_VALUE'),
    )
    const many = Array.from({ length: 10_001 }, () => good)
    await expect(kv.batch(many)).rejects.toEqual(failsWith('ERR_BATCH_TOO_LARGE'))
    expect(await kv.get('a')).toBeUndefined()
  })

  it('lets a value expire: no read finds it any more, and watchers are told, with its version', async () => {
    await using kv = await open(string)
    await using watch = kv.watch({ prefix: 't/' })
    await take(watch, 1)
    const version = await kv.put('t/a', 'x', { ttl: 1 })
    expect(await take(watch, 2)).toEqual([
      { type: 'put', key: 't/a', value: 'x', version, expiresAt: expect.any(Number) },
      { type: 'delete', key: 't/a', version, cause: 'expire' },
    ])
    expect(await kv.get('t/a')).toBeUndefined()
    expect(await kv.getEntry('t/a')).toBeUndefined()
    expect(await kv.has('t/a')).toBe(false)
    expect(await collect(kv.scan())).toEqual([])
    const again = await kv.put('t/a', 'y')
    expect(await take(watch, 1)).toEqual([{ type: 'put', key: 't/a', value: 'y', version: again }])
    expect(again.time).toBeGreaterThan(version.time)
  })

  it('tells when a value expires, in entries, scans and watches; a later put decides anew', async () => {
    await using kv = await open(string)
    const ttl = 3_600_000
    await kv.put('a', '1', { ttl })
    await kv.batch([
      { type: 'put', key: 'b', value: '2', ttl: 2 * ttl },
      { type: 'put', key: 'c', value: '3' },
    ])
    const [a, b, c] = await collect(kv.scan())
    expect(await kv.getEntry('a')).toMatchObject({ ...a })
    expect((b?.expiresAt ?? 0) - (a?.expiresAt ?? 0)).toBeGreaterThanOrEqual(ttl)
    expect(c).not.toHaveProperty('expiresAt')
    expect(await kv.getEntry('c')).not.toHaveProperty('expiresAt')
    await using watch = kv.watch()
    expect(await take(watch, 3)).toEqual([a, b, c].map((entry) => ({ type: 'put', ...entry })))
    await kv.put('a', '1')
    expect(await kv.getEntry('a')).not.toHaveProperty('expiresAt')
    await kv.put('a', '1', { ttl: 2 ** 48 })
    expect(await kv.get('a')).toBe('1')
  })

  it('refuses a ttl that is none, before anything changes', async () => {
    await using kv = await open(string)
    const refused = failsWith('ERR_INVALID_ARGUMENT')
    for (const ttl of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 48 + 1, '5', null] as number[]) {
      await expect(kv.put('a', 'x', { ttl })).rejects.toEqual(refused)
      const good = { type: 'put', key: 'a', value: 'x' } as const
      await expect(kv.batch([good, { ...good, ttl }])).rejects.toEqual(refused)
    }
    expect(await kv.get('a')).toBeUndefined()
  })

  it('says with an entry how stale it can be, or that this is not known', async () => {
    await using kv = await open(string)
    await kv.put('a', 'x')
    const entry = await kv.getEntry('a')
    expect(entry).toHaveProperty('stalenessMs')
    expect(entry?.stalenessMs ?? 0).toBeGreaterThanOrEqual(0)
  })

  it('refuses keys that are none, in every call', async () => {
    await using kv = await open(string)
    for (const key of ['', LONE, 'x'.repeat(1025), undefined, null, 7, {}] as string[]) {
      for (const call of [
        () => kv.get(key),
        () => kv.getEntry(key),
        () => kv.has(key),
        () => kv.put(key, 'x'),
        () => kv.delete(key),
      ]) {
        await expect(call()).rejects.toEqual(failsWith('ERR_INVALID_KEY'))
      }
    }
    await kv.put('ä'.repeat(512), 'longest')
    expect(await kv.get('ä'.repeat(512))).toBe('longest')
  })

  it('refuses options that are wrong, in every call, before anything changes', async () => {
    await using kv = await open(string)
    for (const options of [{ timeout: -1 }, { timeout: Number.NaN }, { timeout: '5' }, { signal: {} }, 7, null]) {
      const wrong = options as never
      const refused = failsWith('ERR_INVALID_ARGUMENT')
      await expect(kv.get('a', wrong)).rejects.toEqual(refused)
      await expect(kv.getEntry('a', wrong)).rejects.toEqual(refused)
      await expect(kv.has('a', wrong)).rejects.toEqual(refused)
      await expect(kv.put('a', 'x', wrong)).rejects.toEqual(refused)
      await expect(kv.delete('a', wrong)).rejects.toEqual(refused)
      await expect(kv.batch([{ type: 'put', key: 'a', value: 'x' }], wrong)).rejects.toEqual(refused)
      expect(() => kv.scan(wrong)).toThrow(refused)
      expect(() => kv.watch(wrong)).toThrow(refused)
    }
    expect(() => kv.scan({ limit: -1 })).toThrow(failsWith('ERR_INVALID_ARGUMENT'))
    expect(() => kv.scan({ limit: 1.5 })).toThrow(failsWith('ERR_INVALID_ARGUMENT'))
    expect(() => kv.scan({ reverse: 1 as never })).toThrow(failsWith('ERR_INVALID_ARGUMENT'))
    expect(() => kv.scan({ gt: 'a', gte: 'b' })).toThrow(failsWith('ERR_INVALID_ARGUMENT'))
    expect(() => kv.scan({ prefix: 3 as never })).toThrow(failsWith('ERR_INVALID_ARGUMENT'))
    expect(() => kv.scan({ prefix: 'x'.repeat(1025) })).toThrow(failsWith('ERR_INVALID_KEY'))
    expect(() => kv.watch({ key: 'a', prefix: 'a' })).toThrow(failsWith('ERR_INVALID_ARGUMENT'))
    expect(() => kv.watch({ key: '' })).toThrow(failsWith('ERR_INVALID_KEY'))
    expect(await kv.get('a')).toBeUndefined()
  })

  it('refuses values that have no bytes or too many', async () => {
    await using kv = await open(json)
    const circle: unknown[] = []
    circle.push(circle)
    for (const value of [undefined, () => 1, Symbol('s'), 1n, circle]) {
      await expect(kv.put('a', value)).rejects.toEqual(failsWith('ERR_INVALID_VALUE'))
    }
    await expect(kv.put('a', 'x'.repeat(1024 * 1024))).rejects.toEqual(failsWith('ERR_VALUE_TOO_LARGE'))
    expect(await kv.get('a')).toBeUndefined()
    await kv.put('a', 'x'.repeat(1024 * 1024 - 2))
    expect(await kv.get('a')).toHaveLength(1024 * 1024 - 2)
  })

  it('keeps every value as it was, empty ones and byte order marks too', async () => {
    await using text = await open(string)
    for (const value of ['', '\ufeffmark', '\u0000', '🫖 äöü']) {
      await text.put('t', value)
      expect(await text.get('t')).toBe(value)
    }
    await using raw = await open(bytes)
    for (const value of [new Uint8Array(0), Uint8Array.of(0, 255, 0xc0), Buffer.from('buffer')]) {
      await raw.put('b', value)
      expect(await raw.get('b')).toEqual(new Uint8Array(value))
    }
  })

  it('is not changed by callers who change their buffers', async () => {
    await using kv = await open(bytes)
    const mine = Uint8Array.of(1, 2, 3)
    const writing = kv.put('a', mine)
    mine.fill(9)
    await writing
    const got = await kv.get('a')
    expect(got).toEqual(Uint8Array.of(1, 2, 3))
    got?.fill(9)
    expect(await kv.get('a')).toEqual(Uint8Array.of(1, 2, 3))
    for await (const entry of kv.scan()) entry.value.fill(9)
    expect(await kv.get('a')).toEqual(Uint8Array.of(1, 2, 3))
  })

  it('scans in byte order, within bounds, both ways, up to a limit', async () => {
    await using kv = await open(string)
    const keys = ['a', 'a/1', 'a/2', 'a/\uffff', 'a/🫖', 'a0', 'b', 'ä']
    await kv.batch(keys.map((key) => ({ type: 'put', key, value: key })))
    const scan = async (options: Parameters<typeof kv.scan>[0]) =>
      (await collect(kv.scan(options))).map((entry) => entry.key)
    expect(await scan({})).toEqual(keys)
    expect(await scan({ reverse: true })).toEqual(keys.toReversed())
    expect(await scan({ prefix: 'a/' })).toEqual(['a/1', 'a/2', 'a/\uffff', 'a/🫖'])
    expect(await scan({ prefix: '' })).toEqual(keys)
    expect(await scan({ prefix: 'a/', gt: 'a/1', reverse: true, limit: 2 })).toEqual(['a/🫖', 'a/\uffff'])
    expect(await scan({ prefix: 'a/', gte: 'a', lte: 'a/2' })).toEqual(['a/1', 'a/2'])
    expect(await scan({ prefix: 'a/', lt: 'a' })).toEqual([])
    expect(await scan({ gte: 'a0', lt: 'ä' })).toEqual(['a0', 'b'])
    expect(await scan({ gt: 'b', lte: 'ä' })).toEqual(['ä'])
    expect(await scan({ limit: 0 })).toEqual([])
    expect(await scan({ limit: 1 })).toEqual(['a'])
    expect(await scan({ gte: 'x', lte: 'c' })).toEqual([])
    const longest = `${'z'.repeat(1023)}\u007f`
    await kv.put(longest, 'longest')
    expect(await scan({ prefix: longest })).toEqual([longest])
  })

  it('scans more than fits into a page, and may be left early', async () => {
    await using kv = await open(json)
    const count = 2_500
    for (let from = 0; from < count; from += 1_000) {
      const numbers = Array.from({ length: Math.min(1_000, count - from) }, (_, i) => from + i)
      await kv.batch(numbers.map((n) => ({ type: 'put', key: `k${String(n).padStart(5, '0')}`, value: n })))
    }
    const numbers = (await collect(kv.scan())).map((entry) => entry.value)
    expect(numbers).toEqual(Array.from({ length: count }, (_, i) => i))
    expect(await collect(kv.scan({ limit: 1_500, reverse: true }))).toHaveLength(1_500)
    for await (const { key } of kv.scan()) if (key === 'k00003') break
  })

  it('fails a scan at a value that is not of its codec', async () => {
    await using kv = await open(wideCodec)
    await kv.put('a', 'text')
    await kv.put('b', 'broken')
    const read: string[] = []
    const scan = async () => {
      for await (const { key } of kv.scan()) read.push(key)
    }
    await expect(scan()).rejects.toEqual(failsWith('ERR_INVALID_VALUE'))
    await expect(kv.get('b')).rejects.toEqual(failsWith('ERR_INVALID_VALUE'))
    expect(read).toEqual(['a'])
  })

  it('watches: the state, ready, then every change', async () => {
    await using kv = await open(string)
    await kv.batch([
      { type: 'put', key: 'w/a', value: '1' },
      { type: 'put', key: 'w/b', value: '1' },
      { type: 'put', key: 'x', value: '1' },
    ])
    await kv.delete('w/b')
    const watch = kv.watch({ prefix: 'w/' })
    expect(await take(watch, 2)).toEqual([expect.objectContaining({ type: 'put', key: 'w/a' }), { type: 'ready' }])
    const put = await kv.put('w/c', '2')
    await kv.put('x', '2')
    const deleted = await kv.delete('w/a')
    expect(await take(watch, 2)).toEqual([
      { type: 'put', key: 'w/c', value: '2', version: put },
      { type: 'delete', key: 'w/a', version: deleted, cause: 'delete' },
    ])
    expect(await watch.return()).toEqual({ done: true, value: undefined })
    expect(await watch.next()).toEqual({ done: true, value: undefined })
  })

  it('watches one key, and an empty store', async () => {
    await using kv = await open(string)
    await using watch = kv.watch({ key: 'k' })
    expect(await take(watch, 1)).toEqual([{ type: 'ready' }])
    await kv.put('k/', 'not this')
    await kv.put('k', 'this')
    expect(await take(watch, 1)).toEqual([expect.objectContaining({ type: 'put', key: 'k', value: 'this' })])
  })

  it('ends a watch when its loop is left, its signal aborts, or its store closes', async () => {
    const kv = await open(string)
    await kv.put('a', 'x')
    for await (const event of kv.watch()) if (event.type === 'ready') break
    const controller = new AbortController()
    const aborted = kv.watch({ signal: controller.signal })
    await take(aborted, 2)
    const waiting = aborted.next()
    const alsoWaiting = aborted.next()
    controller.abort(new Error('enough'))
    await expect(waiting).rejects.toEqual(failsWith('ERR_ABORTED'))
    expect((await alsoWaiting).done).toBe(true)
    const closed = kv.watch()
    await take(closed, 2)
    const atClose = closed.next()
    await Promise.all([kv.close(), expect(atClose).rejects.toEqual(failsWith('ERR_CLOSED'))])
    expect((await closed.next()).done).toBe(true)
  })

  it('does nothing for a signal that is aborted already', async () => {
    await using kv = await open(string)
    const signal = AbortSignal.abort()
    await expect(kv.put('a', 'x', { signal })).rejects.toEqual(failsWith('ERR_ABORTED'))
    await expect(kv.get('a', { signal })).rejects.toEqual(failsWith('ERR_ABORTED'))
    expect(() => kv.scan({ signal })).toThrow(failsWith('ERR_ABORTED'))
    expect(() => kv.watch({ signal })).toThrow(failsWith('ERR_ABORTED'))
    expect(await kv.get('a')).toBeUndefined()
  })

  it('aborts a write under way and says that it may be applied', async () => {
    await using kv = await open(string)
    await kv.get('a')
    const controller = new AbortController()
    const writing = kv.put('a', 'x', { signal: controller.signal })
    await Promise.resolve()
    await Promise.resolve()
    controller.abort('no more')
    await expect(writing).rejects.toEqual(failsWith('ERR_ABORTED', true))
  })

  it('takes a signal and a timeout that never fire', async () => {
    await using kv = await open(string)
    const options = { signal: new AbortController().signal, timeout: Number.POSITIVE_INFINITY }
    await kv.put('a', 'x', options)
    expect(await kv.get('a', options)).toBe('x')
    expect(await kv.has('a', options)).toBe(true)
    expect(await collect(kv.scan(options))).toHaveLength(1)
  })

  it('refuses every call once it is closed, and closes twice', async () => {
    const kv = await open(string)
    await kv.close()
    await kv.close()
    const closed = failsWith('ERR_CLOSED')
    await expect(kv.get('a')).rejects.toEqual(closed)
    await expect(kv.put('a', 'x')).rejects.toEqual(closed)
    await expect(kv.delete('a')).rejects.toEqual(closed)
    expect(() => kv.scan()).toThrow(closed)
    expect(() => kv.watch()).toThrow(closed)
  })

  it('shows watchers the state that readers see, whatever is written meanwhile', async () => {
    await using kv = await open(json)
    const keys = Array.from({ length: 40 }, (_, i) => `k${i}`)
    const watch = kv.watch()
    const seen = new Map<string, unknown>()
    const versions = new Map<string, number>()
    const reading = (async () => {
      for await (const event of watch) {
        note(event, seen, versions)
        if (event.type === 'put' && event.key === 'end') break
      }
    })()
    for (let round = 0; round < 20; round++) {
      const writes = keys.map((key, i) => ((i * 7 + round) % 3 === 0 ? kv.delete(key) : kv.put(key, round)))
      await Promise.all(writes)
    }
    await kv.put('end', true)
    await reading
    const state = new Map((await collect(kv.scan())).map((entry) => [entry.key, entry.value]))
    expect(new Map([...seen].sort())).toEqual(new Map([...state].sort()))
  })
}

/** Applies an event to what a watcher knows, and checks that the versions of its key rise; an expiry has the value's. */
export function note<V>(event: WatchEvent<V>, seen: Map<string, V>, versions: Map<string, number>): void {
  if (event.type === 'ready') return
  if (event.type === 'reset') {
    seen.clear()
    versions.clear()
    return
  }
  const before = versions.get(event.key) ?? 0
  if (event.type === 'delete' && event.cause === 'expire') expect(event.version.time).toBeGreaterThanOrEqual(before)
  else expect(event.version.time).toBeGreaterThan(before)
  versions.set(event.key, event.version.time)
  if (event.type === 'put') seen.set(event.key, event.value)
  else seen.delete(event.key)
}

export async function collect<T>(iterator: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = []
  for await (const item of iterator) items.push(item)
  return items
}

export async function take<T>(iterator: AsyncIterator<T>, count: number): Promise<T[]> {
  const items: T[] = []
  while (items.length < count) {
    const { done, value } = await iterator.next()
    if (done === true) break
    items.push(value)
  }
  return items
}

/** A codec of a user's own, which throws what it likes. */
const wideCodec: Codec<string> = {
  name: 'wide',
  encode: (value) => new TextEncoder().encode(value),
  decode: (stored) => {
    const text = new TextDecoder().decode(stored)
    if (text === 'broken') throw new RangeError('not mine')
    return text
  },
}
