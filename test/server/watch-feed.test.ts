/**
 * A feed gives the state and then changes, so that its sink ends with what the host holds, within its budget of waiting
 * keys.
 */

import { describe, expect, it } from 'vitest'
import { type Entry, liveEntry, tombstone } from '../../src/core/entry.ts'
import type { KeyRange } from '../../src/core/range.ts'
import { type Rng, seededRng } from '../../src/core/rng.ts'
import { FEED_BYTES_MAX, FEED_ENTRIES_MAX, type FeedBudget, startFeed } from '../../src/server/watch-feed.ts'
import { FAKE_ORIGIN, FakeHost } from '../suites/fake-host.ts'
import { VirtualTime } from '../suites/virtual-time.ts'

/** Hears a feed out, and checks what every sink may rely on. */
class Listener {
  taking = true
  ready = 0
  overflows = 0
  events: Entry[] = []
  readonly state = new Map<string, Entry>()
  readonly #times = new Map<string, number>()

  canTake(): boolean {
    return this.taking
  }

  take(entries: readonly Entry[], ready: boolean): void {
    expect(this.taking).toBe(true)
    expect(entries.length).toBeLessThanOrEqual(FEED_ENTRIES_MAX)
    for (const entry of entries) {
      const before = this.#times.get(entry.key) ?? 0
      // What expired or was taken away goes with the version that it had.
      if (entry.kind === 'live') expect(entry.time).toBeGreaterThan(before)
      else expect(entry.time).toBeGreaterThanOrEqual(before)
      this.#times.set(entry.key, entry.time)
      this.events.push(entry)
      if (entry.kind === 'live') this.state.set(entry.key, entry)
      else this.state.delete(entry.key)
    }
    if (ready) this.ready++
  }
}

function setUp(range: KeyRange = {}, budget: FeedBudget = { max: 100, waiting: 0 }) {
  const time = new VirtualTime()
  const host = new FakeHost(time)
  const listener = new Listener()
  const start = () =>
    startFeed({
      api: host,
      range,
      timers: time,
      budget,
      sink: {
        canTake: () => listener.canTake(),
        events: (entries, ready) => listener.take(entries, ready),
        overflow: () => listener.overflows++,
      },
    })
  const put = (key: string, bytes = 1): void => host.write([{ key, value: new Uint8Array(bytes) }], () => {})
  const remove = (key: string): void => host.write([{ key, value: undefined }], () => {})
  const state = () => host.page(range, { reverse: false, limit: 1e9, bytesMax: 1e12, tombstones: false }).entries
  return { time, host, listener, budget, start, put, remove, state }
}

