/**
 * What differs between two nodes, found by their sketches: bytes and time follow the number of differences and not that
 * of the keys, and two equal nodes cost about 2 kB. The keys that differ are looked at twice with a pause between, and
 * only what a node still lacks that the other had at the first look counts, so that writes under way do not. When there
 * are more differences than sketches can tell it says so, and the keys must be walked.
 */

import type { Admin, Sketch } from '../client/admin.ts'
import { compareEntries, type Entry } from '../core/entry.ts'
import { HearsayError } from '../core/errors.ts'
import { compareKeys } from '../core/key.ts'
import { cellsFromBytes, differenceOf } from '../core/repair/cells.ts'
import { Decoder } from '../core/repair/decoder.ts'
import { estimateOf } from '../core/repair/estimate.ts'
import { CELLS_MAX, RESOLVE_KS_MAX } from '../wire/limits.ts'
import { compareSides, type Difference } from './entry-merge.ts'

/** Enough for some fifty differences. */
export const FIRST_CELLS = 96
/** With more differences than this the longest sketch cannot be decoded. */
const DIFFERENCES_MAX = 0.7 * CELLS_MAX

type SketchAdmin = Pick<Admin, 'sketch' | 'resolve'>

export interface KeyDifference {
  readonly key: string
  readonly difference: Difference
}

export interface Comparison {
  /** Keys that either node holds something under, deletes too. */
  readonly compared: number
  /** In the order of keys. */
  readonly found: readonly KeyDifference[]
}

/** `settle` is the pause between the looks. `undefined`: the sketches cannot tell. */
export async function compareBySketch(
  a: SketchAdmin,
  b: SketchAdmin,
  settle: () => Promise<void>,
): Promise<Comparison | undefined> {
  const told = await differingKs(a, b)
  if (told === undefined) return undefined
  const { count, ks } = told
  const first = ks.length === 0 ? [] : await look(a, b, ks)
  const compared = count + first.filter((sides) => sides.a === undefined).length
  const suspects = new Map(first.filter((sides) => compareSides(sides.a, sides.b)).map((sides) => [sides.key, sides]))
  if (suspects.size === 0) return { compared, found: [] }
  await settle()
  const found: KeyDifference[] = []
  for (const { key, a: mine, b: theirs } of await look(a, b, ks)) {
    const before = suspects.get(key)
    const difference = compareSides(mine, theirs)
    if (before === undefined || difference === undefined) continue
    const newest = newestOf(before)
    if (lacks(mine, newest) || lacks(theirs, newest)) found.push({ key, difference })
  }
  return { compared, found: found.sort((x, y) => compareKeys(x.key, y.key)) }
}

/** The hashes of the keys that differ, and how many keys `a` holds. */
async function differingKs(
  a: SketchAdmin,
  b: SketchAdmin,
): Promise<{ readonly count: number; readonly ks: readonly number[] } | undefined> {
  let cells = FIRST_CELLS
  while (true) {
    const [mine, theirs] = await Promise.all([a.sketch(cells), b.sketch(cells)])
    const { count, sum } = mine.view
    if (count === theirs.view.count && sum === theirs.view.sum) return { count, ks: [] }
    const ks = decode(mine, theirs, cells)
    // Nothing in the cells while the sums differ: the sketch is wrong, once in a thousand million times.
    if (ks !== undefined) return ks.length === 0 ? undefined : { count, ks }
    const estimate = estimateOf(theirs.view.estimator, mine.view.estimator) ?? CELLS_MAX
    if (estimate > DIFFERENCES_MAX || cells === CELLS_MAX) return undefined
    const wanted = Math.ceil(1.55 * estimate) + 12
    cells = Math.min(CELLS_MAX, wanted > cells ? wanted : 2 * cells)
  }
}

function decode(mine: Sketch, theirs: Sketch, cells: number): readonly number[] | undefined {
  const [ours, others] = [cellsFromBytes(mine.cells), cellsFromBytes(theirs.cells)]
  if (ours?.count !== cells || others?.count !== cells) {
    throw new HearsayError('ERR_PROTOCOL', 'a node answered with a sketch of another length')
  }
  const decoder = new Decoder(differenceOf(others, ours))
  return decoder.run(Number.POSITIVE_INFINITY) === 'decoded' ? decoder.differences.map(({ k }) => k) : undefined
}

interface Sides {
  readonly key: string
  a: Entry | undefined
  b: Entry | undefined
}

/** What both hold under these hashes now, key by key. */
async function look(a: SketchAdmin, b: SketchAdmin, ks: readonly number[]): Promise<readonly Sides[]> {
  const [mine, theirs] = await Promise.all([resolveAll(a, ks), resolveAll(b, ks)])
  const byKey = new Map<string, Sides>()
  for (const entry of mine) byKey.set(entry.key, { key: entry.key, a: entry, b: undefined })
  for (const entry of theirs) {
    const sides = byKey.get(entry.key)
    if (sides !== undefined) sides.b = entry
    else byKey.set(entry.key, { key: entry.key, a: undefined, b: entry })
  }
  return [...byKey.values()]
}

async function resolveAll(admin: SketchAdmin, ks: readonly number[]): Promise<readonly Entry[]> {
  const held: Entry[] = []
  for (let from = 0; from < ks.length; from += RESOLVE_KS_MAX) {
    held.push(...(await admin.resolve(ks.slice(from, from + RESOLVE_KS_MAX))))
  }
  return held
}

function newestOf({ a, b }: Sides): Entry | undefined {
  if (a === undefined || b === undefined) return a ?? b
  return compareEntries(a, b) < 0 ? b : a
}

function lacks(side: Entry | undefined, newest: Entry | undefined): boolean {
  return newest !== undefined && (side === undefined || compareEntries(side, newest) < 0)
}
