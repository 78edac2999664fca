/** Two and three replicas together: digests, pulls, and what all rows allow to be said. */

import { describe, expect, it } from 'vitest'
import { Bench, beats, linkAll, talk, talkOnce } from './replica-bench.ts'

function digests(...benches: readonly Bench[]): string[] {
  return benches.map(({ replica }) => `${replica.claims.written.hash()} ${replica.store.fingerprint()}`)
}

function expectSame(...benches: readonly Bench[]): void {
  expect(new Set(digests(...benches)).size).toBe(1)
}

describe('two replicas', () => {
  it('that wrote alone hold the same soon after they meet', () => {
    const [a, b] = [Bench.ready('a'), Bench.ready('b')]
    for (let i = 0; i < 30; i++) {
      a.write(`a${i}`, 'v')
      b.write(`b${i}`, 'v')
      b.write('shared', `b${i}`)
      a.write('shared', `a${i}`)
    }
    a.write('b3')
    linkAll(a, b)
    talk(a, b)
    expectSame(a, b)
    expect(a.read('shared')).toBe(b.read('shared'))
    expect(b.read('b4')).toBe('v')
    expect(b.read('a29')).toBe('v')
  })

  it('need several pieces for much, and show nothing before the last', () => {
    const small = { replica: { pieceBytesMax: 100, pieceWindow: 2 } }
    const [a, b] = [Bench.ready('a', small), Bench.ready('b', small)]
    for (let i = 0; i < 60; i++) a.write(`a${i}`, 'some text')
    linkAll(a, b)
    let shownAtOnce = 0
    for (let i = 0; i < 500 && (a.sent.length > 0 || b.sent.length > 0); i++) {
      const before = b.shown.length
      talkOnce(a, b)
      if (b.shown.length > before) shownAtOnce = Math.max(shownAtOnce, b.shown.length - before)
    }
    expect(shownAtOnce).toBe(60)
    expect(b.records.filter(({ kind }) => kind === 'stage').length).toBeGreaterThan(5)
    expectSame(a, b)
  })

  it('find a lost push by digest', () => {
    const [a, b] = [Bench.ready('a'), Bench.ready('b')]
    linkAll(a, b)
    talk(a, b)
    a.write('k', 'v')
    a.sent = []
    beats(1, a, b)
    expect(b.read('k')).toBe('v')
  })

  it('say no more than “same” when nothing differs', () => {
    const [a, b] = [Bench.ready('a'), Bench.ready('b')]
    linkAll(a, b)
    a.write('k', 'v')
    beats(3, a, b)
    a.pass(10_000)
    expect(a.bodies('digest').length).toBe(1)
    talk(a, b)
    expect(b.bodies('pull')).toEqual([])
    expect(a.replica.counters.digestsSame).toBeGreaterThan(0)
  })

  it('pull both ways from one digest', () => {
    const [a, b] = [Bench.ready('a'), Bench.ready('b')]
    linkAll(a, b)
    talk(a, b)
    a.write('a', 'v')
    b.write('b', 'v')
    a.sent = []
    b.sent = []
    a.pass(1_200)
    talk(a, b)
    expect(b.read('a')).toBe('v')
    expect(a.read('b')).toBe('v')
  })

  it('answer a pull as of its first request, whatever is written meanwhile', () => {
    const small = { replica: { pieceBytesMax: 40, pieceWindow: 2 } }
    const [a, b] = [Bench.ready('a', small), Bench.ready('b', small)]
    for (let i = 0; i < 20; i++) a.write(`k${i}`, 'old')
    linkAll(a, b)
    for (let i = 0; i < 400 && (a.sent.length > 0 || b.sent.length > 0); i++) {
      // The pushes of these are lost: only later exchanges may bring them.
      if (i < 10) {
        a.write(`k${19 - i}`, 'new')
        a.sent = a.sent.filter(({ message }) => message.body.kind !== 'push')
      }
      talkOnce(a, b)
      for (const entry of b.replica.store.all()) expect(b.replica.claims.seen.covers(entry)).toBe(true)
      for (const [origin, time] of b.replica.claims.seen) {
        if (origin !== a.origin) continue
        for (const entry of a.replica.store.all()) {
          if (entry.origin === origin && entry.time <= time) expect(b.replica.store.held(entry.key)).toBeDefined()
        }
      }
    }
    beats(2, a, b)
    expectSame(a, b)
    expect(b.read('k15')).toBe('new')
  })
})

describe('the stable time', () => {
  it('follows when all members say that their disks have everything', () => {
    const three = [Bench.ready('a'), Bench.ready('b'), Bench.ready('c')] as const
    linkAll(...three)
    talk(...three)
    three[0].write('k', 'v')
    const time = three[0].replica.store.held('k')?.time ?? 0
    beats(5, ...three)
    for (const { replica } of three) expect(replica.stableTime()).toBeGreaterThan(time)
  })

  it('does not pass a write that one disk lacks', () => {
    const [a, b, c] = [Bench.ready('a'), Bench.ready('b'), Bench.ready('c')]
    linkAll(a, b, c)
    beats(3, a, b, c)
    a.write('k', 'v')
    const time = a.replica.store.held('k')?.time ?? 0
    for (let i = 0; i < 4; i++) {
      for (const bench of [a, b, c]) bench.pass(1_200)
      talk(a, b, c)
      a.sync()
      b.sync()
      for (const { replica } of [a, b, c]) expect(replica.stableTime() ?? -1).toBeLessThan(time)
    }
    c.sync()
    beats(2, a, b, c)
    for (const { replica } of [a, b, c]) expect(replica.stableTime()).toBeGreaterThan(time)
  })

  it('is not known while a former run’s writes are missing somewhere, and is again when they have come', () => {
    const [a, b, c] = [Bench.ready('a'), Bench.ready('b'), Bench.ready('c')]
    linkAll(a, b, c)
    beats(3, a, b, c)
    // The last write of this run reaches nobody.
    c.write('alone', 'v')
    c.sync()
    const time = c.replica.store.held('alone')?.time ?? 0
    const next = Bench.ready('c', { log: c.records, wallMs: c.wallMs })
    for (const bench of [a, b]) {
      bench.step({ kind: 'linkDown', peer: 'c' })
      bench.link(next)
      next.link(bench)
    }
    // Its row is heard, what it holds is not.
    for (const bench of [a, b]) bench.sent = []
    next.sent = []
    for (const bench of [a, b]) expect(bench.replica.stableTime() ?? -1).toBeLessThan(time)
    beats(4, a, b, next)
    for (const bench of [a, b, next]) {
      expect(bench.read('alone')).toBe('v')
      expect(bench.replica.stableTime()).toBeGreaterThan(time)
    }
  })

  it('moves on with a member that never writes', () => {
    const [a, b] = [Bench.ready('a'), Bench.ready('b')]
    linkAll(a, b)
    beats(3, a, b)
    const early = a.replica.stableTime() ?? -1
    expect(early).toBeGreaterThan(0)
    beats(2, a, b)
    expect(a.replica.stableTime()).toBeGreaterThan(early)
  })
})