describe('a feed', () => {
  it('calls nothing before it returns, and gives the state without tombstones', async () => {
    const { time, listener, start, put, remove } = setUp()
    put('a')
    put('b')
    remove('a')
    start()
    expect(listener.events).toEqual([])
    await time.settle()
    expect(listener.events.map((entry) => entry.key)).toEqual(['b'])
    expect(listener.ready).toBe(1)
  })

  it('gives live changes at once, tombstones too, and only of its range', async () => {
    const { time, listener, start, put, remove } = setUp({ gte: 'm' })
    start()
    await time.settle()
    put('a')
    put('m')
    remove('m')
    expect(listener.events.map((entry) => [entry.key, entry.kind])).toEqual([
      ['m', 'live'],
      ['m', 'tombstone'],
    ])
  })

  it('gives what expired or was taken away, with the version that it had, also to a sink that was full', async () => {
    const { time, host, listener, start, put } = setUp()
    const feed = start()
    await time.settle()
    host.write([{ key: 'a', value: new Uint8Array(1), ttlMs: 50 }], () => {})
    put('b')
    const [a, b] = listener.events
    host.takeAway('b')
    await time.advance(50)
    expect(listener.events.slice(2)).toEqual([
      tombstone('b', b?.time ?? 0, FAKE_ORIGIN),
      tombstone('a', a?.time ?? 0, FAKE_ORIGIN, 0, a?.expiresAt),
    ])
    put('c')
    listener.taking = false
    host.takeAway('c')
    await time.settle()
    listener.taking = true
    feed.resume()
    expect([...listener.state]).toEqual([])
  })

  it('reads a page a turn, bounded by bytes too', async () => {
    const { time, listener, start, put, state } = setUp()
    for (let i = 0; i < 100; i++) put(`k${i}`, 10_000)
    await time.settle()
    start()
    let turns = 0
    while (listener.ready === 0) {
      const before = listener.events.length
      expect(time.turn()).toBe(true)
      turns++
      expect((listener.events.length - before) * 10_000).toBeLessThanOrEqual(FEED_BYTES_MAX + 10_000)
    }
    expect(turns).toBe(4)
    expect([...listener.state.values()]).toEqual(state())
  })

  it('stops a sink that is full from getting more, and goes on with the latest of each key', async () => {
    const { time, listener, budget, start, put, remove } = setUp()
    const feed = start()
    await time.settle()
    listener.taking = false
    put('a')
    put('b')
    put('a')
    remove('b')
    put('c')
    await time.settle()
    expect(listener.events).toEqual([])
    expect(budget.waiting).toBe(3)
    listener.taking = true
    feed.resume()
    expect(listener.events.map((entry) => [entry.key, entry.kind])).toEqual([
      ['a', 'live'],
      ['b', 'tombstone'],
      ['c', 'live'],
    ])
    expect(budget.waiting).toBe(0)
  })

  it('waits with the state too until the sink has room', async () => {
    const { time, listener, start, put } = setUp()
    put('a')
    listener.taking = false
    const feed = start()
    await time.settle()
    put('b')
    expect(listener.events).toEqual([])
    listener.taking = true
    feed.resume()
    await time.settle()
    expect([...listener.state.keys()]).toEqual(['a', 'b'])
    expect(listener.ready).toBe(1)
  })

  it('ends by an overflow when more keys wait than the budget has, and gives the budget back', async () => {
    const { time, host, listener, budget, start, put } = setUp()
    const feed = start()
    await time.settle()
    listener.taking = false
    for (let i = 0; i < 100; i++) put(`k${i}`)
    for (let i = 0; i < 100; i++) put(`k${i}`)
    expect(listener.overflows).toBe(0)
    put('one more')
    expect(listener.overflows).toBe(1)
    expect(budget.waiting).toBe(0)
    expect(host.listeners).toBe(0)
    listener.taking = true
    feed.resume()
    put('later')
    await time.settle()
    expect(listener.events).toEqual([])
  })

  it('shares its budget with other feeds', async () => {
    const { time, host, listener, budget, start, put } = setUp({}, { max: 10, waiting: 0 })
    start()
    start()
    await time.settle()
    listener.taking = false
    for (let i = 0; i < 5; i++) put(`k${i}`)
    expect(budget.waiting).toBe(10)
    put('one more')
    expect(listener.overflows).toBe(1)
    expect(budget.waiting).toBe(6)
    expect(host.listeners).toBe(1)
  })

  it('lets a change wait for its page, and not beside it', async () => {
    const { time, listener, budget, start, put } = setUp()
    put('a')
    start()
    put('a')
    put('b')
    expect(budget.waiting).toBe(0)
    await time.settle()
    expect(listener.events.map((entry) => entry.key)).toEqual(['a', 'b'])
  })

  it('takes a list far beyond its budget when the sink takes it', async () => {
    const { time, host, listener, budget, start } = setUp()
    start()
    await time.settle()
    host.merge(Array.from({ length: 5_000 }, (_, i) => liveEntry(`k${i}`, i + 10, FAKE_ORIGIN, new Uint8Array(1))))
    expect(listener.events).toHaveLength(5_000)
    expect(listener.overflows).toBe(0)
    expect(budget.waiting).toBe(0)
  })

  it('says nothing after it was stopped, not even from within an event', async () => {
    const { time, host, listener, start, put } = setUp()
    for (let i = 0; i < 2_500; i++) put(`k${i}`)
    const feed = start()
    const take = listener.take.bind(listener)
    listener.take = (entries, ready) => {
      take(entries, ready)
      feed.stop()
      feed.stop()
    }
    await time.settle()
    put('later')
    expect(listener.events).toHaveLength(1_000)
    expect(listener.ready).toBe(0)
    expect(host.listeners).toBe(0)
  })

  it.each(Array.from({ length: 60 }, (_, seed) => seed))(
    'shows the state, whatever happens meanwhile (seed %i)',
    async (seed) => {
      const rng: Rng = seededRng(seed)
      const below = (n: number): number => Math.floor(rng() * n)
      const { time, host, listener, start, state } = setUp({ gt: 'k2' }, { max: 1e6, waiting: 0 })
      let clock = 1
      const change = (): Entry => {
        const key = `k${below(3_000)}`
        const version = ++clock
        return rng() < 0.3
          ? tombstone(key, version, FAKE_ORIGIN)
          : liveEntry(key, version, FAKE_ORIGIN, new Uint8Array(200))
      }
      for (let i = 0; i < 3_000; i++) host.merge([change()])
      const feed = start()
      for (let step = 0; step < 120; step++) {
        if (rng() < 0.2) time.turn()
        for (let i = below(20); i > 0; i--) host.merge(Array.from({ length: 1 + below(4) }, change))
        if (rng() < 0.2) listener.taking = !listener.taking
        if (listener.taking && rng() < 0.5) feed.resume()
      }
      listener.taking = true
      feed.resume()
      await time.settle()
      expect(listener.ready).toBe(1)
      expect(new Map([...listener.state].sort())).toEqual(
        new Map(
          state()
            .map((entry) => [entry.key, entry] as const)
            .sort(),
        ),
      )
    },
  )
})
