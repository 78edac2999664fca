/** The verdict on a key on which two differ: the giver's word holds where it has seen, each side's own writes stay. */

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compareEntries, type Entry, liveEntry, type Version } from '../../../src/core/entry.ts'
import { standing } from '../../../src/core/repair/verdict.ts'
import { VersionVector } from '../../../src/core/vector.ts'
import { anOrigin, BIRTH_MAX, ORIGINS, rivalEntry } from '../arbitraries.ts'

const [ORIGIN = ''] = ORIGINS
const NEVER_PARKED = Number.POSITIVE_INFINITY
const never = (): boolean => false
const always = (): boolean => true

function greatest(entries: readonly Entry[]): Entry | undefined {
  return entries.reduce<Entry | undefined>((best, e) => (best && compareEntries(best, e) >= 0 ? best : e), undefined)
}

/** One side: what it has seen, and what it holds of the key. */
interface Side {
  readonly held: Entry | undefined
  readonly seen: VersionVector
}

const aVector = fc.array(fc.tuple(anOrigin, fc.integer({ min: BIRTH_MAX, max: 34 })))

/** Two sides that have seen some of the same writes. Each holds the greatest, or has collected it as a tombstone. */
const twoSides: fc.Arbitrary<readonly [Side, Side]> = fc
  .tuple(
    fc.uniqueArray(rivalEntry, { selector: ({ time, origin }) => `${time} ${origin}`, maxLength: 6 }),
    fc.tuple(aVector, aVector),
    fc.tuple(fc.boolean(), fc.boolean()),
  )
  .map(([writes, vectors, collects]) => {
    const side = (at: 0 | 1): Side => {
      const seen = new VersionVector()
      seen.union(vectors[at])
      const held = greatest(writes.filter((entry) => seen.covers(entry)))
      return { held: held?.kind === 'tombstone' && collects[at] ? undefined : held, seen }
    }
    return [side(0), side(1)]
  })

function listOf({ held }: Side): Entry[] {
  return held === undefined ? [] : [held]
}

/** One entry stands for each side after it pulled from the other. */
function pulled(asker: Side, giver: Side): Side {
  const covers = (side: Side) => (version: Version) => side.seen.covers(version)
  const held = greatest(standing(listOf(asker), listOf(giver), covers(asker), covers(giver), NEVER_PARKED, always))
  const seen = new VersionVector()
  seen.union(asker.seen.toEntries())
  seen.union(giver.seen.toEntries())
  return { held, seen }
}

describe('what stands', () => {
  it('is what is held when both hold the same, whatever they cover', () => {
    fc.assert(
      fc.property(rivalEntry, fc.boolean(), fc.boolean(), (entry, mine, theirs) => {
        const covers = (is: boolean): (() => boolean) => (is ? always : never)
        expect(standing([entry], [{ ...entry }], covers(mine), covers(theirs), NEVER_PARKED, always)).toEqual([entry])
      }),
    )
  })

  it('is without a value that the giver has seen and lacks, and with one that it has not seen', () => {
    fc.assert(
      fc.property(rivalEntry, (entry) => {
        expect(standing([entry], [], always, never, NEVER_PARKED, always)).toEqual([entry])
        expect(standing([entry], [], always, always, NEVER_PARKED, always)).toEqual(
          entry.kind === 'tombstone' ? [entry] : [],
        )
      }),
    )
  })

  it('is with what the giver holds and the asker has not seen, and without what it has seen and lacks', () => {
    fc.assert(
      fc.property(rivalEntry, (entry) => {
        expect(standing([], [entry], never, always, NEVER_PARKED, always)).toEqual([entry])
        expect(standing([], [entry], always, always, NEVER_PARKED, always)).toEqual([])
      }),
    )
  })

  it('is nothing that neither holds, and never a version that both have seen and one has let go of as a value', () => {
    fc.assert(
      fc.property(twoSides, ([asker, giver]) => {
        const after = pulled(asker, giver)
        if (after.held === undefined) return
        expect([asker.held, giver.held]).toContainEqual(after.held)
        const isShared = asker.held && giver.held && compareEntries(asker.held, giver.held) === 0
        if (after.held.kind === 'live' && !isShared) {
          expect(asker.seen.covers(after.held) && giver.seen.covers(after.held)).toBe(false)
        }
      }),
      { numRuns: 1_000 },
    )
  })

  it('is the same value on both once each has pulled from the other, whoever was first', () => {
    fc.assert(
      fc.property(twoSides, ([a, b]) => {
        const live = (side: Side): Entry | undefined => (side.held?.kind === 'live' ? side.held : undefined)
        // One after the other.
        const a1 = pulled(a, b)
        const b1 = pulled(b, a1)
        expect(live(b1)).toEqual(live(a1))
        // The other way round.
        const b2 = pulled(b, a)
        const a2 = pulled(a, b2)
        expect(live(a2)).toEqual(live(b2))
        expect(live(a2)).toEqual(live(a1))
        // Both at once, each by the other’s former state.
        expect(live(pulled(b, a))).toEqual(live(pulled(a, b)))
      }),
      { numRuns: 2_000 },
    )
  })

  it('goes on showing what readers saw when only something from the future stands', () => {
    const [shown, future] = [liveEntry('k', 31, ORIGIN, Uint8Array.of(1)), liveEntry('k', 90, ORIGIN, Uint8Array.of(2))]
    expect(standing([shown], [future], never, always, 50, always)).toEqual([future, shown])
    expect(standing([shown], [future], never, always, 90, always)).toEqual([future])
    expect(standing([shown], [], never, always, 50, always)).toEqual([])
  })

  it('shows nothing of a value that was deleted where something from the future waits', () => {
    const [shown, future] = [liveEntry('k', 31, ORIGIN, Uint8Array.of(1)), liveEntry('k', 90, ORIGIN, Uint8Array.of(2))]
    expect(standing([shown], [future], never, always, 50, never)).toEqual([future])
    // But for one that the giver let go of since it lay in the future there: what it shows is older.
    const older = liveEntry('k', 20, ORIGIN, Uint8Array.of(3))
    expect(standing([shown], [future, older], never, always, 50, never)).toEqual([future, older, shown])
  })
})
