/**
 * Reference: the keys in order, in a B+ tree whose nodes count their entries and sum their digests, so that the count
 * and the sum of any range, and the key of any rank, are found along one path. Follows every change.
 */

import type { Entry } from '../../../src/core/entry.ts'
import { digestOf, kOf, weigh } from './item.ts'

const CHILDREN_MAX = 64

interface Leaf {
  readonly keys: string[]
  readonly digests: number[]
}

interface Inner {
  /** The least key of each child, or one below it and above the child before. */
  readonly firsts: string[]
  readonly children: Node[]
  readonly counts: number[]
  readonly sums: number[]
}

type Node = Leaf | Inner

export interface Prefix {
  readonly count: number
  readonly sum: number
}

export class RangeTree {
  #root: Node = { keys: [], digests: [] }

  change(former: Entry | undefined, now: Entry): void {
    const k = kOf(now.key)
    const digest = digestOf(k, weigh(now))
    const delta = digest - digestOf(k, weigh(former))
    const split = put(this.#root, now.key, digest, delta | 0, former === undefined)
    if (split === undefined) return
    const left = this.#root
    this.#root = {
      firsts: [firstOf(left), firstOf(split)],
      children: [left, split],
      counts: [left, split].map(countOf),
      sums: [left, split].map(sumOf),
    }
  }

  /** Of all keys below `key`; of all keys without it. */
  prefix(key: string | undefined): Prefix {
    let node = this.#root
    let count = 0
    let sum = 0
    if (key === undefined) return { count: countOf(node), sum: sumOf(node) }
    while ('children' in node) {
      const at = lastUpTo(node.firsts, key)
      for (let child = 0; child < at; child++) {
        count += node.counts[child] ?? 0
        sum = (sum + (node.sums[child] ?? 0)) | 0
      }
      node = childOf(node, at)
    }
    const end = rankIn(node.keys, key)
    for (let at = 0; at < end; at++) sum = (sum + (node.digests[at] ?? 0)) | 0
    return { count: count + end, sum }
  }

  /** The key with so many below it. */
  keyAt(rank: number): string {
    let node = this.#root
    let left = rank
    while ('children' in node) {
      let at = 0
      while (at < node.children.length - 1 && left >= (node.counts[at] ?? 0)) left -= node.counts[at++] ?? 0
      node = childOf(node, at)
    }
    return node.keys[left] ?? ''
  }
}

/** Returns the upper half when the node was split. */
function put(node: Node, key: string, digest: number, delta: number, isNew: boolean): Node | undefined {
  if ('keys' in node) {
    const at = rankIn(node.keys, key)
    if (!isNew) {
      node.digests[at] = digest
      return undefined
    }
    node.keys.splice(at, 0, key)
    node.digests.splice(at, 0, digest)
    if (node.keys.length <= CHILDREN_MAX) return undefined
    const half = CHILDREN_MAX >> 1
    return { keys: node.keys.splice(half), digests: node.digests.splice(half) }
  }
  const at = lastUpTo(node.firsts, key)
  const child = childOf(node, at)
  const split = put(child, key, digest, delta, isNew)
  if (split === undefined) {
    node.sums[at] = ((node.sums[at] ?? 0) + delta) | 0
    if (isNew) node.counts[at] = (node.counts[at] ?? 0) + 1
    return undefined
  }
  node.counts[at] = countOf(child)
  node.sums[at] = sumOf(child)
  node.firsts.splice(at + 1, 0, firstOf(split))
  node.children.splice(at + 1, 0, split)
  node.counts.splice(at + 1, 0, countOf(split))
  node.sums.splice(at + 1, 0, sumOf(split))
  if (node.children.length <= CHILDREN_MAX) return undefined
  const half = CHILDREN_MAX >> 1
  const { firsts, children, counts, sums } = node
  return {
    firsts: firsts.splice(half),
    children: children.splice(half),
    counts: counts.splice(half),
    sums: sums.splice(half),
  }
}

function childOf(node: Inner, at: number): Node {
  const child = node.children[at]
  if (child === undefined) throw new Error('an inner node has children')
  return child
}

function firstOf(node: Node): string {
  return ('keys' in node ? node.keys[0] : node.firsts[0]) ?? ''
}

function countOf(node: Node): number {
  return 'keys' in node ? node.keys.length : node.counts.reduce((all, one) => all + one, 0)
}

function sumOf(node: Node): number {
  return ('keys' in node ? node.digests : node.sums).reduce((all, one) => (all + one) | 0, 0)
}

/** How many of the sorted keys are below `key`. */
function rankIn(keys: readonly string[], key: string): number {
  let low = 0
  let high = keys.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((keys[middle] ?? '') < key) low = middle + 1
    else high = middle
  }
  return low
}

/** Index of the last that is not above `key`, or 0. */
function lastUpTo(firsts: readonly string[], key: string): number {
  let low = 0
  let high = firsts.length - 1
  while (low < high) {
    const middle = (low + high + 1) >>> 1
    if ((firsts[middle] ?? '') <= key) low = middle
    else high = middle - 1
  }
  return low
}
