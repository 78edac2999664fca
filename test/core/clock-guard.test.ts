/** Bad clocks: who is off from most stops stamping, nobody else's clock is moved, and an operator can set one back. */

import { describe, expect, it } from 'vitest'
import { hlcFromUnixMs } from '../../src/core/clock.ts'
import { ClockGuard } from '../../src/core/clock-guard.ts'
import { isAbove } from '../../src/core/gone.ts'
import { cluster, written } from './clusters.ts'
import { Bench, beats, linkAll, talk } from './replica-bench.ts'

const YEARS_MS = 10 * 365 * 24 * 3_600_000
const HOUR_MS = 3_600_000

describe('a clock guard', () => {
  const now = { wallMs: 1_000_000, monoMs: 0 }

  function judged(offsets: readonly number[], stampMs = now.wallMs): string {
    const guard = new ClockGuard(1_000)
    for (const [i, ms] of offsets.entries()) guard.heard(`p${i}`, now.wallMs + ms, now)
    guard.judge(stampMs, now)
    return guard.state
  }

  it('says who is off from most of those that it hears, itself counted as right', () => {
    expect(judged([])).toBe('ok')
    expect(judged([0, 0])).toBe('ok')
    expect(judged([5_000])).toBe('ok')
    expect(judged([5_000, 0])).toBe('ok')
    expect(judged([5_000, 5_000])).toBe('behind')
    expect(judged([-5_000, -5_000])).toBe('ahead')
    expect(judged([-5_000, 5_000])).toBe('ok')
    expect(judged([-5_000, -5_000, 0])).toBe('ok')
    expect(judged([-5_000, -5_000, -5_000, 0])).toBe('ahead')
  })

  it('judges by what a stamp would show, not by the machine’s clock alone', () => {
    expect(judged([0, 0], now.wallMs + 5_000)).toBe('ahead')
  })

  it('asks nobody who was silent for long, and says a change once', () => {
    const guard = new ClockGuard(1_000)
    for (const peer of ['a', 'b']) guard.heard(peer, now.wallMs + 5_000, now)
    expect([guard.judge(now.wallMs, now), guard.judge(now.wallMs, now)]).toEqual(['behind', undefined])
    const later = { wallMs: now.wallMs + 11_000, monoMs: 11_000 }
    expect(guard.judge(later.wallMs, later)).toBe('ok')
    expect(guard.offsetOf('a')).toBe(5_000)
    guard.forgetPeer('a')
    expect(guard.offsetOf('a')).toBeUndefined()
  })
})

describe('of three nodes', () => {
  it.each([
    ['ahead', YEARS_MS],
    ['behind', -3_600_000],
  ])('the one that is %s refuses writes, the others go on', (state, byMs) => {
    const [a, b, c] = cluster(['a', 'b', 'c'] as const)
    c.wallMs += byMs
    beats(3, a, b, c)
    expect([a, b, c].map(({ replica }) => replica.clockGuard.state)).toEqual(['ok', 'ok', state])
    const op = c.write('k', 'v')
    expect(c.refusals).toEqual([{ op, code: 'ERR_CLOCK_SKEW' }])
    expect(c.read('k')).toBeUndefined()
    a.write('k', 'v')
    beats(1, a, b, c)
    expect([a.refusals, b.read('k')]).toEqual([[], 'v'])
    if (state === 'ahead') return
    c.wallMs -= byMs
    beats(3, a, b, c)
    expect(c.replica.clockGuard.state).toBe('ok')
    c.write('k', 'w')
    beats(1, a, b, c)
    expect(a.read('k')).toBe('w')
  })

  it('one ten years ahead moves no other’s clock, and what it writes waits', () => {
    const [a, b, c] = cluster(['a', 'b', 'c'] as const)
    a.write('k', 'v')
    beats(1, a, b, c)
    c.wallMs += YEARS_MS
    c.write('k', 'from the future')
    beats(5, a, b, c)
    for (const node of [a, b]) {
      expect(node.replica.row.clear).toBeLessThanOrEqual(hlcFromUnixMs(node.wallMs + 60_000) + 4_096)
      expect([node.read('k'), node.replica.store.parkedCount]).toEqual(['v', 1])
    }
    expect(c.read('k')).toBe('from the future')
  })

  it('one ten years ahead delays no other’s writes', () => {
    const [a, b, c] = cluster(['a', 'b', 'c'] as const)
    c.wallMs += YEARS_MS
    beats(3, a, b, c)
    a.write('k', 'v')
    talk(a, b, c)
    expect(b.read('k')).toBe('v')
  })
})

