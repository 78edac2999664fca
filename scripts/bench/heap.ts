/**
 * Memory that a key costs, values of 64 bytes and keys of 20, beside a bare `Map` from string to `Uint8Array`. Each is
 * filled in a process of its own, since what was freed once stays with the process.
 */

import { Child } from './child.ts'
import type { HeapFigures } from './heap-holder.ts'
import { type Bench, duel, type Row } from './rounds.ts'

export const heap: Bench = {
  name: 'heap',
  about: 'memory a key of 20 bytes with a value of 64 bytes, in memory; bare: Map<string, Uint8Array>',
  async run({ keys, rounds, budgetMs }) {
    const { ours, bare } = await duel({
      // It hardly varies.
      rounds: Math.min(rounds, 2),
      budgetMs: budgetMs / 2,
      warmUp: false,
      ours: () => measure('node', keys),
      bare: () => measure('map', keys),
    })
    const row = (what: string, part: keyof HeapFigures): Row => ({
      what,
      unit: 'bytes/key',
      better: 'less',
      ours: ours.map((figures) => figures[part]),
      bare: bare.map((figures) => figures[part]),
    })
    return [row('heap', 'heap'), row('array buffers', 'buffers'), row('resident set', 'resident')]
  },
}

async function measure(what: 'node' | 'map', keys: number): Promise<HeapFigures> {
  const child = new Child<HeapFigures>('heap-holder')
  try {
    return await child.ask({ what, keys })
  } finally {
    await child.stop()
  }
}
