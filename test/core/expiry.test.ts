/** Values that expire: judged by the clock of the cluster, told once, hidden with what they overwrote, and collected by all. */

import { describe, expect, it } from 'vitest'
import { hlcFromUnixMs, unixMsFromHlc } from '../../src/core/clock.ts'
import { liveEntry } from '../../src/core/entry.ts'
import { rowAtBirth } from '../../src/core/members.ts'
import { formatOrigin } from '../../src/core/origin.ts'
import { cluster, written } from './clusters.ts'
import { Bench, beats, talk, WALL_MS } from './replica-bench.ts'

const BIRTH = hlcFromUnixMs(WALL_MS)
const AUTHOR = formatOrigin({ name: 'author', run: 1, birth: BIRTH, random: 'abcdefghij' })
const ROW = rowAtBirth(AUTHOR, 1, '', BIRTH)

describe('a value that expires', () => {
  it('counts its time from its stamp, not from the machine’s clock', () => {
    const node = Bench.ready('n')
    node.step({ kind: 'linkUp', peer: 'author', row: ROW })
    const ahead = hlcFromUnixMs(WALL_MS + 50_000)
    const entries = [liveEntry('far', ahead, AUTHOR, Uint8Array.of(1))]
    node.hear(ROW, { kind: 'push', origin: AUTHOR, after: BIRTH, upTo: ahead, entries })
    node.write('k', 'v', 1_000)
    const held = node.replica.store.held('k')
    expect(held?.expiresAt).toBe(unixMsFromHlc(held?.time ?? 0) + 1_000)
    expect(held?.expiresAt).toBeGreaterThanOrEqual(WALL_MS + 51_000)
    expect(node.read('k')).toBe('v')
  })

  it('is there until its time, and not from then on, before any tick', () => {
    const node = Bench.ready('n')
    node.write('k', 'v', 1_000)
    const at = node.replica.store.held('k')?.expiresAt ?? 0
    node.wallMs = at - 1
    expect(node.read('k')).toBe('v')
    node.wallMs = at
    expect(node.read('k')).toBeUndefined()
    expect(node.replica.store.liveCount).toBe(1)
    node.pass(0)
    expect([node.replica.store.liveCount, node.replica.store.tombstoneCount]).toEqual([0, 1])
  })

  it('is judged by what the clock has reached, though the machine’s falls back', () => {
    const node = Bench.ready('n')
    node.write('k', 'v', 1_000)
    node.pass(2_000)
    expect(node.read('k')).toBeUndefined()
    node.wallMs -= 60_000
    expect(node.read('k')).toBeUndefined()
  })

  it('is told to watchers once, as a tombstone with its time', () => {
    const [a, b] = cluster(['a', 'b'] as const)
    a.write('k', 'v', 2_000)
    talk(a, b)
    const held = a.replica.store.held('k')
    for (const node of [a, b]) node.shown.length = 0
    beats(6, a, b)
    for (const node of [a, b]) {
      expect(node.shown).toEqual([
        {
          kind: 'tombstone',
          key: 'k',
          time: held?.time,
          origin: a.origin,
          value: undefined,
          prior: 0,
          expiresAt: held?.expiresAt,
        },
      ])
      expect(node.replica.counters.entriesExpired).toBe(1)
    }
  })

  it('hides what it overwrote', () => {
    const [a, b] = cluster(['a', 'b'] as const)
    a.write('k', 'for ever')
    talk(a, b)
    b.write('k', 'for a while', 1_000)
    talk(a, b)
    beats(3, a, b)
    expect([a.read('k'), b.read('k')]).toEqual([undefined, undefined])
  })

  it('that was overwritten in time expires nobody', () => {
    const node = Bench.ready('n')
    node.write('k', 'v', 1_000)
    node.write('k', 'w')
    node.shown.length = 0
    node.pass(5_000)
    expect([node.read('k'), node.shown]).toEqual(['w', []])
  })

  it('goes from all when all have seen it, and is not there again', () => {
    const [a, b] = cluster(['a', 'b'] as const)
    a.write('k', 'v', 1_000)
    beats(2, a, b)
    beats(5, a, b)
    for (const { replica } of [a, b]) expect([replica.store.heldCount, replica.store.tombstoneCount]).toEqual([0, 0])
    expect(written(a)).toBe(written(b))
    for (const node of [a, b]) {
      const again = new Bench(node.name, { log: node.records, wallMs: node.wallMs })
      again.pass(100)
      again.work()
      expect(again.read('k')).toBeUndefined()
      expect(again.replica.store.fingerprint()).toBe(node.replica.store.fingerprint())
    }
  })

  it('that arrives expired is never found', () => {
    const [a, b] = cluster(['a', 'b'] as const)
    a.write('k', 'v', 1)
    b.pass(1_000)
    talk(a, b)
    expect(b.read('k')).toBeUndefined()
    expect(b.shown.filter(({ kind }) => kind === 'live')).toEqual([])
  })

  it('and is deleted after that is a tombstone like any other', () => {
    const [a, b] = cluster(['a', 'b'] as const)
    a.write('k', 'v', 1_000)
    beats(2, a, b)
    a.write('k')
    talk(a, b)
    expect(b.replica.store.held('k')?.kind).toBe('tombstone')
    expect(b.replica.store.tombstoneCount).toBe(1)
    a.write('k', 'again')
    talk(a, b)
    expect([b.read('k'), b.replica.store.tombstoneCount]).toEqual(['again', 0])
  })

  it('one after another, noticed up to 100 ms apart, start no comparison of everything', () => {
    const [a, b] = cluster(['a', 'b'] as const)
    const changes = Array.from({ length: 400 }, (_, i) => ({
      key: `k${i}`,
      value: Uint8Array.of(1),
      ttlMs: 100 + i * 50,
    }))
    a.writeAll(changes)
    talk(a, b)
    for (let i = 0; i < 400; i++) {
      for (const node of [a, b]) {
        node.wallMs += 50
        node.monoMs += 50
      }
      // Each ticks every 100 ms, in turn.
      ;(i % 2 === 0 ? a : b).pass(0)
      talk(a, b)
      a.sync()
      b.sync()
    }
    for (const { replica } of [a, b]) expect(replica.counters.fingerprintDiffers).toBe(0)
  })
})

describe('many values that expire at once', () => {
  it('lapse a slice at a time, and each is told', () => {
    const [a, b] = cluster(['a', 'b'] as const, { replica: { sliceEntriesMax: 10 } })
    a.writeAll(Array.from({ length: 95 }, (_, i) => ({ key: `k${i}`, value: Uint8Array.of(1), ttlMs: 1_000 })))
    talk(a, b)
    for (const node of [a, b]) node.shown.length = 0
    a.pass(2_000)
    expect(a.shown).toHaveLength(10)
    a.work()
    expect(new Set(a.shown.map(({ key }) => key)).size).toBe(95)
    beats(5, a, b)
    for (const node of [a, b]) {
      expect(node.shown).toHaveLength(95)
      expect(node.replica.store.heldCount).toBe(0)
    }
  })
})
