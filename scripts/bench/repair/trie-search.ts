/**
 * Reference: finds what differs by a hash trie on both sides. The ends take turns: each sends, for the nodes whose sums
 * the other side found to differ, the sums of the children that are not empty, four bytes each; at the leaves it sends
 * (k, w) of what they hold.
 */

import type { Entry } from '../../../src/core/entry.ts'
import { ByteReader, ByteWriter } from './byte-list.ts'
import type { End, Meter } from './meter.ts'
import { answer, differing, say } from './reference-link.ts'
import type { Side } from './side.ts'

const CHILDREN = 16
const COUNT_MAX = 255

/** What the giver holds of all keys that differ. */
export function trieSearch(mine: Side, theirs: Side, meter: Meter): Entry[] {
  const sides: Readonly<Record<End, Side>> = { asker: mine, giver: theirs }
  const leafDepth = mine.trie.depth
  let end: End = 'asker'
  let nodes = [0]
  // The root stands for everything: both ends name it first.
  let message = say(meter, end, true, () => sumsBelow(sides.asker, [0], 0))
  for (let depth = 1; ; depth++) {
    end = end === 'asker' ? 'giver' : 'asker'
    const side = sides[end]
    const heard = message
    const asked = nodes
    const found: number[] = []
    const isLeaf = depth === leafDepth
    message = say(meter, end, depth === 1, () => {
      differingChildren(side, asked, depth, heard, found)
      const writer = new ByteWriter()
      // Which of the nodes that were summed up differ.
      if (found.length > 0) writeMarks(writer, asked, found)
      writeBelow(writer, side, found, depth, isLeaf)
      return writer.toBytes()
    })
    nodes = found
    if (nodes.length === 0) return []
    if (isLeaf) break
  }
  const ks = new Set<number>()
  const listed = message
  const other: End = end === 'asker' ? 'giver' : 'asker'
  const compare = (): void => readListed(sides[other], nodes, listed, ks)
  if (other === 'giver') {
    meter.step('giver', 'find', compare)
    return answer(meter, theirs, ks)
  }
  say(meter, 'asker', false, () => {
    compare()
    const writer = new ByteWriter()
    for (const k of ks) writer.word(k)
    return writer.toBytes()
  })
  return answer(meter, theirs, ks)
}

function sumsBelow(side: Side, nodes: readonly number[], depth: number): Uint8Array {
  const writer = new ByteWriter()
  writeBelow(writer, side, nodes, depth, false)
  return writer.toBytes()
}

function writeMarks(writer: ByteWriter, parents: readonly number[], found: readonly number[]): void {
  const differ = new Set(found)
  for (const parent of parents) {
    let mask = 0
    for (let child = 0; child < CHILDREN; child++) if (differ.has(parent * CHILDREN + child)) mask |= 1 << child
    writer.half(mask)
  }
}

function writeBelow(
  writer: ByteWriter,
  { trie }: Side,
  nodes: readonly number[],
  depth: number,
  isLeaf: boolean,
): void {
  for (const node of nodes) {
    if (isLeaf) {
      const pairs: number[] = []
      trie.list(node, pairs)
      if (pairs.length / 2 > COUNT_MAX) throw new Error('a leaf holds too many')
      writer.byte(pairs.length / 2)
      for (const word of pairs) writer.word(word)
      continue
    }
    const sums = Array.from({ length: CHILDREN }, (_, child) => trie.sumAt(depth + 1, node * CHILDREN + child))
    writer.half(sums.reduce((mask, sum, child) => (sum === 0 ? mask : mask | (1 << child)), 0))
    for (const sum of sums) if (sum !== 0) writer.word(sum)
  }
}

/** The message tells of the children of `parents`, which the sender knows too: its marks come first. */
function differingChildren(
  { trie }: Side,
  parents: readonly number[],
  depth: number,
  message: Uint8Array,
  found: number[],
): void {
  const reader = new ByteReader(message)
  // Marks name the parents, which this function is given.
  if (depth > 1) for (const grandparent of grandparentsOf(parents)) if (grandparent >= 0) reader.half()
  for (const parent of parents) {
    const mask = reader.half()
    for (let child = 0; child < CHILDREN; child++) {
      const sum = (mask >> child) & 1 ? reader.word() : 0
      const node = parent * CHILDREN + child
      if (sum !== trie.sumAt(depth, node)) found.push(node)
    }
  }
}

function grandparentsOf(parents: readonly number[]): Set<number> {
  return new Set(parents.map((parent) => parent >>> 4))
}

function readListed({ trie }: Side, leaves: readonly number[], message: Uint8Array, ks: Set<number>): void {
  const reader = new ByteReader(message)
  for (const parent of grandparentsOf(leaves)) if (parent >= 0) reader.half()
  for (const leaf of leaves) {
    const theirs: number[] = []
    const count = reader.byte()
    for (let i = 0; i < 2 * count; i++) theirs.push(reader.word())
    const mine: number[] = []
    trie.list(leaf, mine)
    differing(mine, theirs, ks)
  }
}
