/** How a node with an empty disk comes in: from one source, all at once, and until then it says and does nothing. */

import { describe, expect, it } from 'vitest'
import { liveEntry, tombstone } from '../../src/core/entry.ts'
import { isAbove } from '../../src/core/gone.ts'
import { parseOrigin } from '../../src/core/origin.ts'
import { cluster, written } from './clusters.ts'
import { Bench, beats, cutAll, linkAll, talk, WALL_MS } from './replica-bench.ts'

const SEEKS = { replica: { hasSeeds: true } }

function newcomer(name: string, wallMs: number = WALL_MS, luck = 0): Bench {
  return Bench.ready(name, { ...SEEKS, wallMs, luck })
}

/** A cluster that has let go of a tombstone. */
function grown(): readonly [Bench, Bench] {
  const [a, b] = cluster(['a', 'b'] as const)
  a.writeAll([
    { key: 'k', value: undefined },
    { key: 'kept', value: Buffer.from('v') },
  ])
  beats(4, a, b)
  return [a, b]
}

describe('a joining node', () => {
  it('takes over all from one source, with its floor, and is ready then', () => {
    const [a, b] = grown()
    const c = newcomer('c', a.wallMs)
    expect([c.replica.isJoining, c.readies, c.replica.row.joining]).toEqual([true, 0, true])
    linkAll(a, b, c)
    beats(1, a, b, c)
    expect([c.replica.isJoining, c.readies]).toEqual([false, 1])
    expect(c.read('kept')).toBe('v')
    expect(c.replica.floor).toBe(a.replica.floor)
    expect(c.replica.counters.pullsUnsafe).toBe(0)
    expect(written(c)).toBe(written(a))
    beats(3, a, b, c)
    expect(a.replica.stableTime()).toBeDefined()
    expect([a.readies, c.readies]).toEqual([1, 1])
  })

  it('takes no pushes, answers no digest and gives nothing', () => {
    const [a] = grown()
    const c = newcomer('c', a.wallMs)
    c.step({ kind: 'linkUp', peer: 'a', row: a.replica.row })
    c.sent = []
    const upTo = a.replica.row.clear + 5
    const after = a.replica.claims.written.get(a.origin)
    const entries = [liveEntry('p', upTo, a.origin, Uint8Array.of(1))]
    c.hear(a, { kind: 'push', origin: a.origin, after, upTo, entries })
    c.hear(a, { kind: 'push', origin: a.origin, after: parseOrigin(a.origin)?.birth ?? 0, upTo, entries })
    c.hear(a, { kind: 'digest', written: '0'.repeat(16), fingerprint: '0'.repeat(16), cutoff: undefined })
    c.hear(a, { kind: 'pull', exchange: 7, next: 0, seen: [], rest: undefined, of: 'missing' })
    c.hear(a, { kind: 'compare', exchange: 8, from: 0, to: 8, seen: [], rest: undefined })
    expect(c.replica.store.heldCount).toBe(0)
    expect(c.replica.claims.seen.has(a.origin)).toBe(false)
    expect(c.sent.map(({ message }) => message.body)).toEqual([
      { kind: 'ended', exchange: 7 },
      { kind: 'ended', exchange: 8 },
    ])
  })

  it('promises nothing, and holds no stable time of its own', () => {
    const c = newcomer('c')
    c.pass(1_200)
    expect([c.replica.row.low, c.replica.stableTime()]).toEqual([-1, undefined])
    expect(c.replica.claims.seen.size).toBe(0)
  })

  it('whose source goes away in the midst begins again with another, from nothing', () => {
    const small = { replica: { pieceBytesMax: 50, pieceWindow: 1 } }
    const [a, b] = cluster(['a', 'b'] as const, small)
    a.writeAll(Array.from({ length: 40 }, (_, i) => ({ key: `k${i}`, value: new Uint8Array(30) })))
    beats(2, a, b)
    const c = Bench.ready('c', { replica: { ...small.replica, hasSeeds: true }, wallMs: a.wallMs })
    linkAll(a, c)
    c.pass(100)
    const deliver = (): void => {
      for (const [from, to] of [
        [a, c],
        [c, a],
      ] as const) {
        for (const { message } of from.sent.splice(0)) to.step({ kind: 'message', from: from.name, message })
      }
    }
    for (let i = 0; i < 5; i++) deliver()
    expect(c.records.some(({ kind }) => kind === 'stage')).toBe(true)
    expect([c.replica.isJoining, c.replica.store.heldCount]).toEqual([true, 0])
    cutAll(a, c)
    linkAll(b, c)
    beats(2, b, c)
    expect(c.replica.isJoining).toBe(false)
    expect(written(c)).toBe(written(b))
    const again = new Bench('c', { log: c.records, wallMs: c.wallMs })
    expect(written(again)).toBe(written(c))
  })

  it('that is restarted before it has anything joins again', () => {
    const c = newcomer('c')
    const again = new Bench('c', { ...SEEKS, log: c.records })
    expect(again.replica.isJoining).toBe(true)
  })

  it('writes above everything that it took over', () => {
    const [a, b] = grown()
    const c = newcomer('c', a.wallMs - 30_000)
    linkAll(a, b, c)
    beats(1, a, b, c)
    c.write('kept', 'mine')
    talk(a, b, c)
    expect([a.read('kept'), b.read('kept'), c.read('kept')]).toEqual(['mine', 'mine', 'mine'])
  })
})

