/** Many old runs: what goes over the wire at a beat follows the members, and the rest goes only where it differs. */

import { describe, expect, it } from 'vitest'
import { hlcFromUnixMs } from '../../src/core/clock.ts'
import { liveEntry } from '../../src/core/entry.ts'
import type { Message } from '../../src/core/message.ts'
import { formatOrigin, type OriginId } from '../../src/core/origin.ts'
import type { LogRecord } from '../../src/core/record.ts'
import { encodeMessage } from '../../src/wire/peer-codec.ts'
import { returner, written } from './clusters.ts'
import { Bench, beats, cutAll, linkAll, talk, WALL_MS } from './replica-bench.ts'

/** Runs of one name that all wrote something, an hour apart, the last of them before now. */
function runsOf(name: string, count: number): readonly (readonly [OriginId, number])[] {
  const begin = hlcFromUnixMs(WALL_MS) - (count + 1) * 4096
  return Array.from({ length: count }, (_, i) => {
    const birth = begin + i * 4096
    return [formatOrigin({ name, run: i + 1, birth, random: '0123456789' }), birth + 10] as const
  })
}

/** A log that took over the claims of these runs. */
function logOf(vector: readonly (readonly [OriginId, number])[]): LogRecord[] {
  return [{ kind: 'commit', exchange: 1, entries: [], seen: vector, written: vector, floor: 0 }]
}

function bytesOf(messages: readonly { readonly message: Message }[]): number {
  return Math.max(...messages.map(({ message }) => encodeMessage(message).length))
}

function meet(vectorA: readonly (readonly [OriginId, number])[], vectorB = vectorA): readonly [Bench, Bench] {
  const a = Bench.ready('a', { log: logOf(vectorA) })
  const b = Bench.ready('b', { log: logOf(vectorB) })
  linkAll(a, b)
  talk(a, b)
  beats(2, a, b)
  return [a, b]
}

describe('100,000 old runs', () => {
  it('are in no digest, no beat, and no pull or answer between those who know the same of them', () => {
    const [a, b] = meet(runsOf('old', 100_000))
    a.write('k', 'v')
    a.sent = []
    const sizes: number[] = []
    for (let i = 0; i < 3; i++) {
      for (const bench of [a, b]) bench.pass(1_200)
      for (let round = 0; round < 20 && a.sent.length + b.sent.length > 0; round++) {
        sizes.push(bytesOf([...a.sent, ...b.sent]))
        const flying = [a, b].flatMap((from) => from.sent.splice(0).map((sent) => ({ from: from.name, ...sent })))
        for (const { from, to, message } of flying) {
          for (const bench of [a, b]) if (to.includes(bench.name)) bench.step({ kind: 'message', from, message })
        }
      }
      for (const bench of [a, b]) bench.sync()
    }
    expect(b.read('k')).toBe('v')
    expect(b.replica.claims.seen.size).toBeGreaterThan(100_000)
    expect(Math.max(...sizes)).toBeLessThan(1_000)
    expect(a.replica.stableTime()).toBeDefined()
  })
})

describe('with more than 64 origins', () => {
  it('a pull names only members', () => {
    const [a, b] = meet(runsOf('old', 100))
    a.write('k', 'v')
    a.sent = []
    a.pass(1_200)
    b.sent = []
    b.hear(a, { kind: 'digest', written: '0'.repeat(16), fingerprint: '0'.repeat(16), cutoff: undefined })
    const [pull] = b.bodies('pull')
    expect(pull?.seen.map(([origin]) => origin).sort()).toEqual([a.origin, b.origin])
    expect(pull?.rest).toBeDefined()
    talk(a, b)
    expect(b.read('k')).toBe('v')
  })

  it('a pull of one that knows of other old runs is answered “whole”, and then brings everything', () => {
    const all = runsOf('old', 120)
    const [, time = 0] = all[110] ?? []
    const [origin = ''] = all[110] ?? []
    const a = Bench.ready('a', {
      log: [
        ...logOf(all.filter(([one]) => one !== origin)),
        { kind: 'write', origin, upTo: time, entries: [liveEntry('lost', time, origin, Buffer.from('v'))] },
      ],
    })
    const b = Bench.ready('b', { log: logOf(all.filter(([one]) => one !== origin)) })
    linkAll(a, b)
    beats(3, a, b)
    expect(b.read('lost')).toBe('v')
    expect(b.replica.counters.pullsWhole).toBeGreaterThan(0)
    expect(written(a)).toBe(written(b))
    const before = b.replica.counters.pullsWhole
    a.write('k', 'v')
    a.sent = []
    beats(2, a, b)
    expect([b.read('k'), b.replica.counters.pullsWhole]).toEqual(['v', before])
  })

  it('each side that lacks what the other has of old runs gets it', () => {
    const all = runsOf('old', 200)
    const [a, b] = meet(all.slice(0, 150), all.slice(50))
    beats(3, a, b)
    expect(a.replica.claims.written.hash()).toBe(b.replica.claims.written.hash())
    expect(a.replica.claims.seen.size).toBeGreaterThanOrEqual(200)
  })

  it('a deep pull goes on from there too: nothing deleted comes back, nothing else is lost', () => {
    const old = runsOf('old', 100)
    const [a, b, c] = returner()
    cutAll(a, b)
    const [a2, b2, c2] = [a, b, c].map((bench) =>
      Bench.ready(bench.name, { log: [...bench.records, ...logOf(old)], wallMs: bench.wallMs }),
    ) as [Bench, Bench, Bench]
    linkAll(a2, b2, c2)
    beats(6, a2, b2, c2)
    for (const bench of [a2, b2, c2]) {
      expect(bench.read('k')).toBeUndefined()
      expect([bench.read('mine'), bench.read('other')]).toEqual(['alone', 'v'])
    }
    expect(c2.replica.counters.deepPullsCommitted).toBeGreaterThan(0)
    expect(new Set([a2, b2, c2].map(written)).size).toBe(1)
  })
})
