/**
 * Puts that wait for the disk, by one writer and by many at one time, beside the bare group commit of as many bytes as
 * hearsay's own log took for them, and beside two stores that put durably when asked to.
 */

import { mkdirSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { bytes, type HearsayNode } from '../../../src/index.ts'
import { benchNode } from '../bench-node.ts'
import { type BenchOptions, callsPerSecond, type Goal, type Row, takeTurns } from '../rounds.ts'
import { keysOf } from '../samples.ts'
import { BareLog } from './bare-log.ts'
import { noiseOf } from './entries.ts'
import { type DurableStore, openClassicLevel, openLmdb } from './peer-stores.ts'

const KEYS = 10_000
const VALUE_BYTES = 100

type Peer = 'bare' | 'lmdb' | 'classic-level'
const PEERS: readonly Peer[] = ['bare', 'lmdb', 'classic-level']

/** What we want, by number of writers and peer. */
const GOALS: Readonly<Record<number, Partial<Record<Peer, Goal>>>> = {
  1: { bare: { ratioAtLeast: 0.8 } },
  64: { bare: { ratioAtLeast: 0.6 } },
  1024: { bare: { atLeast: 120_000 }, lmdb: { ratioAtLeast: 4 } },
}

interface Sides {
  readonly dataDir: string
  readonly node: HearsayNode<Uint8Array>
  readonly bare: BareLog
  readonly lmdb: DurableStore
  readonly classicLevel: DurableStore
}

export async function durablePuts(options: BenchOptions, folder: string): Promise<readonly Row[]> {
  const dataDir = join(folder, 'node')
  mkdirSync(dataDir)
  const node = await benchNode('log', bytes, { dataDir, fsync: 'always' })
  const bare = new BareLog(join(folder, 'bare'))
  const lmdb = openLmdb(join(folder, 'lmdb'))
  const classicLevel = await openClassicLevel(join(folder, 'classic-level'))
  try {
    const rows: Row[] = []
    for (const writers of options.writers) {
      rows.push(...(await rowsOf(writers, options, { dataDir, node, bare, lmdb, classicLevel })))
    }
    return rows
  } finally {
    await node.close()
    bare.close()
    await lmdb.close()
    await classicLevel.close()
  }
}

async function rowsOf(
  writers: number,
  { rounds, roundMs, budgetMs, writers: all }: BenchOptions,
  { dataDir, node, bare, lmdb, classicLevel }: Sides,
): Promise<readonly Row[]> {
  const keys = keysOf(KEYS)
  const value = noiseOf(1, VALUE_BYTES)
  let puts = 0
  const key = (): string => keys[puts++ % KEYS] ?? ''
  const put = (): Promise<unknown> => node.put(key(), value)
  const chunk = Buffer.alloc(await bytesOfPut(writers, put, dataDir), 1)
  const rate = (call: () => Promise<unknown>) => (): Promise<number> => callsPerSecond(writers, roundMs, call)
  const turns = await takeTurns(
    { rounds, budgetMs: budgetMs / all.length, warmUp: true },
    {
      hearsay: rate(put),
      bare: rate(() => bare.append(chunk)),
      lmdb: rate(() => lmdb.put(key(), value)),
      'classic-level': rate(() => classicLevel.put(key(), value)),
    },
  )
  return PEERS.map((peer) => ({
    what: `puts, ${writers === 1 ? '1 writer' : `${writers} writers`}, ${peer}`,
    unit: 'puts/s',
    better: 'more',
    ours: turns.hearsay,
    bare: turns[peer],
    peer,
    goal: GOALS[writers]?.[peer],
  }))
}

/** What the log grows by for a put when this many go out together. */
async function bytesOfPut(writers: number, put: () => Promise<unknown>, dataDir: string): Promise<number> {
  const before = logBytes(dataDir)
  await Promise.all(Array.from({ length: writers }, put))
  return Math.ceil((logBytes(dataDir) - before) / writers)
}

/** Of the segments alone, which grow. */
function logBytes(folder: string): number {
  const names = readdirSync(folder).filter((name) => name.endsWith('.log'))
  return names.reduce((sum, name) => sum + (statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0), 0)
}
