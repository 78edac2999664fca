/** What lies behind damage in a log: taken back in when every member was asked, and not before. */

import { describe, expect, it } from 'vitest'
import { type Entry, liveEntry } from '../../src/core/entry.ts'
import { Salvage } from '../../src/core/salvage.ts'
import { cluster } from './clusters.ts'
import { Bench, beats, cutAll, linkAll } from './replica-bench.ts'

const SEEKS = { replica: { hasSeeds: true } }
const KEYS = ['k0', 'k1', 'k2', 'k3', 'k4', 'k5']

/** Three nodes, of which c has written all; the others heard of each write by itself. */
function heard(): readonly [Bench, Bench, Bench] {
  const [a, b, c] = cluster(['a', 'b', 'c'] as const, SEEKS)
  for (const key of KEYS) {
    c.write(key, `of ${key}`)
    beats(1, a, b, c)
  }
  cutAll(a, b, c)
  return [a, b, c]
}

/** The same disk, where the record of `lost` is damaged. */
function damaged(bench: Bench, lost: string, luck: number): Bench {
  const at = bench.records.findIndex((record) => 'entries' in record && record.entries.some(({ key }) => key === lost))
  expect(at).toBeGreaterThan(0)
  const { wallMs } = bench
  const halves = { log: bench.records.slice(0, at), salvage: bench.records.slice(at + 1) }
  return Bench.ready(bench.name, { ...SEEKS, wallMs, luck, ...halves })
}

function keysOf(bench: Bench): string[] {
  return KEYS.filter((key) => bench.read(key) !== undefined)
}

