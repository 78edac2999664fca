/**
 * What `diff` walks: two paged scans side by side give the differences of the two whole maps, wherever the pages are
 * cut.
 */

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { differences, EntryCursor } from '../../src/cli/entry-merge.ts'
import { compareVersions, type Entry, liveEntry, tombstone } from '../../src/core/entry.ts'
import { compareKeys } from '../../src/core/key.ts'

const ORIGIN = 'a/1/0/x' as Entry['origin']
const NONE = new Uint8Array(0)

const entry = fc
  .tuple(fc.constantFrom('a', 'b', 'c', 'd', '\uffff', '\u{1f600}'), fc.nat({ max: 3 }), fc.boolean())
  .map(([key, time, isLive]): Entry => (isLive ? liveEntry(key, time, ORIGIN, NONE) : tombstone(key, time, ORIGIN)))
const side = fc
  .uniqueArray(entry, { selector: ({ key }) => key })
  .map((all) => all.sort((x, y) => compareKeys(x.key, y.key)))

describe('differences', () => {
  it('are those of two maps, however the scans are cut into pages', async () => {
    await fc.assert(
      fc.asyncProperty(side, side, fc.integer({ min: 1, max: 3 }), async (a, b, size) => {
        const found = []
        const walk = differences(new EntryCursor(pages(a, size)), new EntryCursor(pages(b, size + 1)))
        for await (const { key, difference } of walk) found.push([key, difference?.kind])
        expect(found).toEqual(expected(a, b))
      }),
    )
  })
})

function expected(a: readonly Entry[], b: readonly Entry[]): (string | undefined)[][] {
  const keys = [...new Set([...a, ...b].map(({ key }) => key))].sort(compareKeys)
  return keys.flatMap((key) => {
    const mine = a.find((each) => each.key === key)
    const theirs = b.find((each) => each.key === key)
    if (mine?.kind !== 'live' && theirs?.kind !== 'live') return [[key, undefined]]
    if (mine === undefined) return [[key, 'only-b']]
    if (theirs === undefined) return [[key, 'only-a']]
    const order = compareVersions(mine, theirs)
    if (order === 0 && mine.kind === theirs.kind) return [[key, undefined]]
    return [[key, order > 0 || (order === 0 && mine.kind === 'tombstone') ? 'newer-a' : 'newer-b']]
  })
}

async function* pages(entries: readonly Entry[], size: number): AsyncIterableIterator<readonly Entry[]> {
  for (let i = 0; i < entries.length; i += size) yield entries.slice(i, i + size)
}
