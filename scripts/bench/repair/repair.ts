/**
 * How two stores find what differs: the shipped deep pull, beside a hash trie and a range-based reconciliation that
 * were written for this. A table of its own, since each case has many figures; the rows are for machines.
 */

import type { Bench, Row } from '../rounds.ts'
import { type Case, type Kind, Pair, type Way } from './cases.ts'
import { caseTable, goalLines, upkeepTable } from './repair-table.ts'
import { moreNs, type Upkeeps, upkeeps } from './upkeep.ts'

const ROUNDS_MAX = 3
const WARM_UP = 2_000
/** In a store as large as this only some cases are run. */
const LARGE = 500_000
const LARGE_OLD = 1_000
/** Overwrites of `both`. */
const BOTH = 1_000

let told = ''

export const repair: Bench = {
  name: 'repair',
  about: 'finding what two stores differ in, one thread, bytes real; bare: 16-ary hash trie, and ranges by key order',
  async run({ entries, differ, rounds }) {
    const cases: Case[] = []
    const times = Math.min(rounds, ROUNDS_MAX)
    for (const size of entries) {
      const pair = new Pair(size)
      // The first exchanges are for the compiler.
      for (const count of [1, WARM_UP]) pair.measure('recent', Math.min(count, size >> 1), ROUNDS_MAX)
      for (const [kind, count] of wanted(size, differ)) cases.push(pair.measure(kind, count, times))
    }
    const kept = await upkeeps(Math.max(...entries), times)
    told = [caseTable(cases), upkeepTable(kept), ...goalLines(cases, kept)].join('\n\n')
    return [...cases.flatMap(rowsOf), ...upkeepRows(kept)]
  },
  tell: () => told,
}

function wanted(size: number, differ: readonly number[]): (readonly [Kind, number])[] {
  const fit = differ.filter((count) => count <= size)
  const recent = [0, ...fit].map((count) => ['recent', count] as const)
  const old = fit.filter((count) => size < LARGE || count === LARGE_OLD).map((count) => ['old', count] as const)
  return [...recent, ...old, ...(fit.includes(BOTH) ? [['both', BOTH] as const] : [])]
}

function rowsOf({ entries, kind, differ, costs }: Case): Row[] {
  const name = `${entries.toLocaleString('en-US')}, ${differ.toLocaleString('en-US')} ${kind}`
  const { sketch } = costs
  return (['trie', 'ranges'] as const).flatMap((way: Way): Row[] => {
    const row = (what: string, unit: string, ours: readonly number[], bare: readonly number[]): Row => ({
      what: `${name}: ${what}, ${way}`,
      unit,
      better: 'less',
      ours,
      bare,
    })
    const bare = costs[way]
    return [
      row('bytes', 'bytes', sketch.bytes, bare.bytes),
      row('messages', 'messages', sketch.messages, bare.messages),
      row('asker', 'ms', sketch.askerMs, bare.askerMs),
      row('giver', 'ms', sketch.giverMs, bare.giverMs),
      row('wasted', 'entries', sketch.wasted, bare.wasted),
    ]
  })
}

function upkeepRows(kept: Upkeeps): Row[] {
  return (['trie', 'range tree'] as const).flatMap((structure): Row[] => {
    const over = (name: 'sketch' | 'trie' | 'range tree'): number[] => moreNs(kept, name)
    const more = (name: 'sketch' | 'trie' | 'range tree'): number[] => [kept[name].bytesEntry - kept.none.bytesEntry]
    return [
      { what: `upkeep, ${structure}`, unit: 'ns/put', better: 'less', ours: over('sketch'), bare: over(structure) },
      {
        what: `memory, ${structure}`,
        unit: 'bytes/entry',
        better: 'less',
        ours: more('sketch'),
        bare: more(structure),
      },
    ]
  })
}
