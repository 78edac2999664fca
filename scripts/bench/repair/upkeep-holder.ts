/**
 * The other side of `upkeep.ts`: a store whose summary is the shipped one, a reference, or nothing; all on the same
 * path of a change.
 */

import { type Entry, liveEntry } from '../../../src/core/entry.ts'
import type { Store } from '../../../src/core/store.ts'
import { listenToParent, tellParent } from '../child.ts'
import { bytesOf } from '../samples.ts'
import { HashTrie } from './hash-trie.ts'
import { cpuMs, originOf, timeOf } from './meter.ts'
import { RangeTree } from './range-tree.ts'
import { benchStore, entryOf, randomFrom } from './side.ts'
import type { HolderTold, Structure } from './upkeep.ts'

/** Overwrites of random keys, a round. */
const PUTS = 100_000
const SKETCH_BYTES = 393_216

interface Kept {
  readonly digestBytes: number
  change(former: Entry | undefined, now: Entry): void
}

const held: { store: Store; entries: number; puts: number } = { store: benchStore(), entries: 0, puts: 0 }
const random = randomFrom(1)

listenToParent<{ structure: Structure; entries: number } | { puts: true }>(async (asked) => {
  const told = 'puts' in asked ? overwrite() : fill(asked.structure, asked.entries)
  tellParent(told)
})

function fill(structure: Structure, entries: number): HolderTold {
  // Code and tables that come on first use are nobody's entry.
  const warm = storeWith(structure, 16)
  for (let number = 0; number < 16; number++) warm.store.apply(entryOf(number), Number.POSITIVE_INFINITY)
  const before = settledBytes()
  const { store, digestBytes } = storeWith(structure, entries)
  for (let number = 0; number < entries; number++) store.apply(entryOf(number), Number.POSITIVE_INFINITY)
  Object.assign(held, { store, entries, puts: entries })
  return { nsPut: 0, bytesEntry: (settledBytes() - before) / entries, digestBytes }
}

function overwrite(): HolderTold {
  const puts = Array.from({ length: PUTS }, (_, at): Entry => {
    const { key } = entryOf(Math.floor(random() * held.entries))
    return liveEntry(key, timeOf(held.puts++), originOf('giver'), bytesOf(at))
  })
  const startMs = cpuMs()
  for (const put of puts) held.store.apply(put, Number.POSITIVE_INFINITY)
  return { nsPut: ((cpuMs() - startMs) * 1_000_000) / PUTS, bytesEntry: 0, digestBytes: 0 }
}

function storeWith(structure: Structure, entries: number): { store: Store; digestBytes: number } {
  const store = benchStore()
  if (structure === 'sketch') return { store, digestBytes: SKETCH_BYTES }
  const kept: Kept = keptBy(structure, entries)
  // Whatever a store does with its summary when an entry changes is this one call.
  Object.defineProperty(store, 'summary', { value: kept })
  return { store, digestBytes: kept.digestBytes }
}

function keptBy(structure: Structure, entries: number): Kept {
  if (structure === 'trie') return new HashTrie(entries)
  const tree = new RangeTree()
  if (structure === 'range tree') return { digestBytes: 0, change: (former, now) => tree.change(former, now) }
  return { digestBytes: 0, change: () => {} }
}

function settledBytes(): number {
  const { gc } = globalThis
  if (gc === undefined) throw new Error('run node with --expose-gc')
  gc()
  gc()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}
