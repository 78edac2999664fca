/** Lost updates: counted where a value was lost to somebody who had not seen it, and never for writes one after another. */

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CONFLICT_VALUE_BYTES_MAX, CONFLICTS_MAX, Conflicts, isLostUpdate } from '../../src/core/conflicts.ts'
import { compareVersions, type Entry, liveEntry, tombstone } from '../../src/core/entry.ts'
import type { Push } from '../../src/core/message.ts'
import { ORIGINS } from './arbitraries.ts'
import { Bench, beats, linkAll, talk } from './replica-bench.ts'

const [A = '', , B = ''] = ORIGINS

/** Two authors whose pushes arrive when a test says so, in order; nothing else is said between them. */
class Pair {
  readonly nodes = [Bench.ready('a'), Bench.ready('b')] as const
  readonly #flying: [Push[], Push[]] = [[], []]
  /** Versions that each has met. */
  readonly #met: [Set<string>, Set<string>] = [new Set(), new Set()]
  /** Version → what its author had met when it was written. */
  readonly seenBy = new Map<string, ReadonlySet<string>>()

  constructor() {
    linkAll(...this.nodes)
    talk(...this.nodes)
  }

  write(at: 0 | 1, key: string, text: string | undefined): void {
    const node = this.nodes[at]
    const before = new Set(this.#met[at])
    node.wallMs += 10
    node.write(key, text)
    for (const push of node.bodies('push')) {
      this.#flying[at].push(push)
      for (const entry of push.entries) {
        this.seenBy.set(nameOfVersion(entry), before)
        this.#met[at].add(nameOfVersion(entry))
      }
    }
    node.sent = []
  }

  /** The oldest push on its way from here arrives. */
  deliver(from: 0 | 1): boolean {
    const push = this.#flying[from].shift()
    if (push === undefined) return false
    const to = from === 0 ? 1 : 0
    this.nodes[to].hear(this.nodes[from], push)
    this.nodes[to].sent = []
    for (const entry of push.entries) this.#met[to].add(nameOfVersion(entry))
    return true
  }

  deliverAll(): void {
    while (this.deliver(0) || this.deliver(1));
  }

  counts(): number[] {
    return this.nodes.map(({ replica }) => replica.conflicts.count)
  }
}

function nameOfVersion({ time, origin }: Entry): string {
  return `${time} ${origin}`
}

const anAct = fc.record({
  verb: fc.constantFrom('write', 'write', 'delete', 'deliver', 'deliver'),
  at: fc.constantFrom(0 as const, 1 as const),
  key: fc.constantFrom('x', 'y'),
})

describe('lost updates', () => {
  it('of values written without knowledge of each other are counted on both nodes', () => {
    const pair = new Pair()
    pair.write(0, 'k', 'a')
    pair.write(1, 'k', 'b')
    pair.deliverAll()
    expect(pair.counts()).toEqual([1, 1])
    const [a, b] = pair.nodes
    const [found] = a.replica.conflicts.latest('', 10)
    expect(found?.kept.time).toBe(a.replica.store.held('k')?.time)
    expect(b.replica.conflicts.latest('', 10)[0]).toMatchObject({ lost: found?.lost, kept: found?.kept })
  })

  it('are none where each has seen what it overwrites, whoever writes and however often', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom(0 as const, 1 as const), fc.boolean())), (writes) => {
        const pair = new Pair()
        for (const [at, isDelete] of writes) {
          pair.write(at, 'k', isDelete ? undefined : 'v')
          pair.deliverAll()
        }
        expect(pair.counts()).toEqual([0, 0])
      }),
      { numRuns: 40 },
    )
  })

  it('are never ones whose winner’s author had seen the loser, in any interleaving', () => {
    fc.assert(
      fc.property(fc.array(anAct, { maxLength: 40 }), (acts) => {
        const pair = new Pair()
        for (const { verb, at, key } of acts) {
          if (verb === 'deliver') pair.deliver(at)
          else pair.write(at, key, verb === 'delete' ? undefined : 'v')
        }
        pair.deliverAll()
        for (const { replica } of pair.nodes) {
          for (const { lost, kept } of replica.conflicts.latest('', 1_000)) {
            expect(lost.kind).toBe('live')
            expect(compareVersions(lost, kept)).toBeLessThan(0)
            expect(pair.seenBy.get(nameOfVersion(kept))?.has(nameOfVersion(lost))).toBe(false)
          }
        }
      }),
      { numRuns: 100 },
    )
  })

  it('are counted by the author who lost, when each wrote once before hearing of the other', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), fc.boolean()), { maxLength: 10 }), (rounds) => {
        const pair = new Pair()
        let expected = 0
        for (const [isFirst, isDelete] of rounds) {
          const [one, other] = isFirst ? [0 as const, 1 as const] : [1 as const, 0 as const]
          pair.write(one, 'k', 'v')
          pair.write(other, 'k', isDelete ? undefined : 'w')
          const held = pair.nodes.map(({ replica }) => replica.store.held('k')).filter((entry) => entry !== undefined)
          const [lost] = held.sort(compareVersions)
          if (lost?.kind === 'live') expected++
          pair.deliverAll()
        }
        expect(pair.counts()).toEqual([expected, expected])
      }),
      { numRuns: 40 },
    )
  })

  it('are counted although the winner’s author wrote twice before anything was heard', () => {
    const pair = new Pair()
    pair.write(1, 'k', 'lost')
    pair.nodes[0].wallMs += 1_000
    pair.write(0, 'k', 'first')
    pair.write(0, 'k', 'second')
    pair.deliverAll()
    expect(pair.counts()[1]).toBe(1)
  })

  it('are counted on the winner’s side too, when it wrote twice before anything was heard', () => {
    const pair = new Pair()
    pair.write(1, 'k', 'lost')
    pair.nodes[0].wallMs += 1_000
    pair.write(0, 'k', 'first')
    pair.write(0, 'k', 'second')
    pair.deliverAll()
    expect(pair.counts()).toEqual([1, 1])
  })

  it('are counted somewhere when a pull brings only the last of two writes of the winner', () => {
    const [a, b] = [Bench.ready('a'), Bench.ready('b')]
    b.write('k', 'lost')
    a.wallMs += 1_000
    a.write('k', 'first')
    a.write('k', 'second')
    linkAll(a, b)
    beats(2, a, b)
    expect(a.replica.conflicts.count + b.replica.conflicts.count).toBeGreaterThan(0)
  })

  it('are none where what was lost was deleted or had expired before the winner was written', () => {
    const wall = 1_577_836_800_000 + 100_000
    const kept = liveEntry('k', 200_000 * 4096, A, Uint8Array.of(1))
    expect(isLostUpdate(tombstone('k', 100_000 * 4096, B), kept)).toBe(false)
    const expiring = (ms: number): Entry => liveEntry('k', 100_000 * 4096, B, Uint8Array.of(1), 0, wall + ms)
    expect(isLostUpdate(expiring(50_000), kept)).toBe(false)
    expect(isLostUpdate(expiring(150_000), kept)).toBe(true)
  })
})

