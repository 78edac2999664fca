/** Claims: what a new run takes back from the former ones of its name, and that many old runs change nothing. */

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Claims } from '../../src/core/claims.ts'
import { formatOrigin, nameOf, type OriginId } from '../../src/core/origin.ts'
import { type VectorEntries, VersionVector } from '../../src/core/vector.ts'
import { anOrigin, ORIGINS } from './arbitraries.ts'

const aTime = fc.integer({ min: 0, max: 60 })
const someEntries: fc.Arbitrary<VectorEntries> = fc.uniqueArray(fc.tuple(anOrigin, aTime), {
  selector: ([origin]) => origin,
})

const aStep = fc.oneof(
  fc.record({ verb: fc.constantFrom('wrote', 'silent', 'silent'), origin: anOrigin, time: aTime }),
  fc.record({ verb: fc.constantFrom('retire', 'come', 'record'), origin: anOrigin, time: aTime }),
  fc.record({ verb: fc.constant('join'), seen: someEntries, written: someEntries }),
)

/** The same rules, told simply: a new run of a name makes it look at all of V. */
class Model {
  readonly seen = new VersionVector()
  readonly written = new VersionVector()

  wrote(origin: OriginId, upTo: number): void {
    this.seen.raise(origin, upTo)
    this.written.raise(origin, upTo)
  }

  join(seen: VectorEntries, written: VectorEntries, isCurrent: (origin: OriginId) => boolean): void {
    this.seen.union(seen)
    this.written.union(written)
    for (const [origin] of seen) if (!isCurrent(origin)) this.retire(origin)
  }

  retire(origin: OriginId): void {
    this.seen.clamp(origin, this.written.get(origin))
  }

  retireFormer(name: string, isCurrent: (origin: OriginId) => boolean): void {
    for (const [origin] of this.seen) if (nameOf(origin) === name && !isCurrent(origin)) this.retire(origin)
  }
}

describe('claims', () => {
  it('take back what exceeds the last write of former runs, as if all of V were looked at', () => {
    fc.assert(
      fc.property(fc.array(aStep, { maxLength: 60 }), (steps) => {
        const claims = new Claims()
        const model = new Model()
        const current = new Map<string, OriginId>()
        const isCurrent = (origin: OriginId): boolean => current.get(nameOf(origin)) === origin
        for (const step of steps) {
          if ('seen' in step) {
            claims.join(step.seen, step.written, isCurrent)
            model.join(step.seen, step.written, isCurrent)
          } else {
            const { verb, origin, time } = step
            if (verb === 'wrote') {
              claims.wrote(origin, time)
              model.wrote(origin, time)
            } else if (verb === 'silent') {
              expect(claims.silent(origin, time)).toBe(model.seen.raise(origin, time))
            } else if (verb === 'retire') {
              claims.retire(origin)
              model.retire(origin)
            } else {
              if (verb === 'come') current.set(nameOf(origin), origin)
              claims.absorb({ kind: 'origin', origin }, isCurrent)
              model.retireFormer(nameOf(origin), isCurrent)
            }
          }
          expect(claims.seen.toEntries()).toEqual(model.seen.toEntries())
          expect(claims.seen.hash()).toBe(model.seen.hash())
          expect(claims.written.toEntries()).toEqual(model.written.toEntries())
        }
        for (const origin of ORIGINS) expect(claims.seen.get(origin)).toBe(model.seen.get(origin))
      }),
      { numRuns: 500 },
    )
  })

  it('stay true of 100,000 old runs', () => {
    const RUNS = 100_000
    const BIRTH = 1_000
    const NAMES = ['n0', 'n1', 'n2', 'n3', 'n4']
    const current = new Map<string, OriginId>()
    const isCurrent = (origin: OriginId): boolean => current.get(nameOf(origin)) === origin
    const claims = new Claims()
    const runs: OriginId[] = []
    let writers = 0
    for (let i = 0; i < RUNS; i++) {
      const name = NAMES[i % NAMES.length] ?? ''
      const birth = BIRTH + i * 100
      const random = i.toString(36).padStart(10, '0')
      const origin = formatOrigin({ name, run: 1 + Math.floor(i / NAMES.length), birth, random })
      runs.push(origin)
      current.set(name, origin)
      claims.absorb({ kind: 'origin', origin }, isCurrent)
      // Every fourth run never writes; all say that they are silent for a while.
      if (i % 4 !== 0) {
        writers++
        claims.wrote(origin, birth + 10)
      }
      claims.absorb({ kind: 'vector', seen: [[origin, birth + 50]] }, isCurrent)
    }
    const present = [...current.values()]
    const silentPresent = present.filter((origin) => !claims.written.has(origin)).length
    expect(claims.seen.size).toBe(writers + silentPresent)
    expect(claims.written.size).toBe(writers)
    expect(claims.seen.hash()).not.toBe(claims.written.hash())
    expect(claims.seen.hashWithout(present)).toBe(claims.written.hashWithout(present))

    // Another that knew none of them joins, and one that has all of them already joins again.
    const other = new Claims()
    for (const each of [other, other, claims]) each.join(claims.seen.toEntries(), claims.written.toEntries(), isCurrent)
    expect(other.seen.hash()).toBe(claims.seen.hash())
    expect(other.written.hash()).toBe(claims.written.hash())
    expect(other.seen.toEntriesOf(present)).toEqual(claims.seen.toEntriesOf(present))

    for (const origin of runs) other.retire(origin)
    expect(other.seen.hash()).toBe(other.written.hash())
    expect(other.seen.size).toBe(writers)
    expect(other.seen.hashWithout(other.seen.toEntries().map(([origin]) => origin))).toBe(new VersionVector().hash())
  })
})
