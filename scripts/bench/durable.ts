/**
 * Puts that wait for the disk, by one writer and by many at one time, beside the bare group commit of as many bytes as
 * hearsay's own log took for them.
 */

import { mkdirSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { bytes, type HearsayNode } from '../../src/index.ts'
import { BareLog } from './bare-log.ts'
import { benchNode, withFolder } from './bench-node.ts'
import { type Bench, type BenchOptions, callsPerSecond, duel, type Row } from './rounds.ts'
import { bytesOf, keysOf } from './samples.ts'

const KEYS = 10_000
/** Hearsay's part of the bare group commit by number of writers, as we want it. */
const GOALS: Readonly<Record<number, number>> = { 1: 0.8, 64: 0.4 }

export const durable: Bench = {
  name: 'durable',
  about: 'puts of 64 bytes, fsync always, each writer waits for the disk; bare: writev + fdatasync with group commit',
  run: (options) =>
    withFolder(options.dir, async (folder) => {
      const dataDir = join(folder, 'node')
      mkdirSync(dataDir)
      const node = await benchNode('durable', bytes, { dataDir, fsync: 'always' })
      const bare = new BareLog(join(folder, 'bare'))
      try {
        const rows: Row[] = []
        for (const writers of options.writers) rows.push(await row(writers, options, node, bare, dataDir))
        return rows
      } finally {
        await node.close()
        bare.close()
      }
    }),
}

async function row(
  writers: number,
  { rounds, roundMs, budgetMs, writers: all }: BenchOptions,
  node: HearsayNode<Uint8Array>,
  bare: BareLog,
  dataDir: string,
): Promise<Row> {
  const keys = keysOf(KEYS)
  const value = bytesOf(1)
  let puts = 0
  const put = (): Promise<unknown> => node.put(keys[puts++ % KEYS] ?? '', value)
  const chunk = Buffer.alloc(await bytesOfPut(writers, put, dataDir), 1)
  const turns = await duel({
    rounds,
    budgetMs: budgetMs / all.length,
    warmUp: true,
    ours: () => callsPerSecond(writers, roundMs, put),
    bare: () => callsPerSecond(writers, roundMs, () => bare.append(chunk)),
  })
  const at = GOALS[writers]
  const what = writers === 1 ? '1 writer' : `${writers} writers`
  return { what, unit: 'puts/s', better: 'more', ...turns, goal: at === undefined ? undefined : { ratioAtLeast: at } }
}

/** What the log grows by for a put when this many go out together. */
async function bytesOfPut(writers: number, put: () => Promise<unknown>, dataDir: string): Promise<number> {
  const before = folderBytes(dataDir)
  await Promise.all(Array.from({ length: writers }, put))
  return Math.ceil((folderBytes(dataDir) - before) / writers)
}

function folderBytes(folder: string): number {
  return readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0)
}
