/** A forgotten run is refused for good, its node comes back as a new one, and the marks outlive everything. */

import { describe, expect, it } from 'vitest'
import { isAbove } from '../../src/core/gone.ts'
import { parseOrigin } from '../../src/core/origin.ts'
import { alone, cluster, returner, written } from './clusters.ts'
import { Bench, beats, cutAll, linkAll, talk } from './replica-bench.ts'

describe('a forgotten run', () => {
  it('leaves the members of all, and the operator is answered when its mark is in the log', () => {
    const [a, b, c] = cluster(['a', 'b', 'c'] as const)
    cutAll(b, c)
    cutAll(a, c)
    linkAll(a, b)
    talk(a, b)
    const { origin } = c
    const op = a.ask({ kind: 'forget', name: 'c' })
    expect(a.replies.map((reply) => reply.op)).not.toContain(op)
    a.sync()
    expect(a.replies.at(-1)?.op).toBe(op)
    talk(a, b)
    for (const { replica, records } of [a, b]) {
      expect(replica.members.get('c')).toBeUndefined()
      expect(records).toContainEqual({ kind: 'gone', marks: [origin] })
    }
  })

  it('that nobody knows is refused', () => {
    const [a] = cluster(['a', 'b'] as const)
    const op = a.ask({ kind: 'forget', name: 'nobody' })
    expect(a.refusals).toEqual([{ op, code: 'ERR_NO_SUCH_MEMBER' }])
    const own = a.ask({ kind: 'forget', name: 'a' })
    expect(a.refusals.at(-1)).toEqual({ op: own, code: 'ERR_NO_SUCH_MEMBER' })
  })

  it('is answered by its mark and by nothing else, whatever it says', () => {
    const [a, b, c] = returner()
    const { row } = c.replica
    a.sent = []
    b.sent = []
    for (const body of [
      { kind: 'row', rows: [] },
      { kind: 'same' },
      { kind: 'pull', exchange: 1, next: 0, seen: [], rest: undefined, of: 'all' },
    ] as const) {
      a.hear(row, body)
    }
    expect(a.sent.map(({ to }) => to)).toEqual([['c'], ['c'], ['c']])
    expect(a.bodies('gone').map(({ marks }) => marks)).toEqual([[c.origin], [c.origin], [c.origin]])
    expect(a.replica.members.get('c')).toBeUndefined()
    expect(a.replica.counters.rowsRefused).toBe(3)
  })

  it('is not brought back by a row that somebody relays late', () => {
    const [a, b, c] = returner()
    b.hear(a, { kind: 'row', rows: [c.replica.row] })
    expect(b.replica.members.get('c')).toBeUndefined()
  })

  it('draws a new one above the mark, and is a member again', () => {
    const [a, b, c] = returner()
    const former = c.origin
    linkAll(a, b, c)
    talk(a, b, c)
    expect(isAbove(c.origin, former)).toBe(true)
    expect(parseOrigin(c.origin)?.run).toBe((parseOrigin(former)?.run ?? 0) + 1)
    c.sync()
    beats(2, a, b, c)
    for (const bench of [a, b]) expect(bench.replica.members.get('c')?.row.origin).toBe(c.origin)
    c.write('again', 'v')
    talk(a, b, c)
    expect(a.read('again')).toBe('v')
  })

  it('is forgotten still after a restart, at any prefix of the log that has the mark', () => {
    const [a, , c] = returner()
    for (let length = 0; length <= a.records.length; length++) {
      const records = a.records.slice(0, length)
      const again = new Bench('a', { log: records })
      if (!records.some(({ kind }) => kind === 'gone')) continue
      expect(again.replica.members.get('c')).toBeUndefined()
      again.sent = []
      again.hear(c.replica.row, { kind: 'same' })
      expect(again.bodies('gone')).toEqual([{ kind: 'gone', marks: [c.origin] }])
    }
  })

  it('of this node, known from its log alone, is not drawn again', () => {
    const [a, , c] = returner()
    linkAll(a, c)
    talk(a, c)
    const mark = a.records.find(({ kind }) => kind === 'gone')
    // The mark is durable and the new run is not: it was lost with the tail of the log.
    const drawn = c.records.findLastIndex(({ kind }) => kind === 'origin')
    const log = [...c.records.slice(0, drawn), ...(mark === undefined ? [] : [mark])]
    const again = new Bench('c', { log, wallMs: c.wallMs })
    const former = mark?.kind === 'gone' ? (mark.marks[0] ?? '') : ''
    expect(isAbove(again.origin, former)).toBe(true)
  })
})

describe('a mark', () => {
  it('reaches a node that was away when it was made', () => {
    const [a, b, c, d] = cluster(['a', 'b', 'c', 'd'] as const)
    cutAll(a, b, c, d)
    linkAll(a, b)
    a.ask({ kind: 'forget', name: 'd' })
    beats(2, a, b)
    alone(2, c)
    linkAll(a, b, c)
    beats(3, a, b, c)
    expect(c.replica.members.get('d')).toBeUndefined()
    expect(c.replica.row.gone).toBe(a.replica.row.gone)
  })

  it('of a former run does not touch the present one', () => {
    const [a, b] = cluster(['a', 'b'] as const)
    const former = b.origin
    b.sync()
    const next = Bench.ready('b', { log: b.records, wallMs: b.wallMs })
    cutAll(a, b)
    linkAll(a, next)
    beats(2, a, next)
    next.hear(a, { kind: 'gone', marks: [former] })
    a.hear(next, { kind: 'gone', marks: [former] })
    beats(2, a, next)
    expect(a.replica.members.get('b')?.row.origin).toBe(next.origin)
    expect(next.replica.counters.runsRedrawn).toBe(0)
  })

  it('comes by itself when a member was silent for long enough', () => {
    const [a, b, c] = cluster(['a', 'b', 'c'] as const, { replica: { forgetAfterMs: 10_000 } })
    cutAll(a, c)
    cutAll(b, c)
    linkAll(a, b)
    beats(6, a, b)
    expect(a.replica.members.get('c')).toBeDefined()
    beats(4, a, b)
    for (const { replica } of [a, b]) expect(replica.members.get('c')).toBeUndefined()
  })

  it('made by both sides of a partition of each other lets both live on', () => {
    const [a, b] = cluster(['a', 'b'] as const)
    cutAll(a, b)
    a.write('a', 'v')
    b.write('b', 'v')
    a.ask({ kind: 'forget', name: 'b' })
    b.ask({ kind: 'forget', name: 'a' })
    alone(3, a, b)
    linkAll(a, b)
    beats(6, a, b)
    for (const bench of [a, b]) {
      expect(bench.replica.members.size).toBe(1)
      expect([bench.read('a'), bench.read('b')]).toEqual(['v', 'v'])
    }
    expect(written(a)).toBe(written(b))
    const before = a.replica.stableTime() ?? -1
    beats(3, a, b)
    expect(a.replica.stableTime()).toBeGreaterThan(before)
  })
})
