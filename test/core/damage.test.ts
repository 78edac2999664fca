/** What vectors cannot tell: stores that differ although both have seen the same are found and mended, and no others. */

import { describe, expect, it } from 'vitest'
import { liveEntry } from '../../src/core/entry.ts'
import { cluster, written } from './clusters.ts'
import { Bench, beats, linkAll, talk } from './replica-bench.ts'

describe('two that have seen the same and hold something else', () => {
  it('find out by digests, and the one that lacks a value gets none that was deleted, while others come back', () => {
    const [a, b] = cluster(['a', 'b'] as const)
    for (let i = 0; i < 20; i++) a.write(`k${i}`, 'v')
    beats(2, a, b)
    // Damage: b has lost a value, and has another one that nobody wrote.
    b.replica.store.clear('k3')
    for (let i = 0; i < 40 && countOf('deepPullsCommitted', a, b) === 0; i++) {
      beats(1, a, b)
    }
    expect(countOf('fingerprintDiffers', a, b)).toBeGreaterThan(0)
    beats(20, a, b)
    // Which of the two is damaged neither can know; they agree, and nothing else is touched.
    expect(written(a)).toBe(written(b))
    for (let i = 0; i < 20; i++) if (i !== 3) expect([a.read(`k${i}`), b.read(`k${i}`)]).toEqual(['v', 'v'])
  })

  it('agree again on a value that one has at another version', () => {
    const [a, b] = cluster(['a', 'b'] as const)
    a.write('k', 'v')
    a.write('k', 'w')
    beats(2, a, b)
    const held = b.replica.store.held('k')
    b.replica.store.clear('k')
    b.replica.store.apply(liveEntry('k', (held?.time ?? 0) - 1, a.origin, Buffer.from('v')), Number.POSITIVE_INFINITY)
    beats(60, a, b)
    expect(written(a)).toBe(written(b))
    expect(countOf('deepPullsCommitted', a, b)).toBeGreaterThan(0)
  })

  it('are mended by an operator’s sync, which says what it found', () => {
    const [a, b] = cluster(['a', 'b'] as const)
    a.write('k', 'v')
    beats(2, a, b)
    b.replica.store.apply(liveEntry('stray', 1, a.origin, Buffer.from('x')), Number.POSITIVE_INFINITY)
    const op = b.ask({ kind: 'sync', peer: 'a' })
    talk(a, b)
    expect(b.reports).toEqual([
      { op, report: { peer: 'a', pulled: 0, differed: 1, taken: 0, removed: 1, bytes: expect.any(Number) } },
    ])
    expect(written(a)).toBe(written(b))
  })
})

describe('an operator’s sync', () => {
  it('pulls first, and then finds no difference', () => {
    const [a, b] = cluster(['a', 'b'] as const)
    for (let i = 0; i < 30; i++) a.write(`k${i}`, 'v')
    a.sent = []
    const op = b.ask({ kind: 'sync', peer: 'a' })
    talk(a, b)
    expect(b.reports).toMatchObject([{ op, report: { pulled: 30, differed: 0, taken: 0, removed: 0 } }])
    expect(b.read('k7')).toBe('v')
  })

  it('is refused without a link, and a second one ends the first', () => {
    const [a, b] = cluster(['a', 'b'] as const)
    const first = b.ask({ kind: 'sync', peer: 'nobody' })
    const second = b.ask({ kind: 'sync', peer: 'a' })
    const third = b.ask({ kind: 'sync', peer: 'a' })
    talk(a, b)
    expect(b.refusals).toEqual([
      { op: first, code: 'ERR_NO_SUCH_MEMBER' },
      { op: second, code: 'ERR_TIMEOUT' },
    ])
    expect(b.reports.map((one) => one.op)).toEqual([third])
  })

  it('of a peer that never answers ends with ERR_TIMEOUT', () => {
    const [a, b] = cluster(['a', 'b'] as const)
    const op = b.ask({ kind: 'sync', peer: 'a' })
    for (let i = 0; i < 70; i++) {
      a.sent = []
      b.sent = []
      b.pass(1_000)
    }
    expect(b.refusals).toEqual([{ op, code: 'ERR_TIMEOUT' }])
  })
})

describe('two that differ in nothing but what is on its way', () => {
  it('compare nothing, though both write all the time, each to its own keys', () => {
    const [a, b] = busy((node, i) => node.write(`${node.name}${i % 10}`, `${i}`))
    for (const { replica } of [a, b]) {
      expect(replica.counters.digestsSent).toBeGreaterThan(10)
      expect(replica.counters.fingerprintDiffers).toBe(0)
    }
  })

  it('compare nothing, though both write the same keys all the time', () => {
    const [a, b] = busy((node, i) => node.write(`k${i % 3}`, `${node.name}${i}`))
    for (const { replica } of [a, b]) expect(replica.counters.fingerprintDiffers).toBe(0)
  })

  it('compare nothing, though both delete and write the same keys all the time', () => {
    const [a, b] = busy((node, i) => node.write(`k${i % 3}`, i % 2 ? undefined : `${node.name}${i}`))
    for (const { replica } of [a, b]) expect(replica.counters.fingerprintDiffers).toBe(0)
  })
})

/** Thirty seconds in which each writes every 100 ms, b 30 ms later than a, before it has heard of what a wrote. */
function busy(write: (node: Bench, i: number) => void): readonly [Bench, Bench] {
  const nodes = [Bench.ready('a'), Bench.ready('b')] as const
  const later = (ms: number): void => {
    for (const node of nodes) {
      node.wallMs += ms
      node.monoMs += ms
    }
  }
  linkAll(...nodes)
  beats(3, ...nodes)
  for (let i = 0; i < 300; i++) {
    write(nodes[0], i)
    later(10)
    for (const node of nodes) node.pass(0)
    later(20)
    write(nodes[1], i)
    later(30)
    talk(...nodes)
    for (const node of nodes) node.sync()
    later(40)
  }
  return nodes
}

function countOf(name: string, ...benches: readonly Bench[]): number {
  return benches.reduce((sum, { replica }) => sum + (replica.counters[name] ?? 0), 0)
}
