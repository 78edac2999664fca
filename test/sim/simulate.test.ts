/** A program of a user against a simulated cluster: it lives in virtual time, its hands do what they say, and it replays. */

import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type Cluster, type SimulateOptions, type SimulateResult, simulate } from '../../sim/simulate.ts'
import { SIM_EPOCH_MS } from '../../sim/world.ts'

/** Runs it and expects it to hold. */
async function holds(options: SimulateOptions): Promise<SimulateResult> {
  const result = await simulate(options)
  expect(result.violation?.message).toBeUndefined()
  expect(result).toMatchObject({ ok: true, error: undefined })
  return result
}

/** The value at one node, once it is the one expected, or after a simulated minute. */
async function soon(cluster: Cluster, node: string, key: string, expected: unknown): Promise<unknown> {
  const kv = cluster.connect(node)
  for (let i = 0; i < 60 && (await kv.get(key)) !== expected; i++) await cluster.sleep(1_000)
  return kv.get(key)
}

describe('a program', () => {
  it('writes on one node and reads on another', async () => {
    const { acknowledged, calls } = await holds({
      async workload(cluster) {
        await cluster.connect('n1').put('greeting', 'hello')
        expect(await soon(cluster, 'n3', 'greeting', 'hello')).toBe('hello')
      },
    })
    expect(acknowledged).toBe(1)
    expect(calls).toBeGreaterThanOrEqual(2)
  })

  it('watches, scans and deletes', async () => {
    const result = await holds({
      async workload(cluster) {
        const seen: string[] = []
        const reader = cluster.connect('n2')
        const watching = (async () => {
          for await (const event of reader.watch({ prefix: 'a/' })) {
            seen.push('key' in event ? `${event.type} ${event.key}` : event.type)
            if (event.type === 'delete') return
          }
        })()
        const kv = cluster.connect('n1')
        await kv.batch([
          { type: 'put', key: 'a/1', value: 'é' },
          { type: 'put', key: 'b/1', value: 2 },
        ])
        await cluster.sleep(5_000)
        const keys: string[] = []
        for await (const { key } of reader.scan()) keys.push(key)
        expect(keys).toEqual(['a/1', 'b/1'])
        await kv.delete('a/1')
        await watching
        expect(seen.filter((event) => event !== 'ready')).toEqual(['put a/1', 'delete a/1'])
        await reader.close()
        await kv.close()
      },
    })
    // The program's own are the only clients, and one change is no batch.
    expect(result.trace()).toMatch(/3 nodes, 2 clients/)
    expect(result.trace()).toMatch(/c2 .*batch a\/1 b\/1/)
    expect(result.trace()).toMatch(/c2 .*delete a\/1/)
  })

  it('sleeps for an hour in no time, and the clock of the cluster shows it', async () => {
    const { endedMs } = await holds({
      nodes: 1,
      seconds: 3_600,
      async workload(cluster) {
        const begunMs = cluster.now()
        expect(begunMs - SIM_EPOCH_MS).toBeLessThan(1_000)
        await cluster.sleep(3_600_000)
        expect(cluster.now()).toBe(begunMs + 3_600_000)
      },
    })
    expect(endedMs).toBeGreaterThanOrEqual(3_600_000)
  })

  it('has failed when it throws, and the result says why and with which seed', async () => {
    const wrong = new Error('milk is missing')
    for (const workload of [
      async (cluster: Cluster) => {
        await cluster.sleep(10)
        throw wrong
      },
      async () => {
        throw wrong
      },
      () => {
        throw wrong
      },
    ]) {
      const { ok, error, seed, violation, endedMs } = await simulate({ seed: 77, workload })
      expect({ ok, error, seed, id: violation?.id }).toEqual({ ok: false, error: wrong, seed: 77, id: 'P1' })
      expect(violation?.message).toContain('milk is missing')
      expect(endedMs).toBeLessThan(2_000)
    }
  })

  it('has failed when it never ends, and is told what it may need', async () => {
    const { ok, violation } = await simulate({ nodes: 1, seconds: 1, workload: () => new Promise(() => undefined) })
    expect({ ok, id: violation?.id }).toEqual({ ok: false, id: 'P1' })
    expect(violation?.finding).toContain('does it wait for something outside the simulation')
    const long = await simulate({ nodes: 1, seconds: 1, workload: (cluster) => cluster.sleep(3_600_000) })
    expect(long.violation?.finding).toBe(
      'it still runs 600 simulated seconds after `seconds: 1` were over, and sleeps until 3601 s: give it `seconds: 3601` or more',
    )
  })

  it('shows nodes that join among the nodes', async () => {
    const result = await holds({
      seconds: 10,
      faults: [{ kind: 'join', atMs: 2_000, forMs: 0, name: 'j1' }],
      async workload(cluster) {
        await cluster.connect('n1').put('k', 1)
      },
    })
    expect(result.trace()).toContain('4 nodes, 1 clients')
    expect(result.trace()).toMatch(/j1 .*\bk\b/)
    expect(result.report()).toContain('4 nodes, 1 clients')
  })

  it('leaves a page and a trace to look at', async () => {
    const result = await holds({
      seconds: 5,
      async workload(cluster) {
        cluster.say('here we go')
        await cluster.connect('n2').put('looked-at', 1)
      },
    })
    expect(result.trace()).toContain('program: here we go')
    expect(result.trace()).toContain('looked-at')
    expect(result.report()).toMatch(/^<!doctype html>/i)
  })
})

