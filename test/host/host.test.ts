/** Hosts over links in memory: when they serve, what operators are told and when, and work that is left for later. */

import { describe, expect, it } from 'vitest'
import { DIAL_DEFAULTS } from '../../src/core/dialer.ts'
import type { Version } from '../../src/core/entry.ts'
import type { HearsayError } from '../../src/core/errors.ts'
import type { Logger } from '../../src/core/ports.ts'
import { REPLICA_DEFAULTS, type ReplicaOptions } from '../../src/core/replica-options.ts'
import type { SyncReport } from '../../src/core/report.ts'
import { seededRng } from '../../src/core/rng.ts'
import { Host } from '../../src/host/host.ts'
import { HOST_DEFAULTS } from '../../src/host/host-options.ts'
import { LINK_DEFAULTS } from '../../src/host/links.ts'
import { MemoryNet } from '../suites/memory-net.ts'
import { VirtualTime } from '../suites/virtual-time.ts'

const silent: Logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }

class Stage {
  readonly time = new VirtualTime()
  readonly net = new MemoryNet(this.time)
  /** Hosts that have started, in order. */
  readonly started: string[] = []
  #count = 0

  host(name: string, seeds: readonly string[] = [], replica: Partial<ReplicaOptions> = {}): Host {
    const host = new Host(
      {
        name,
        cluster: 'c',
        address: name,
        seeds,
        dataDir: undefined,
        fsync: 'always',
        fsyncIntervalMs: 100,
        segmentBytesMax: 1 << 20,
        faults: true,
        replica: { ...REPLICA_DEFAULTS, ...replica },
        dial: DIAL_DEFAULTS,
        links: LINK_DEFAULTS,
        limits: HOST_DEFAULTS,
      },
      {
        clock: this.time,
        timers: this.time,
        rng: seededRng(++this.#count),
        disk: undefined,
        transport: this.net,
        logger: silent,
        onFatal: () => {},
      },
    )
    this.net.listen(name, (link) => {
      const events = host.accept(link)
      if (events === undefined) throw new Error('too many strangers')
      events.opened()
      return events
    })
    host.start((error) => this.started.push(error === undefined ? name : `${name} ${error.code}`))
    return host
  }

  /** Two nodes that know each other. */
  async pair(replica: Partial<ReplicaOptions> = {}): Promise<readonly [Host, Host]> {
    const a = this.host('a', [], replica)
    const b = this.host('b', ['a'], replica)
    await this.time.advance(3_000)
    return [a, b]
  }
}

/** A caller, and what it was told. */
class Caller {
  readonly told: string[] = []
  report: SyncReport | undefined

