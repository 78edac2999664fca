/** The search by ranges finds exactly the keys that differ between two frozen views, a slice at a time. */

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LaneSum } from '../../../src/core/hash.ts'
import { DEPTH_MAX, Leaves, PART_WORDS } from '../../../src/core/repair/leaves.ts'
import { RangeSearch } from '../../../src/core/repair/range-search.ts'
import type { List, Split } from '../../../src/core/repair-message.ts'
import { ORIGINS } from '../arbitraries.ts'
import { WatchedStore, write } from './deep-channel.ts'

const [, , GIVER = ''] = ORIGINS

/** Answers as a giver would. */
function answer(search: RangeSearch, leaves: Leaves, request: Split | List): boolean {
  const { exchange, depth, ranges } = request
  const said = { exchange, giver: GIVER, depth, ranges }
  if (request.kind === 'split') {
    const sums = Uint32Array.from(ranges.flatMap((range) => [...leaves.split(depth, range)]))
    return search.hearParts({ kind: 'parts', ...said, sums })
  }
  const pairs: number[] = []
  for (const range of ranges) leaves.list(depth, range, pairs)
  return search.hearListed({ kind: 'listed', ...said, pairs: Uint32Array.from(pairs) })
}

/** The ks that a search finds, and how many questions it asked. */
function searched(mine: WatchedStore, theirs: WatchedStore, slice: number): { ks: number[]; questions: number } {
  const leaves = new Leaves(theirs.freeze(), theirs.summary)
  const search = new RangeSearch(mine.freeze(), mine.summary)
  while (!leaves.run(slice));
  while (!search.run(slice));
  let questions = 0
  for (let request = search.next(1); request !== undefined; request = search.next(1)) {
    questions++
    expect(answer(search, leaves, request)).toBe(true)
    // The same answer once more, as a channel may double it.
    answer(search, leaves, request)
  }
  return { ks: search.differing.sort((a, b) => a - b), questions }
}

function expectAll(mine: WatchedStore, theirs: WatchedStore, slice: number): void {
  const [here, there] = [mine.heldMap(), theirs.heldMap()]
  const ks = new Set<number>()
  for (const key of new Set([...here.keys(), ...there.keys()])) {
    const [a, b] = [here.get(key), there.get(key)]
    if (a?.time !== b?.time || a?.kind !== b?.kind) ks.add(mine.summary.kOf(key))
  }
  expect(searched(mine, theirs, slice).ks).toEqual([...ks].sort((a, b) => a - b))
}

describe('a search by ranges', () => {
  it('finds exactly the keys that differ, of few and of many', () => {
    const aPlace = fc.constantFrom('same', 'mine', 'theirs', 'differ')
    fc.assert(
      fc.property(fc.array(aPlace, { maxLength: 80 }), fc.nat({ max: 2_000 }), (places, common) => {
        const [mine, theirs] = [new WatchedStore(), new WatchedStore()]
        for (let i = 0; i < common; i++) for (const store of [mine, theirs]) write(store, i, `common${i}`)
        for (const [i, place] of places.entries()) {
          if (place !== 'theirs') write(mine, i, `k${i}`)
          if (place !== 'mine') write(theirs, place === 'differ' ? i + 1 : i, `k${i}`)
        }
        expectAll(mine, theirs, 100)
      }),
      { numRuns: 20 },
    )
  })

  it('finds all between a full and an empty store, both ways', () => {
    const [full, empty] = [new WatchedStore(), new WatchedStore()]
    for (let i = 0; i < 3_000; i++) write(full, i, `k${i}`)
    expectAll(full, empty, 1_000)
    expectAll(empty, full, 1_000)
  })

  it('asks one question of two equal stores', () => {
    const [mine, theirs] = [new WatchedStore(), new WatchedStore()]
    for (let i = 0; i < 500; i++) for (const store of [mine, theirs]) write(store, i, `k${i}`)
    expect(searched(mine, theirs, 100)).toEqual({ ks: [], questions: 1 })
  })

  it('takes no answer to another question', () => {
    const [mine, theirs] = [new WatchedStore(), new WatchedStore()]
    write(mine, 1, 'k')
    const search = new RangeSearch(mine.freeze(), mine.summary)
    const leaves = new Leaves(theirs.freeze(), theirs.summary)
    while (!search.run(10));
    while (!leaves.run(10));
    expect(search.next(1)).toMatchObject({ kind: 'split', depth: 0, ranges: [0] })
    const said = { exchange: 1, giver: GIVER }
    const sums = new Uint32Array(16 * PART_WORDS)
    expect(search.hearParts({ kind: 'parts', ...said, depth: 1, ranges: [0], sums })).toBe(false)
    expect(search.hearParts({ kind: 'parts', ...said, depth: 0, ranges: [0, 1], sums })).toBe(false)
    expect(search.hearParts({ kind: 'parts', ...said, depth: 0, ranges: [0], sums: sums.slice(1) })).toBe(false)
    expect(search.hearListed({ kind: 'listed', ...said, depth: 0, ranges: [0], pairs: sums })).toBe(false)
  })
})

describe('leaves', () => {
  it('of every depth add up to the sum of the whole view, and list each entry once', () => {
    const store = new WatchedStore()
    for (let i = 0; i < 700; i++) write(store, i, `k${i}`)
    const view = store.freeze()
    const leaves = new Leaves(view, store.summary)
    while (!leaves.run(64));
    for (let depth = 0; depth < DEPTH_MAX; depth++) {
      const sum = new LaneSum()
      let count = 0
      for (let range = 0; range < 16 ** depth; range++) {
        const parts = leaves.split(depth, range)
        for (let at = 0; at < parts.length; at += PART_WORDS) {
          count += parts[at] ?? 0
          sum.add(parts[at + 1] ?? 0, parts[at + 2] ?? 0)
        }
      }
      expect([count, sum.toHex()]).toEqual([view.count, view.sum])
    }
    for (let depth = 1; depth <= DEPTH_MAX; depth++) {
      const listed: number[] = []
      for (let range = 0; range < 16 ** depth; range++) leaves.list(depth, range, listed)
      const ks = listed.filter((_, i) => i % 2 === 0).sort((a, b) => a - b)
      expect(ks).toEqual([...store.heldMap().keys()].map((key) => store.summary.kOf(key)).sort((a, b) => a - b))
    }
  })

  it('are those of the frozen instant, though writes go on while they are made', () => {
    const store = new WatchedStore()
    for (let i = 0; i < 300; i++) write(store, i, `k${i}`)
    const still = new Leaves(store.freeze(), store.summary)
    const busy = new Leaves(store.freeze(), store.summary)
    while (!still.run(1_000));
    for (let i = 0, done = false; !done; i++) {
      store.clear(`k${(i * 7) % 300}`)
      write(store, 1_000 + i, `k${(i * 11) % 400}`)
      done = busy.run(5)
    }
    expect(busy.split(0, 0)).toEqual(still.split(0, 0))
    expect(busy.split(2, 77)).toEqual(still.split(2, 77))
  })
})