describe('the hands of a program', () => {
  it('cut the cluster and heal it', async () => {
    await holds({
      nodes: 4,
      async workload(cluster) {
        await cluster.sleep(3_000)
        const healOne = cluster.partition(['n1', 'n2'], ['n3'])
        const [n1, n2, n3, n4] = ['n1', 'n2', 'n3', 'n4'].map((name) => cluster.connect(name))
        await n1?.put('k', 'new')
        await cluster.sleep(20_000)
        expect(await Promise.all([n1, n2, n3, n4].map((kv) => kv?.get('k')))).toEqual([
          'new',
          'new',
          undefined,
          undefined,
        ])
        healOne()
        healOne()
        expect(await soon(cluster, 'n3', 'k', 'new')).toBe('new')
        expect(await soon(cluster, 'n4', 'k', 'new')).toBe('new')
        cluster.partition(['n1'])
        cluster.hold('n2', 'n3')
        cluster.heal()
        await n4?.put('k', 'newer')
        expect(await soon(cluster, 'n1', 'k', 'newer')).toBe('newer')
      },
    })
  })

  it('hold what one node sends to another', async () => {
    await holds({
      nodes: 2,
      async workload(cluster) {
        await cluster.sleep(3_000)
        const release = cluster.hold('n1', 'n2')
        await cluster.connect('n1').put('k', 1)
        const n2 = cluster.connect('n2')
        await cluster.sleep(1_000)
        expect(await n2.get('k')).toBeUndefined()
        release()
        await cluster.sleep(100)
        expect(await n2.get('k')).toBe(1)
      },
    })
  })

  it('kill a node, which stays down until it is started, and then has what it acknowledged', async () => {
    await holds({
      seconds: 5,
      async workload(cluster) {
        const n1 = cluster.connect('n1', { timeout: 1_000 })
        await n1.put('k', 1)
        cluster.crash('n1')
        // Past the end of faults, when the simulator starts whoever its own faults have killed.
        await cluster.sleep(10_000)
        await expect(n1.get('k')).rejects.toMatchObject({ code: 'ERR_UNREACHABLE' })
        cluster.start('n1')
        cluster.start('n1')
        await cluster.sleep(10_000)
        expect(await n1.get('k')).toBe(1)
      },
    })
  })

  it('pause a node and let it go on', async () => {
    await holds({
      async workload(cluster) {
        const n1 = cluster.connect('n1', { timeout: 3_000 })
        await n1.put('k', 1)
        cluster.pause('n1')
        await expect(n1.get('k')).rejects.toMatchObject({ code: 'ERR_TIMEOUT' })
        cluster.resume('n1')
        expect(await soon(cluster, 'n1', 'k', 1)).toBe(1)
      },
    })
  })

  it('let go of everything when it ends', async () => {
    await holds({
      seconds: 5,
      async workload(cluster) {
        await cluster.connect('n1').put('k', 1)
        await cluster.sleep(6_000)
        cluster.partition(['n1'], ['n2'])
        cluster.pause('n2')
        cluster.crash('n3')
      },
    })
  })

  it('know the nodes that there are', async () => {
    await holds({
      nodes: 2,
      async workload(cluster) {
        expect(cluster.nodes).toEqual(['n1', 'n2'])
        for (const reach of [
          () => cluster.connect('n3'),
          () => cluster.connect([]),
          () => cluster.partition(['n1', 'nobody']),
          () => cluster.hold('n1', 'n3'),
          () => cluster.crash('n0'),
        ])
          expect(reach).toThrowError(expect.objectContaining({ code: 'ERR_INVALID_ARGUMENT' }))
      },
    })
  })
})