it('of five nodes one ten years ahead makes no other refuse writes, though messages take 20 ms', () => {
  const nodes = cluster(['a', 'b', 'c', 'd', 'e'] as const)
  const [, , , , mad] = nodes
  const sane = nodes.filter((node) => node !== mad)
  mad.wallMs += YEARS_MS
  const later = (ms: number): void => {
    for (const node of nodes) {
      node.wallMs += ms
      node.monoMs += ms
    }
  }
  for (let i = 0; i < 4; i++) {
    // The mad one’s row comes just before the others make theirs.
    later(1_200)
    mad.pass(0)
    later(20)
    talk(...nodes)
    for (const node of sane) node.pass(0)
    for (const node of sane) expect(node.replica.clockGuard.state).toBe('ok')
    later(20)
    talk(...nodes)
    for (const node of nodes) node.sync()
  }
})

describe('two nodes that differ', () => {
  it('both go on', () => {
    const [a, b] = cluster(['a', 'b'] as const)
    b.wallMs += 3_600_000
    beats(4, a, b)
    a.write('a', 'v')
    b.write('b', 'v')
    expect([a.refusals, b.refusals]).toEqual([[], []])
  })
})

/** c wrote with a clock ten years ahead, and the machine’s clock is right again. */
function driven(): readonly [Bench, Bench, Bench] {
  const [a, b, c] = cluster(['a', 'b', 'c'] as const)
  c.write('early', 'v')
  beats(1, a, b, c)
  c.wallMs += YEARS_MS
  c.write('late', 'far')
  c.write('early', 'far')
  talk(a, b, c)
  c.wallMs -= YEARS_MS
  beats(2, a, b, c)
  return [a, b, c]
}

