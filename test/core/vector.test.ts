/** The version vector: what it claims, and that its hash is the hash of what it claims. */

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { birthOf, type OriginId } from '../../src/core/origin.ts'
import { VersionVector } from '../../src/core/vector.ts'
import { anOrigin, ORIGINS } from './arbitraries.ts'

const aChange = fc.record({
  verb: fc.constantFrom('raise', 'clamp'),
  origin: anOrigin,
  time: fc.integer({ min: 0, max: 60 }),
})

/** What the vector must claim, told simply. */
class Model {
  readonly #times = new Map<OriginId, number>()

  get(origin: OriginId): number {
    return this.#times.get(origin) ?? birthOf(origin)
  }

  change(verb: string, origin: OriginId, time: number): void {
    const now = this.get(origin)
    const to = verb === 'raise' ? Math.max(now, time) : Math.max(Math.min(now, time), birthOf(origin))
    this.#times.set(origin, to)
  }
}

describe('a version vector', () => {
  it('rises, is clamped, and never goes below the birth of an origin', () => {
    fc.assert(
      fc.property(fc.array(aChange), (changes) => {
        const vector = new VersionVector()
        const model = new Model()
        for (const { verb, origin, time } of changes) {
          const before = model.get(origin)
          model.change(verb, origin, time)
          if (verb === 'clamp') vector.clamp(origin, time)
          else expect(vector.raise(origin, time)).toBe(model.get(origin) > before)
          for (const each of ORIGINS) expect(vector.get(each)).toBe(model.get(each))
        }
      }),
    )
  })

  it('has the hash of what it claims, however it came to claim it', () => {
    fc.assert(
      fc.property(fc.array(aChange), fc.array(aChange), (some, others) => {
        const [a, b] = [some, others].map((changes) => {
          const vector = new VersionVector()
          for (const { verb, origin, time } of changes)
            verb === 'clamp' ? vector.clamp(origin, time) : vector.raise(origin, time)
          return vector
        }) as [VersionVector, VersionVector]
        const isEqual = ORIGINS.every((origin) => a.get(origin) === b.get(origin))
        expect(a.hash() === b.hash()).toBe(isEqual)
        const copy = new VersionVector()
        copy.union([...a.toEntries()].reverse())
        expect(copy.hash()).toBe(a.hash())
      }),
    )
  })

  it('claims after a union what either claimed', () => {
    fc.assert(
      fc.property(fc.array(aChange), fc.array(aChange), (some, others) => {
        const [a, b] = [new VersionVector(), new VersionVector()]
        for (const { origin, time } of some) a.raise(origin, time)
        for (const { origin, time } of others) b.raise(origin, time)
        const want = ORIGINS.map((origin) => Math.max(a.get(origin), b.get(origin)))
        a.union(b.toEntries())
        expect(ORIGINS.map((origin) => a.get(origin))).toEqual(want)
      }),
    )
  })

  it('covers everything up to its time, and the birth of an origin that it does not name', () => {
    const [origin = ''] = ORIGINS
    const vector = new VersionVector()
    expect(vector.covers({ origin, time: birthOf(origin) })).toBe(true)
    expect(vector.covers({ origin, time: birthOf(origin) + 1 })).toBe(false)
    vector.raise(origin, 50)
    expect(vector.covers({ origin, time: 50 })).toBe(true)
    expect(vector.covers({ origin, time: 51 })).toBe(false)
  })

  it('gives copies that later changes do not touch', () => {
    const [origin = ''] = ORIGINS
    const vector = new VersionVector()
    vector.raise(origin, 50)
    const copy = vector.toEntries()
    vector.raise(origin, 60)
    expect(copy).toEqual([[origin, 50]])
  })

  it('has without some origins the hash of a vector that never heard of them', () => {
    fc.assert(
      fc.property(fc.array(aChange), fc.subarray([...ORIGINS]), (changes, without) => {
        const [all, rest] = [new VersionVector(), new VersionVector()]
        for (const { verb, origin, time } of changes) {
          for (const vector of without.includes(origin) ? [all] : [all, rest])
            verb === 'clamp' ? vector.clamp(origin, time) : vector.raise(origin, time)
        }
        const before = all.hash()
        expect(all.hashWithout(without)).toBe(rest.hash())
        expect(all.hash()).toBe(before)
      }),
    )
  })

  it('copies its claims of given origins, at the birth of one that it does not name', () => {
    const [a = '', b = '', c = ''] = ORIGINS
    const vector = new VersionVector()
    vector.raise(a, 50)
    vector.raise(c, 60)
    expect(vector.toEntriesOf(new Set([b, a]))).toEqual([
      [b, birthOf(b)],
      [a, 50],
    ])
  })

  it('keeps many origins apart while others are dropped and named anew', () => {
    const vector = new VersionVector()
    const origins = Array.from({ length: 1_000 }, (_, i) => `n/${(i + 1).toString(36)}/a/${'r'.repeat(10)}`)
    for (const [i, origin] of origins.entries()) vector.raise(origin, 100 + i)
    for (let i = 0; i < 1_000; i += 3) vector.clamp(origins[i] ?? '', 0)
    expect(vector.size).toBe(666)
    for (let i = 0; i < 1_000; i += 6) vector.raise(origins[i] ?? '', 5_000 + i)
    const want = origins.map((_, i) => (i % 6 === 0 ? 5_000 + i : i % 3 === 0 ? 10 : 100 + i))
    expect(origins.map((origin) => vector.get(origin))).toEqual(want)
    const copy = new VersionVector()
    copy.union(vector.toEntries())
    expect(copy.hash()).toBe(vector.hash())
    expect(copy.size).toBe(833)
  })
})
