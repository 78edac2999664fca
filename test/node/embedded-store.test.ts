/**
 * The store inside a node passes the suite of all stores, keeps its deadlines, and leaves no timer or listener behind.
 */

import { describe, expect, it } from 'vitest'
import { json, string } from '../../src/client/codec.ts'
import { universalTimers } from '../../src/client/universal-timers.ts'
import { embeddedStore } from '../../src/node/embedded-store.ts'
import { FakeHost } from '../suites/fake-host.ts'
import { storeSuite, take } from '../suites/store-suite.ts'
import { promisesRun, VirtualTime } from '../suites/virtual-time.ts'

const closing = async (): Promise<void> => {}

describe('the embedded store', () => {
  storeSuite(async (codec) => embeddedStore(new FakeHost(universalTimers), codec, closing))

  it('fails a write at its deadline as maybe applied, and leaves no timer behind', async () => {
    const time = new VirtualTime()
    const host = new FakeHost(time)
    const kv = embeddedStore(host, string, closing, time)
    host.holdWrites = true
    const late = expect(kv.put('a', 'x', { timeout: 50 })).rejects.toMatchObject({
      code: 'ERR_TIMEOUT',
      maybeApplied: true,
    })
    const patient = kv.put('b', 'x', { timeout: 5_000 })
    await time.advance(50)
    await late
    host.release()
    await time.settle()
    await patient
    expect(time.armed).toBe(0)
  })

  it('sets no timer for calls without a timeout', async () => {
    const time = new VirtualTime()
    const host = new FakeHost(time)
    host.holdWrites = true
    const kv = embeddedStore(host, string, closing, time)
    void kv.put('a', 'x')
    await kv.get('a')
    await promisesRun()
    expect(time.armed).toBe(0)
  })

  it('fails a watch that is not ready in time, and forgets the deadline once it is', async () => {
    const time = new VirtualTime()
    const kv = embeddedStore(new FakeHost(time), string, closing, time)
    const watch = kv.watch({ timeout: 10 })
    await time.settle()
    expect(await take(watch, 1)).toEqual([{ type: 'ready' }])
    const next = watch.next()
    await time.advance(20)
    void kv.put('a', 'x')
    await time.settle()
    expect((await next).value).toMatchObject({ type: 'put', key: 'a' })
    expect(time.armed).toBe(0)
  })

  it('stops listening to the host when a watch ends', async () => {
    const host = new FakeHost(universalTimers)
    const kv = embeddedStore(host, string, closing)
    const watch = kv.watch()
    await take(watch, 1)
    expect(host.listeners).toBe(1)
    await watch.return()
    expect(host.listeners).toBe(0)
  })

  it('holds little for a reader that does not read, and shows it the latest of each key', async () => {
    const host = new FakeHost(universalTimers)
    const kv = embeddedStore(host, json, closing)
    const watch = kv.watch()
    await take(watch, 1)
    for (let i = 0; i < 10_000; i++) await kv.put(`k${i % 10}`, i)
    const last = new Map<string, unknown>()
    let events = 0
    while (last.get('k9') !== 9_999) {
      const { value } = await watch.next()
      if (value?.type === 'put') last.set(value.key, value.value)
      events++
    }
    expect(events).toBeLessThan(3_000)
    expect([...last.values()]).toEqual(Array.from({ length: 10 }, (_, i) => 9_990 + i))
  })

  it('ends a watch by an overflow when too many keys wait', async () => {
    const host = new FakeHost(universalTimers)
    const kv = embeddedStore(host, json, closing)
    const watch = kv.watch()
    await take(watch, 1)
    const put = (n: number) => ({ type: 'put', key: `k${n}`, value: n }) as const
    for (let from = 0; from < 70_000; from += 1_000) {
      await kv.batch(Array.from({ length: 1_000 }, (_, i) => put(from + i)))
    }
    await expect(watch.next()).rejects.toMatchObject({ code: 'ERR_WATCH_OVERFLOW', retryable: true })
    expect((await watch.next()).done).toBe(true)
    expect(host.listeners).toBe(0)
  })

  it('closes the node once, and waits for it', async () => {
    let closes = 0
    const kv = embeddedStore(new FakeHost(universalTimers), string, async () => {
      await promisesRun()
      closes++
    })
    await Promise.all([kv.close(), kv.close()])
    await kv.close()
    expect(closes).toBe(1)
  })
})
