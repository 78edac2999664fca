/**
 * Reference: range-based set reconciliation by key order. The ends take turns: a message goes over all keys in ranges,
 * each skipped, or with the sum of what the sender holds there, or with (k, w) of all of it. A range whose sum differs
 * is split into ranges of as many entries each, or listed when few are left.
 *
 * Source: A. Meyer, Range-Based Set Reconciliation, SRDS 2023.
 */

import type { Entry } from '../../../src/core/entry.ts'
import { ByteReader, ByteWriter } from './byte-list.ts'
import { kOf, weigh } from './item.ts'
import type { End, Meter } from './meter.ts'
import { answer, differing, say } from './reference-link.ts'
import type { Side } from './side.ts'

/** A range is split into so many. */
const PARTS = 8
/** A range with so few entries is listed. */
const LISTED_MAX = 16

type Mode = 'skip' | 'sum' | 'list'
const MODES: readonly Mode[] = ['skip', 'sum', 'list']

/** Keys from the end of the range before up to `end`, which is not in it; `undefined`: all the rest. */
interface Range {
  readonly mode: Mode
  readonly end: string | undefined
  readonly sum: number
  readonly pairs: readonly number[]
}

/** What the giver holds of all keys that differ. */
export function rangeSearch(mine: Side, theirs: Side, meter: Meter): Entry[] {
  const sides: Readonly<Record<End, Side>> = { asker: mine, giver: theirs }
  const ks: Readonly<Record<End, Set<number>>> = { asker: new Set(), giver: new Set() }
  let end: End = 'asker'
  let message = say(meter, end, true, () =>
    write([{ mode: 'sum', end: undefined, sum: mine.tree.prefix(undefined).sum, pairs: [] }]),
  )
  for (let turn = 1; message.length > 0; turn++) {
    end = end === 'asker' ? 'giver' : 'asker'
    const side = sides[end]
    const heard = message
    const found = ks[end]
    message = say(meter, end, turn === 1, () => write(reply(side, read(heard), found)))
  }
  // What the giver found it knows without being asked.
  const wanted = ks.asker
  if (wanted.size > 0) {
    say(meter, 'asker', false, () => {
      const writer = new ByteWriter()
      for (const k of wanted) writer.word(k)
      return writer.toBytes()
    })
  }
  const all = [...wanted, ...ks.giver]
  return all.length === 0 ? [] : answer(meter, theirs, all)
}

function reply({ tree, store }: Side, heard: readonly Range[], found: Set<number>): Range[] {
  const ranges: Range[] = []
  const add = (range: Range): void => {
    if (range.mode === 'skip' && ranges.at(-1)?.mode === 'skip') ranges.pop()
    ranges.push(range)
  }
  const listOf = (from: number, to: number): number[] => {
    const pairs: number[] = []
    for (let rank = from; rank < to; rank++) {
      const key = tree.keyAt(rank)
      pairs.push(kOf(key), weigh(store.held(key)))
    }
    return pairs
  }
  let start = { count: 0, sum: 0 }
  for (const { mode, end, sum, pairs } of heard) {
    const stop = tree.prefix(end)
    const skip: Range = { mode: 'skip', end, sum: 0, pairs: [] }
    const count = stop.count - start.count
    if (mode === 'skip') add(skip)
    else if (mode === 'list') {
      differing(listOf(start.count, stop.count), pairs, found)
      add(skip)
    } else if (((stop.sum - start.sum) | 0) === sum) add(skip)
    else if (count <= LISTED_MAX) add({ mode: 'list', end, sum: 0, pairs: listOf(start.count, stop.count) })
    else {
      let before = start
      for (let part = 1; part <= PARTS; part++) {
        const rank = start.count + Math.floor((part * count) / PARTS)
        const bound = part === PARTS ? end : separator(tree.keyAt(rank - 1), tree.keyAt(rank))
        const after = part === PARTS ? stop : tree.prefix(bound)
        add({ mode: 'sum', end: bound, sum: (after.sum - before.sum) | 0, pairs: [] })
        before = after
      }
    }
    start = stop
  }
  return ranges
}

/** The shortest text above `low` and not above `high`. */
function separator(low: string, high: string): string {
  let shared = 0
  while (low[shared] === high[shared]) shared++
  return high.slice(0, shared + 1)
}

/**
 * Nothing when all ranges are skipped, else: mode and length of a bound, what it has in common with the last, the rest.
 */
function write(ranges: readonly Range[]): Uint8Array {
  const writer = new ByteWriter()
  let before = ''
  // What follows the last range that says something is skipped.
  const count = ranges.findLastIndex(({ mode }) => mode !== 'skip') + 1
  for (const { mode, end, sum, pairs } of ranges.slice(0, count)) {
    const bound = end ?? ''
    let shared = 0
    while (shared < bound.length && shared < 15 && bound[shared] === before[shared]) shared++
    writer.byte(MODES.indexOf(mode) * 64 + (end === undefined ? 63 : bound.length - shared))
    if (end !== undefined) {
      writer.byte(shared)
      writer.text(bound.slice(shared))
    }
    if (mode === 'sum') writer.word(sum)
    if (mode === 'list') writer.half(pairs.length / 2)
    for (const word of pairs) writer.word(word)
    before = bound
  }
  return writer.toBytes()
}

function read(message: Uint8Array): Range[] {
  const reader = new ByteReader(message)
  const ranges: Range[] = []
  let before = ''
  while (!reader.isAtEnd) {
    const head = reader.byte()
    const mode = MODES[head >> 6] ?? 'skip'
    const end = (head & 63) === 63 ? undefined : before.slice(0, reader.byte()) + reader.text(head & 63)
    const sum = mode === 'sum' ? reader.word() : 0
    const words = mode === 'list' ? 2 * reader.half() : 0
    ranges.push({ mode, end, sum, pairs: Array.from({ length: words }, () => reader.word()) })
    before = end ?? ''
  }
  return ranges
}