describe('nodes that are all new', () => {
  it('are begun by the least name, and the others take over from it', () => {
    const nodes = ['c', 'a', 'b'].map((name) => newcomer(name))
    linkAll(...nodes)
    talk(...nodes)
    for (const node of nodes) node.pass(100)
    talk(...nodes)
    expect(nodes.map(({ replica }) => replica.isJoining)).toEqual([true, true, true])
    for (let i = 0; i < 4; i++) {
      for (const node of nodes) node.pass(200)
      talk(...nodes)
    }
    expect(nodes.map(({ replica, readies }) => [replica.isJoining, readies])).toEqual([
      [false, 1],
      [false, 1],
      [false, 1],
    ])
    for (const node of nodes) node.sync()
    beats(3, ...nodes)
    for (const { replica } of nodes) expect(replica.stableTime()).toBeDefined()
  })

  it('do not begin while a lesser one is there that may have a source', () => {
    const [a, b] = [newcomer('a'), newcomer('b')]
    b.link(a)
    for (let i = 0; i < 4; i++) b.pass(1_000)
    expect(b.replica.isJoining).toBe(true)
  })

  it('begin alone when nobody is reached for a while', () => {
    const a = newcomer('z')
    a.pass(4_800)
    expect(a.replica.isJoining).toBe(true)
    a.pass(200)
    expect([a.replica.isJoining, a.readies]).toEqual([false, 1])
    a.write('k', 'v')
    expect(a.read('k')).toBe('v')
  })

  it('that began alone on both sides hold the same once they meet', () => {
    const [a, b] = [newcomer('a'), newcomer('b')]
    for (const node of [a, b]) {
      node.pass(6_000)
      node.write(node.name, 'v')
      node.write('shared', node.name)
    }
    a.write('b')
    linkAll(a, b)
    beats(4, a, b)
    expect(written(a)).toBe(written(b))
    expect(a.read('shared')).toBe(b.read('shared'))
  })
})

describe('a node that comes back', () => {
  /** b from its log, after a and c have gone on without it. */
  function back(): readonly [Bench, Bench] {
    const [a, b] = cluster(['a', 'b'] as const)
    a.write('k', 'old')
    beats(2, a, b)
    cutAll(a, b)
    a.write('k')
    return [a, Bench.ready('b', { log: b.records, wallMs: b.wallMs })]
  }

  it('shows nothing before it has compared with a member', () => {
    const [a, b] = back()
    expect(b.readies).toBe(0)
    b.pass(800)
    linkAll(a, b)
    expect(b.readies).toBe(0)
    talk(a, b)
    expect([b.readies, b.read('k')]).toEqual([1, undefined])
  })

  it('serves soon when it reaches nobody, and always when an exchange takes long', () => {
    const [, alone] = back()
    alone.pass(800)
    expect(alone.readies).toBe(0)
    alone.pass(100)
    expect([alone.readies, alone.read('k')]).toEqual([1, 'old'])

    const [a, slow] = back()
    slow.step({ kind: 'linkUp', peer: 'a', row: a.replica.row })
    slow.pass(4_800)
    expect(slow.readies).toBe(0)
    slow.pass(100)
    expect(slow.readies).toBe(1)
  })

  it('and knows of nobody waits for nobody', () => {
    const lone = Bench.ready('a')
    lone.write('k', 'v')
    expect(Bench.ready('a', { log: lone.records }).readies).toBe(1)
  })
})

describe('a node that lost its disk', () => {
  it('comes back under its name as a later run, whatever it drew, and has all again', () => {
    const redraws = new Set<number | undefined>()
    for (let luck = 1; luck <= 8; luck++) {
      const [a, b] = grown()
      const former = b.origin
      cutAll(a, b)
      const wiped = newcomer('b', b.wallMs, luck)
      linkAll(a, wiped)
      beats(3, a, wiped)
      redraws.add(wiped.replica.counters.runsRedrawn)
      expect(isAbove(wiped.origin, former)).toBe(true)
      expect(wiped.replica.isJoining).toBe(false)
      expect(wiped.read('kept')).toBe('v')
      wiped.write('new', 'v')
      beats(3, a, wiped)
      expect(a.read('new')).toBe('v')
      expect(a.replica.members.get('b')?.row.origin).toBe(wiped.origin)
      expect(written(a)).toBe(written(wiped))
      expect(a.replica.stableTime()).toBeDefined()
    }
    expect(redraws).toEqual(new Set([0, 1]))
  })

  it('gets its own former writes back, and tombstones that are kept', () => {
    const [a, b] = cluster(['a', 'b', 'c'] as const)
    b.write('mine', 'v')
    b.write('dead')
    talk(a, b)
    cutAll(a, b)
    const wiped = newcomer('b', b.wallMs, 1)
    linkAll(a, wiped)
    beats(2, a, wiped)
    expect(wiped.read('mine')).toBe('v')
    expect(wiped.replica.store.held('dead')).toMatchObject(tombstone('dead', expect.any(Number) as number, b.origin))
  })
})