describe('a node whose log was damaged', () => {
  it('has all again from the others, and salvages nothing', () => {
    const [a, b, c] = heard()
    const again = damaged(a, 'k2', 1)
    expect(keysOf(again)).toEqual(['k0', 'k1'])
    linkAll(again, b, c)
    beats(4, again, b, c)
    expect(keysOf(again)).toEqual(KEYS)
    expect(again.replica.counters.entriesSalvaged).toBe(0)
    expect(again.replica.stableTime()).toBeDefined()
  })

  it('waits for a member that was not asked, and takes back in what nobody else has when that is forgotten', () => {
    const [a, b, c] = heard()
    const again = damaged(a, 'k2', 1)
    beats(4, again)
    expect(keysOf(again)).toEqual(['k0', 'k1'])
    expect(again.replica.takingBack.report).toEqual({ entries: 3, awaits: ['b', 'c'] })
    for (const { name } of [b, c]) again.ask({ kind: 'forget', name })
    beats(1, again)
    // It looks for others and has met none: what they know of these keys it cannot tell.
    expect(keysOf(again)).toEqual(['k0', 'k1'])
    const other = Bench.ready('d', { ...SEEKS, wallMs: again.wallMs })
    linkAll(again, other)
    beats(4, again, other)
    expect(keysOf(again)).toEqual(['k0', 'k1', 'k3', 'k4', 'k5'])
    expect(keysOf(other)).toEqual(keysOf(again))
    expect(again.replica.takingBack.report).toBeUndefined()
  })

  it.each([
    ['k1', 'k3'],
    ['k3', 'k1'],
    ['k0', 'k5'],
  ])('comes to the same as another, with other holes: %s and %s', (lost, alsoLost) => {
    const [a, b] = heard()
    const first = damaged(a, lost, 1)
    const second = damaged(b, alsoLost, 2)
    linkAll(first, second)
    beats(3, first, second)
    for (const bench of [first, second]) bench.ask({ kind: 'forget', name: 'c' })
    beats(4, first, second)
    expect(keysOf(first)).toEqual(KEYS)
    expect(keysOf(second)).toEqual(KEYS)
    expect(first.replica.store.fingerprint()).toBe(second.replica.store.fingerprint())
    for (const bench of [first, second]) expect(bench.replica.stableTime()).toBeDefined()
  })

  it('asks a member again that came back as another run', () => {
    const [a, b, c] = heard()
    const again = damaged(a, 'k3', 1)
    linkAll(again, b)
    beats(3, again, b)
    cutAll(again, b)
    const late = damaged(b, 'k1', 2)
    linkAll(again, late)
    again.ask({ kind: 'forget', name: c.name })
    beats(3, again, late)
    expect(keysOf(again)).toEqual(KEYS)
    expect(keysOf(late)).toEqual(KEYS)
  })

  it('asks whoever has written what it holds, though it knows no member any more, unless that one is forgotten', () => {
    const [a, b] = cluster(['a', 'b'] as const)
    for (const key of KEYS) {
      b.write(key, `of ${key}`)
      beats(1, a, b)
    }
    cutAll(a, b)
    const from = a.records.findIndex(({ kind }) => kind === 'member')
    const to = a.records.findIndex((record) => 'entries' in record && record.entries.some(({ key }) => key === 'k2'))
    const halves = { log: a.records.slice(0, from), salvage: a.records.slice(to + 1) }
    const again = Bench.ready('a', { wallMs: a.wallMs, luck: 3, ...halves })
    beats(3, again)
    expect(keysOf(again)).toEqual([])
    expect(again.replica.takingBack.report).toEqual({ entries: 3, awaits: ['b'] })
    linkAll(again, b)
    beats(6, again, b)
    for (const bench of [again, b]) expect(keysOf(bench)).toEqual(KEYS)
    const alone = Bench.ready('a', { wallMs: a.wallMs, luck: 4, ...halves })
    alone.ask({ kind: 'forget', name: 'b' })
    beats(1, alone)
    expect(alone.refusals).toEqual([])
    expect(keysOf(alone)).toEqual(['k3', 'k4', 'k5'])
  })

  it('takes back pieces of a pull, before the damage and behind it', () => {
    const source = Bench.ready('s')
    const keys = Array.from({ length: 100 }, (_, i) => `k${i}`)
    for (const key of keys) source.write(key, 'x'.repeat(2_000))
    source.sync()
    source.pass(1_200)
    const b = Bench.ready('b', { ...SEEKS, wallMs: source.wallMs })
    linkAll(source, b)
    beats(4, source, b)
    cutAll(source, b)
    const stages = b.records.flatMap(({ kind }, at) => (kind === 'stage' ? [at] : []))
    expect(stages.length).toBeGreaterThan(2)
    const at = stages[1] ?? 0
    const damaged = b.records[at]
    const lost = damaged?.kind === 'stage' ? damaged.entries.length : 0
    const halves = { log: b.records.slice(0, at), salvage: b.records.slice(at + 1) }
    const again = Bench.ready('b', { wallMs: b.wallMs, luck: 5, ...halves })
    again.ask({ kind: 'forget', name: 's' })
    again.work()
    beats(1, again)
    expect(keys.filter((key) => again.read(key) !== undefined)).toHaveLength(100 - lost)
  })

  it('takes nothing back in the midst of a pull, and what is staged outlives a commit of another', () => {
    const [a, b] = cluster(['a', 'b'] as const)
    const log = a.records.slice()
    const { origin } = b
    const entry = (key: string, time: number): Entry =>
      liveEntry(key, b.replica.row.clear + time, origin, Uint8Array.of(1))
    const state = (time: number) => ({
      seen: [[origin, b.replica.row.clear + time]] as const,
      written: [[origin, b.replica.row.clear + time]] as const,
      floor: 0,
    })
    const again = Bench.ready('a', {
      wallMs: a.wallMs,
      luck: 6,
      log: [
        ...log,
        { kind: 'stage', exchange: 7, entries: [entry('k0', 10)] },
        { kind: 'commit', exchange: 8, entries: [entry('k1', 5)], ...state(5) },
        { kind: 'commit', exchange: 7, entries: [entry('k2', 20)], ...state(20) },
      ],
    })
    expect(keysOf(again)).toEqual(['k0', 'k1', 'k2'])
  })

  it('holds what others have told once, however often they tell it', () => {
    const told = new Salvage()
    told.isPending = true
    const entries = KEYS.map((key, i) => liveEntry(key, 1_000 + i, 'c/1/0/x', Uint8Array.of(1)))
    for (const run of ['b/1/0/x', 'b/2/0/x', 'b/3/0/x']) told.hear('b', run, entries)
    expect(told.entries).toHaveLength(KEYS.length)
  })
})
