/** Tombstones go once every member is known to have seen them, and nothing comes back that was deleted. */

import { describe, expect, it } from 'vitest'
import { alone, cluster, returner, written } from './clusters.ts'
import { Bench, beats, cutAll, linkAll, talk } from './replica-bench.ts'

describe('a tombstone', () => {
  it('goes when all members have it, and the floor is logged before', () => {
    const [a, b] = cluster(['a', 'b'] as const)
    a.write('k', 'v')
    a.write('k')
    const time = a.replica.store.held('k')?.time ?? 0
    talk(a, b)
    expect(b.replica.store.held('k')?.kind).toBe('tombstone')
    beats(4, a, b)
    for (const { replica, records } of [a, b]) {
      expect(replica.store.held('k')).toBeUndefined()
      expect([replica.store.tombstoneCount, replica.counters.tombstonesCollected]).toEqual([0, 1])
      expect(replica.floor).toBeGreaterThanOrEqual(time)
      expect(records.filter(({ kind }) => kind === 'floor')).toHaveLength(1)
    }
  })

  it('waits for a member that is silent, and not for one that is forgotten', () => {
    const [a, b, c] = cluster(['a', 'b', 'c'] as const)
    cutAll(a, c)
    cutAll(b, c)
    linkAll(a, b)
    a.write('k')
    const time = a.replica.store.held('k')?.time ?? 0
    beats(20, a, b)
    for (const { replica } of [a, b]) {
      expect(replica.store.held('k')?.kind).toBe('tombstone')
      expect(replica.stableTime() ?? -1).toBeLessThan(time)
    }
    a.ask({ kind: 'forget', name: 'c' })
    beats(4, a, b)
    for (const { replica } of [a, b]) {
      expect(replica.store.held('k')).toBeUndefined()
      expect(replica.stableTime()).toBeGreaterThan(time)
    }
  })

  it('is said to wait for the silent member alone', () => {
    const [a, b, c] = cluster(['a', 'b', 'c'] as const)
    cutAll(a, c)
    cutAll(b, c)
    linkAll(a, b)
    a.write('k')
    beats(5, a, b)
    const { store, members, row, claims } = a.replica
    expect(members.holdingBack(store.oldestGrave, row, claims.seen)).toEqual(['c'])
  })

  it('stays on a node that looks for others and has met none', () => {
    const node = new Bench('n', { replica: { hasSeeds: true } })
    node.sync()
    beats(8, node)
    expect(node.replica.isJoining).toBe(false)
    node.write('k')
    beats(5, node)
    expect(node.replica.store.held('k')?.kind).toBe('tombstone')
  })

  it('goes a slice at a time', () => {
    const [a, b] = cluster(['a', 'b'] as const, { replica: { sliceEntriesMax: 10 } })
    a.writeAll(Array.from({ length: 95 }, (_, i) => ({ key: `k${i}`, value: undefined })))
    beats(5, a, b)
    expect([a.replica.store.heldCount, b.replica.store.heldCount]).toEqual([0, 0])
  })
})