describe('the list of lost updates', () => {
  const pairOf = (i: number, bytes: number): [Entry, Entry] => [
    liveEntry(`k${i}`, 1_000 + i, A, new Uint8Array(bytes)),
    liveEntry(`k${i}`, 2_000_000 + i, B, new Uint8Array(2)),
  ]

  it('keeps the latest, and counts all', () => {
    const conflicts = new Conflicts(false)
    for (let i = 0; i < 5 * CONFLICTS_MAX; i++) conflicts.met(...pairOf(i, 1), i)
    const latest = conflicts.latest('', Number.POSITIVE_INFINITY)
    expect([conflicts.count, latest.length]).toEqual([5 * CONFLICTS_MAX, CONFLICTS_MAX])
    expect(latest[0]?.foundMs).toBe(5 * CONFLICTS_MAX - 1)
    expect(latest.at(-1)?.foundMs).toBe(4 * CONFLICTS_MAX)
    expect(conflicts.latest('k4999', 10).map(({ lost }) => lost.key)).toEqual(['k4999'])
    expect(conflicts.latest('', 3)).toHaveLength(3)
  })

  it('keeps values only when asked to, and only short ones', () => {
    for (const [keeps, bytes, kept] of [
      [false, 10, 0],
      [true, 10, 10],
      [true, CONFLICT_VALUE_BYTES_MAX, CONFLICT_VALUE_BYTES_MAX],
      [true, CONFLICT_VALUE_BYTES_MAX + 1, 0],
    ] as const) {
      const conflicts = new Conflicts(keeps)
      conflicts.met(...pairOf(1, bytes), 0)
      const [found] = conflicts.latest('', 1)
      expect([found?.lost.value?.length, found?.lostSize]).toEqual([kept, bytes])
    }
  })

  it('is the same whichever of the two was there first', () => {
    const [lost, kept] = pairOf(1, 1)
    for (const [mine, theirs] of [
      [lost, kept],
      [kept, lost],
    ] as const) {
      const conflicts = new Conflicts(true)
      conflicts.met(mine, theirs, 0)
      expect(conflicts.latest('', 1)[0]).toMatchObject({ lost, kept })
    }
    const conflicts = new Conflicts(true)
    conflicts.met(kept, kept, 0)
    expect(conflicts.count).toBe(0)
  })
})