describe('a simulated cluster', () => {
  const busy: SimulateOptions = {
    seed: 8,
    nodes: 5,
    seconds: 20,
    faults: 'all',
    background: 40,
    async workload(cluster) {
      const kv = cluster.connect<number>()
      for (let i = 0; i < 40; i++) {
        await kv.put(`own/${i}`, cluster.random()).catch(() => undefined)
        await cluster.sleep(cluster.random() * 1_000)
      }
    },
  }

  it('gives the same run for the same seed, with faults and clients of its own', async () => {
    const first = await holds(busy)
    const again = await holds(busy)
    expect(again.traceHash).toBe(first.traceHash)
    expect(again.events).toBe(first.events)
    expect(first.calls).toBeGreaterThan(500)
    const strikes = Object.entries(first.counts).filter(([name]) => name.startsWith('strikes of'))
    expect(strikes.length).toBeGreaterThan(2)
    expect((await simulate({ ...busy, seed: 9 })).traceHash).not.toBe(first.traceHash)
  })

  it('gives the same run while another one goes on', async () => {
    const [first, again] = await Promise.all([simulate(busy), simulate(busy)])
    expect(again.traceHash).toBe(first.traceHash)
  })

  it('makes the faults that it is told', async () => {
    const { counts } = await holds({
      nodes: 3,
      seconds: 20,
      faults: [
        { kind: 'partition', atMs: 2_000, forMs: 5_000, parts: [['n1'], ['n2', 'n3']] },
        { kind: 'crash', atMs: 3_000, forMs: 4_000, node: 'n3', isSilent: false },
      ],
      workload: (cluster) => cluster.sleep(1_000),
    })
    expect(counts).toMatchObject({ 'strikes of partition': 1, 'strikes of crash': 1, crashes: 1 })
  })

  it('refuses wrong options before anything runs', async () => {
    const workload = async (): Promise<void> => {
      throw new Error('it ran')
    }
    const wrong: unknown[] = [
      undefined,
      {},
      { workload: 'none' },
      { workload, nodes: 0 },
      { workload, nodes: 51 },
      { workload, nodes: 2.5 },
      { workload, fualts: 'all' },
      { workload, seed: -1 },
      { workload, seed: 0.5 },
      { workload, seconds: -1 },
      { workload, seconds: Number.NaN },
      { workload, background: -1 },
      { workload, fsync: 'sometimes' },
      { workload, faults: 'partition' },
      { workload, faults: ['no-such'] },
      { workload, faults: [null] },
      { workload, faults: [{ kind: 'no-such', atMs: 0, forMs: 0 }] },
      { workload, faults: [{ kind: 'crash', atMs: 0, forMs: 0, node: 'n9', isSilent: false }] },
      { workload, faults: [{ kind: 'join', atMs: 31_000, forMs: 0, name: 'j1' }] },
    ]
    for (const options of wrong) {
      const refused = expect(simulate(options as SimulateOptions), JSON.stringify(options)).rejects
      await refused.toMatchObject({ code: 'ERR_INVALID_ARGUMENT' })
    }
  })
})

describe('the example', () => {
  it('finds the mistake, and that the right form holds', () => {
    const file = join(import.meta.dirname, '../../dist/scripts/examples/partition-test.js')
    const printed = execFileSync(process.execPath, [file], { encoding: 'utf8' })
    expect(printed.split('\n')).toEqual([
      'a cart as one value: 10 of 10 seeds failed',
      expect.stringMatching(/^ {2}seed 1: \["(milk|bread)","tea"\] is left of the cart$/),
      'a key for each item: 0 of 10 seeds failed',
      '',
    ])
  })
})