  readonly done = (error: HearsayError | undefined, result?: Version | SyncReport): void => {
    this.told.push(error === undefined ? 'done' : error.code)
    if (result !== undefined && 'peer' in result) this.report = result
  }
}

function put(host: Host, key: string, text: string, ttlMs?: number): Caller {
  const caller = new Caller()
  host.write([{ key, value: Buffer.from(text), ttlMs }], caller.done)
  return caller
}

function textOf(host: Host, key: string): string | undefined {
  const entry = host.get(key)
  return entry?.kind === 'live' ? Buffer.from(entry.value).toString() : undefined
}

describe('a host that joins', () => {
  it('listens and refuses writes with ERR_NOT_READY until it has found others or none', async () => {
    const stage = new Stage()
    const node = stage.host('n', ['nobody'])
    await stage.time.advance(1_000)
    expect([stage.started, node.isListening]).toEqual([[], true])
    const early = put(node, 'k', 'v')
    expect(early.told).toEqual([])
    await stage.time.settle()
    expect(early.told).toEqual(['ERR_NOT_READY'])
    await stage.time.advance(5_000)
    expect(stage.started).toEqual(['n'])
    const late = put(node, 'k', 'v')
    await stage.time.settle()
    expect(late.told).toEqual(['done'])
  })

  it('has what the others have when it says that it has started', async () => {
    const stage = new Stage()
    const a = stage.host('a')
    await stage.time.advance(100)
    put(a, 'k', 'v')
    const b = stage.host('b', ['a'])
    for (let i = 0; i < 100 && !stage.started.includes('b'); i++) {
      expect(textOf(b, 'k')).toBeUndefined()
      await stage.time.advance(10)
    }
    expect([stage.started, textOf(b, 'k')]).toEqual([['a', 'b'], 'v'])
  })

  it('that is closed before it was ready says so to nobody twice', async () => {
    const stage = new Stage()
    const node = stage.host('n', ['nobody'])
    await stage.time.advance(100)
    let closed = 0
    node.close(() => closed++)
    await stage.time.advance(10_000)
    expect([closed, node.isListening, stage.started]).toEqual([1, false, []])
  })
})

describe('an operator', () => {
  it('is answered later than the call, when a member is forgotten', async () => {
    const stage = new Stage()
    const [a] = await stage.pair()
    const [known, unknown] = [new Caller(), new Caller()]
    a.forget('b', known.done)
    a.forget('nobody', unknown.done)
    expect([known.told, unknown.told]).toEqual([[], []])
    expect(a.members().map(({ name }) => name)).toEqual(['a'])
    await stage.time.settle()
    expect([known.told, unknown.told]).toEqual([['done'], ['ERR_NO_SUCH_MEMBER']])
  })

  it('is told what a sync found', async () => {
    const stage = new Stage()
    const [a, b] = await stage.pair()
    put(a, 'k', 'v')
    await stage.time.advance(100)
    const caller = new Caller()
    b.sync('a', caller.done)
    expect(caller.told).toEqual([])
    await stage.time.advance(100)
    expect(caller.told).toEqual(['done'])
    expect(caller.report).toMatchObject({ peer: 'a', pulled: 0, differed: 0, taken: 0, removed: 0 })
    expect(caller.report?.bytes).toBeGreaterThan(0)
    const stranger = new Caller()
    b.sync('nobody', stranger.done)
    await stage.time.settle()
    expect(stranger.told).toEqual(['ERR_NO_SUCH_MEMBER'])
  })

  it('who waits for a sync hears when the link breaks', async () => {
    const stage = new Stage()
    const [, b] = await stage.pair()
    const caller = new Caller()
    b.sync('a', caller.done)
    stage.net.kill('a')
    await stage.time.advance(1_000)
    expect(caller.told).toEqual(['ERR_TIMEOUT'])
  })

  it('can set the clock back, and writes go on as a new run', async () => {
    const stage = new Stage()
    const [a, b] = await stage.pair()
    const before = a.status().origin
    const caller = new Caller()
    a.resetClock(caller.done)
    const write = put(a, 'k', 'v')
    expect(caller.told).toEqual([])
    await stage.time.advance(100)
    expect([caller.told, write.told]).toEqual([['done'], ['done']])
    expect(a.status().origin).not.toBe(before)
    expect(textOf(b, 'k')).toBe('v')
  })

  it('hears ERR_CLOSED when the node is closed meanwhile, or was before', async () => {
    const stage = new Stage()
    const [, b] = await stage.pair()
    const [waits, late] = [new Caller(), new Caller()]
    b.sync('a', waits.done)
    b.close(() => {})
    await stage.time.settle()
    b.forget('a', late.done)
    expect(late.told).toEqual([])
    await stage.time.settle()
    expect([waits.told, late.told]).toEqual([['ERR_CLOSED'], ['ERR_CLOSED']])
  })

  it('is not heard while the node joins', async () => {
    const stage = new Stage()
    const node = stage.host('n', ['nobody'])
    await stage.time.advance(100)
    const caller = new Caller()
    node.resetClock(caller.done)
    await stage.time.settle()
    expect(caller.told).toHaveLength(1)
    expect(caller.told[0]).toMatch(/^ERR_/)
  })
})

describe('work that is left', () => {
  it('is done a slice at a time, with turns of the loop between', async () => {
    const stage = new Stage()
    const [a, b] = await stage.pair({ sliceEntriesMax: 5 })
    const told: number[] = []
    a.subscribe((entries) => told.push(entries.length))
    for (let i = 0; i < 42; i++) put(a, `k${i}`, 'v', 1_000)
    await stage.time.advance(900)
    told.length = 0
    await stage.time.advance(300)
    expect(told).toEqual([5, 5, 5, 5, 5, 5, 5, 5, 2])
    await stage.time.advance(8_000)
    for (const host of [a, b]) expect([host.status().keys, host.status().tombstones]).toEqual([0, 0])
  })

  it('is forgotten with the node', async () => {
    const stage = new Stage()
    const [a, b] = await stage.pair({ sliceEntriesMax: 1 })
    for (let i = 0; i < 20; i++) put(a, `k${i}`, 'v', 1_000)
    await stage.time.advance(1_002)
    for (const host of [a, b]) host.close(() => {})
    await stage.time.advance(5_000)
    expect(stage.time.armed).toBe(0)
  })
})
