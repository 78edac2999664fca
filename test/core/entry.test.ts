/** The laws of the merge: replicas may merge in any order, twice or late, and still agree. */

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compareEntries, compareVersions, liveEntry, mergeEntry, tombstone } from '../../src/core/entry.ts'
import { ORIGINS, rivalEntry } from './arbitraries.ts'

const [A = '', , B = ''] = ORIGINS

describe('mergeEntry', () => {
  it('gives the same in either order', () => {
    fc.assert(
      fc.property(rivalEntry, rivalEntry, (a, b) => {
        expect(mergeEntry(a, b)).toEqual(mergeEntry(b, a))
      }),
    )
  })

  it('gives the same in any grouping', () => {
    fc.assert(
      fc.property(rivalEntry, rivalEntry, rivalEntry, (a, b, c) => {
        expect(mergeEntry(mergeEntry(a, b), c)).toEqual(mergeEntry(a, mergeEntry(b, c)))
      }),
    )
  })

  it('changes nothing when repeated', () => {
    fc.assert(
      fc.property(rivalEntry, rivalEntry, (a, b) => {
        expect(mergeEntry(a, a)).toBe(a)
        const merged = mergeEntry(a, b)
        expect(mergeEntry(merged, b)).toBe(merged)
      }),
    )
  })

  it('never prefers the older write', () => {
    fc.assert(
      fc.property(rivalEntry, rivalEntry, (a, b) => {
        const winner = mergeEntry(a, b)
        expect(compareVersions(winner, a)).toBeGreaterThanOrEqual(0)
        expect(compareVersions(winner, b)).toBeGreaterThanOrEqual(0)
      }),
    )
  })

  it('takes what comes first when there is nothing yet', () => {
    const entry = tombstone('k', 40, A)
    expect(mergeEntry(undefined, entry)).toBe(entry)
  })

  it('keeps the delete of two contents of one version', () => {
    const put = liveEntry('k', 40, A, Uint8Array.of(255))
    const deleted = tombstone('k', 40, A)
    expect(mergeEntry(put, deleted)).toBe(deleted)
    expect(mergeEntry(deleted, put)).toBe(deleted)
  })

  it('keeps the greater bytes of two values of one version', () => {
    const shorter = liveEntry('k', 40, A, Uint8Array.of(1))
    const longer = liveEntry('k', 40, A, Uint8Array.of(1, 0))
    expect(mergeEntry(longer, shorter)).toBe(longer)
    expect(mergeEntry(shorter, longer)).toBe(longer)
  })
})

describe('the order of entries', () => {
  it('is total: only equal contents are equal', () => {
    fc.assert(
      fc.property(rivalEntry, rivalEntry, (a, b) => {
        expect(Math.sign(compareEntries(a, b))).toBe(0 - Math.sign(compareEntries(b, a)))
        if (compareEntries(a, b) === 0) expect(a).toEqual(b)
      }),
    )
  })

  it('asks the time first and the origin second', () => {
    expect(compareVersions({ time: 41, origin: A }, { time: 40, origin: B })).toBeGreaterThan(0)
    expect(compareVersions({ time: 40, origin: A }, { time: 40, origin: B })).toBeLessThan(0)
  })
})
