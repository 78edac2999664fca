/**
 * One of two stores that are compared: the shipped store, and beside it what the references keep of the same entries.
 * Samples of both sides are made here, so that they differ in just what a case asks for.
 */

import { type Entry, liveEntry } from '../../../src/core/entry.ts'
import { Store } from '../../../src/core/store.ts'
import { bytesOf, keyOf } from '../samples.ts'
import { HashTrie } from './hash-trie.ts'
import { SEED } from './item.ts'
import { originOf, timeOf } from './meter.ts'
import { RangeTree } from './range-tree.ts'

const WRITERS = ['asker', 'giver', 'third'].map(originOf)

export class Side {
  readonly store: Store = benchStore()
  readonly trie: HashTrie
  readonly tree: RangeTree = new RangeTree()

  constructor(entries: number) {
    this.trie = new HashTrie(entries)
  }

  apply(entry: Entry): void {
    const former = this.store.held(entry.key)
    this.store.apply(entry, Number.POSITIVE_INFINITY)
    if (this.store.held(entry.key) !== entry) return
    this.trie.change(former, entry)
    this.tree.change(former, entry)
  }
}

export function benchStore(): Store {
  return new Store(
    SEED,
    () => {},
    () => timeOf(9_000_000),
  )
}

/** Entry `number` of a full store, by one of three writers in turn. */
export function entryOf(number: number): Entry {
  return liveEntry(keyOf(number), timeOf(number), WRITERS[number % 3] ?? '', bytesOf(number))
}

/**
 * Overwrites of `count` different keys of a store of `entries`. `recent`: later than all that is there. `old`: by a run
 * of which the other side has heard nothing, each at any time between the entry that it replaces and now.
 */
export function overwrites(store: Store, entries: number, count: number, age: 'recent' | 'old', nth: number): Entry[] {
  const random = randomFrom(nth)
  const numbers = new Set<number>()
  while (numbers.size < count) numbers.add(Math.floor(random() * entries))
  const now = timeOf(entries + 100_000 * nth)
  const drawn = [...numbers].map((number) => {
    const key = keyOf(number)
    const { time } = store.held(key) ?? { time: 0 }
    return { key, number, time: Math.floor(time + 1 + random() * (now - time - 1)) }
  })
  if (age === 'old') drawn.sort((one, other) => one.time - other.time)
  const origin = originOf(`late-${nth}`)
  return drawn.map(({ key, number, time }, at) =>
    // The low digits keep times apart.
    liveEntry(key, age === 'old' ? time + at : now + 4_096 * (1 + at), origin, bytesOf(number + 1)),
  )
}

/** The same row of numbers from 0 to 1 for the same seed. */
export function randomFrom(seed: number): () => number {
  let state = Math.imul(seed + 1, 0x9e3779b1) >>> 0
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}