describe('a clock that an operator sets back', () => {
  it('lets the node write again, above what stays shown and what its peers have', () => {
    const [a, b, c] = driven()
    expect(c.replica.clockGuard.state).toBe('ahead')
    a.write('other', 'v')
    beats(1, a, b, c)
    const op = c.ask({ kind: 'resetClock' })
    c.sync()
    expect(c.replies.at(-1)?.op).toBe(op)
    beats(2, a, b, c)
    expect(c.replica.clockGuard.state).toBe('ok')
    c.write('other', 'mine')
    c.write('early', 'now')
    beats(2, a, b, c)
    for (const node of [a, b, c]) {
      expect([node.read('other'), node.read('early')]).toEqual(['mine', 'now'])
      expect(node.read('late')).toBeUndefined()
      expect(node.replica.store.parkedCount).toBe(2)
    }
    expect(new Set([a, b, c].map(written)).size).toBe(1)
    for (const { replica } of [a, b, c]) expect(replica.stableTime()).toBeDefined()
  })

  it('parks its own entries from the future, and says that they are gone', () => {
    const [, , c] = driven()
    c.shown.length = 0
    const former = c.origin
    c.ask({ kind: 'resetClock' })
    expect(isAbove(c.origin, former)).toBe(true)
    expect([c.read('late'), c.replica.store.held('late')?.kind]).toEqual([undefined, 'live'])
    expect(c.shown.map(({ key, kind }) => `${kind} ${key}`).sort()).toEqual(['tombstone early', 'tombstone late'])
    const limit = hlcFromUnixMs(c.wallMs + 60_000)
    c.sync()
    c.write('new', 'v')
    expect(c.replica.store.held('new')?.time).toBeLessThan(limit)
    for (const entry of c.replica.store.all()) {
      if (c.replica.store.shown(entry.key) === entry && entry.key !== 'new') {
        expect(entry.time).toBeLessThan(c.replica.store.held('new')?.time ?? 0)
      }
    }
  })

  it('gives the same state after a restart', () => {
    const [a, b, c] = driven()
    c.ask({ kind: 'resetClock' })
    c.sync()
    beats(2, a, b, c)
    c.write('early', 'now')
    beats(1, a, b, c)
    const again = new Bench('c', { log: c.records, wallMs: c.wallMs })
    expect(written(again)).toBe(written(c))
    expect([again.read('early'), again.read('late')]).toEqual(['now', undefined])
    expect(again.replica.store.parkedCount).toBe(c.replica.store.parkedCount)
    again.sync()
    again.write('early', 'later')
    expect(again.read('early')).toBe('later')
  })

  it('stays back after a restart, and after a pull from peers whose V still has the run from the future', () => {
    const [a, b, c] = driven()
    c.ask({ kind: 'resetClock' })
    c.sync()
    beats(2, a, b, c)
    const again = new Bench('c', { log: c.records, wallMs: c.wallMs })
    again.sync()
    again.write('k', 'v')
    expect(again.replica.store.shown('k')?.time).toBeLessThan(hlcFromUnixMs(c.wallMs + 30_000))
  })

  it('leaves nothing shown that its next write would not be above', () => {
    const [a, b] = cluster(['a', 'b'] as const)
    b.wallMs += 90_000
    b.write('k', 'far')
    talk(a, b)
    // Beside what is parked, with a clock that was ahead as well.
    a.wallMs += 80_000
    a.write('k', 'ahead')
    a.wallMs -= 80_000
    a.ask({ kind: 'resetClock' })
    a.sync()
    a.write('k', 'now')
    expect(a.read('k')).toBe('now')
  })

  it('shows again what had expired by the bad clock alone, and lets it expire at its time', () => {
    const [a, b] = cluster(['a', 'b'] as const)
    a.write('short', 'v', 30_000)
    a.write('long', 'v', 2 * HOUR_MS)
    beats(1, a, b)
    b.wallMs += HOUR_MS
    b.pass(100)
    expect([b.read('short'), b.read('long')]).toEqual([undefined, 'v'])
    expect([b.replica.store.liveCount, b.replica.store.tombstoneCount]).toEqual([1, 1])
    b.wallMs -= HOUR_MS
    b.pass(100)
    expect(b.read('short')).toBeUndefined()
    b.shown.length = 0
    b.ask({ kind: 'resetClock' })
    b.sync()
    expect(b.shown.map(({ kind, key }) => `${kind} ${key}`)).toEqual(['live short'])
    expect([b.read('short'), b.read('long')]).toEqual(['v', 'v'])
    expect([b.replica.store.liveCount, b.replica.store.tombstoneCount]).toEqual([2, 0])
    expect(written(b)).toBe(written(a))
    const again = new Bench('b', { log: b.records, wallMs: b.wallMs })
    expect([again.read('short'), again.replica.store.fingerprint()]).toEqual(['v', a.replica.store.fingerprint()])
    b.shown.length = 0
    b.pass(30_000)
    expect([b.read('short'), b.read('long')]).toEqual([undefined, 'v'])
    expect(b.shown.map(({ kind, key }) => `${kind} ${key}`)).toEqual(['tombstone short'])
  })

  it('leaves gone what has expired by its own clock, too', () => {
    const node = Bench.ready('n')
    node.write('k', 'v', 1_000)
    node.pass(2_000)
    node.wallMs += HOUR_MS
    node.pass(100)
    node.wallMs -= HOUR_MS
    node.shown.length = 0
    node.ask({ kind: 'resetClock' })
    expect([node.read('k'), node.shown]).toEqual([undefined, []])
  })

  it('by a node that is alone, too', () => {
    const node = Bench.ready('n')
    node.wallMs += YEARS_MS
    node.write('k', 'far')
    node.wallMs -= YEARS_MS
    node.ask({ kind: 'resetClock' })
    node.sync()
    node.write('k', 'now')
    expect(node.read('k')).toBe('now')
    const other = Bench.ready('o')
    linkAll(node, other)
    beats(3, node, other)
    expect(other.read('k')).toBe('now')
  })
})