describe('a node that returns after the others have let go of a tombstone', () => {
  it('is answered unsafe, and compares all', () => {
    const [a, b, c] = returner()
    expect(a.replica.store.held('k')).toBeUndefined()
    expect(c.read('k')).toBe('old')
    linkAll(a, b, c)
    beats(4, a, b, c)
    expect(c.replica.counters.pullsUnsafe).toBeGreaterThan(0)
    expect(c.replica.counters.deepPullsCommitted).toBeGreaterThan(0)
  })

  it('does not bring the deleted key back, and keeps what it wrote alone, at its version', () => {
    const [a, b, c] = returner()
    const mine = c.replica.store.held('mine')
    linkAll(a, b, c)
    beats(6, a, b, c)
    for (const bench of [a, b, c]) {
      expect(bench.read('k')).toBeUndefined()
      expect(bench.replica.store.held('mine')).toEqual(mine)
      expect(bench.read('other')).toBe('v')
    }
    expect(new Set([a, b, c].map(written)).size).toBe(1)
    const gone = c.shown.filter(({ key }) => key === 'k').at(-1)
    expect(gone?.kind).toBe('tombstone')
  })

  it('takes over the floor of the one it compared with', () => {
    const [a, b, c] = returner()
    const { floor } = a.replica
    expect(floor).toBeGreaterThan(0)
    expect(c.replica.floor).toBe(0)
    linkAll(a, c)
    talk(a, c)
    expect(c.replica.floor).toBeGreaterThanOrEqual(floor)
    expect(b.replica.floor).toBeGreaterThan(0)
  })

  it('has it all again after a restart', () => {
    const [a, b, c] = returner()
    linkAll(a, b, c)
    beats(6, a, b, c)
    const again = new Bench('c', { log: c.records, wallMs: c.wallMs })
    expect(again.read('k')).toBeUndefined()
    expect(again.read('mine')).toBe('alone')
    expect(again.replica.floor).toBe(c.replica.floor)
    expect(written(again)).toBe(written(c))
  })

  it('agrees with them on a stable time again', () => {
    const [a, b, c] = returner()
    linkAll(a, b, c)
    beats(8, a, b, c)
    a.write('later')
    const time = a.replica.store.held('later')?.time ?? 0
    beats(5, a, b, c)
    for (const { replica } of [a, b, c]) {
      expect(replica.stableTime()).toBeGreaterThan(time)
      expect(replica.store.held('later')).toBeUndefined()
    }
  })
})

describe('a write from before a delete that was collected', () => {
  /** It comes with a node that was forgotten, and outlives the delete that this one never met. */
  function outlived(): readonly [Bench, Bench, Bench] {
    const [a, b, c] = cluster(['a', 'b', 'c'] as const)
    cutAll(a, c)
    cutAll(b, c)
    linkAll(a, b)
    c.write('late', 'old')
    beats(1, a, b)
    a.write('late')
    a.ask({ kind: 'forget', name: 'c' })
    beats(5, a, b)
    alone(6, c)
    linkAll(a, b, c)
    beats(6, a, b, c)
    return [a, b, c]
  }

  it('shows on all of them alike', () => {
    const nodes = outlived()
    expect(nodes.map((node) => node.read('late'))).toEqual(['old', 'old', 'old'])
    expect(new Set(nodes.map(written)).size).toBe(1)
  })

  it('is there still after a restart', () => {
    const [a] = outlived()
    const again = new Bench('a', { log: a.records, wallMs: a.wallMs })
    expect(again.read('late')).toBe('old')
  })
})

describe('what was collected', () => {
  it('does not show again after a restart with the clock set back', () => {
    const [a, b] = cluster(['a', 'b'] as const)
    b.write('k', 'by the other')
    talk(a, b)
    a.write('k')
    talk(a, b)
    beats(4, a, b)
    expect(a.replica.store.held('k')).toBeUndefined()
    const again = new Bench('a', { log: a.records, wallMs: a.wallMs - 3_600_000 })
    expect(again.replica.store.all()).toEqual([])
  })
})

describe('the floor', () => {
  it('is not taken over by a plain pull of a node that has something', () => {
    const [a, b] = cluster(['a', 'b'] as const)
    a.write('k')
    beats(4, a, b)
    expect(a.replica.floor).toBeGreaterThan(0)
    const { floor } = b.replica
    a.write('new', 'v')
    a.sent = []
    beats(2, a, b)
    expect(b.read('new')).toBe('v')
    expect(b.replica.floor).toBe(floor)
  })

  it('lets a plain pull be enough for a member that was away for less than it', () => {
    const [a, b, c] = cluster(['a', 'b', 'c'] as const)
    a.write('k')
    beats(4, a, b, c)
    const { floor } = a.replica
    expect(floor).toBeGreaterThan(0)
    cutAll(a, c)
    cutAll(b, c)
    linkAll(a, b)
    a.write('x', 'v')
    a.write('y')
    beats(3, a, b)
    alone(3, c)
    linkAll(a, b, c)
    beats(3, a, b, c)
    expect(c.replica.counters.pullsUnsafe).toBe(0)
    expect(c.read('x')).toBe('v')
    expect(new Set([a, b, c].map(written)).size).toBe(1)
  })
})
