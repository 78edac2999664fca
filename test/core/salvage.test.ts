/** What lies behind damage in a log: taken back in when every member was asked, and not before. */

import { describe, expect, it } from 'vitest'
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
    expect(again.replica.salvageReport).toEqual({ entries: 3, awaits: ['b', 'c'] })
    for (const { name } of [b, c]) again.ask({ kind: 'forget', name })
    beats(1, again)
    // It looks for others and has met none: what they know of these keys it cannot tell.
    expect(keysOf(again)).toEqual(['k0', 'k1'])
    const other = Bench.ready('d', { ...SEEKS, wallMs: again.wallMs })
    linkAll(again, other)
    beats(4, again, other)
    expect(keysOf(again)).toEqual(['k0', 'k1', 'k3', 'k4', 'k5'])
    expect(keysOf(other)).toEqual(keysOf(again))
    expect(again.replica.salvageReport).toBeUndefined()
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
})
