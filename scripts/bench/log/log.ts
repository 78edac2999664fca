/**
 * What the log costs beside other stores: puts that wait for the disk, the start from it, how long the loop is held
 * while a checkpoint is written, and the bytes that are left on the disk. Each part takes its turns with its peers in
 * one folder of its own, so parts do not meet each other's files.
 */

import { withFolder } from '../bench-node.ts'
import type { Bench, BenchOptions, Row } from '../rounds.ts'
import { checkpointHolds } from './checkpoint-holds.ts'
import { diskBytes } from './disk-bytes.ts'
import { durablePuts } from './durable-puts.ts'
import { starts } from './starts.ts'

type Part = (options: BenchOptions, folder: string) => Promise<readonly Row[]>

const PARTS: Readonly<Record<string, Part>> = {
  puts: durablePuts,
  start: starts,
  hold: checkpointHolds,
  disk: diskBytes,
}

export const LOG_PARTS: readonly string[] = Object.keys(PARTS)

export const log: Bench = {
  name: 'log',
  about:
    'durable puts, start, checkpoint and bytes on disk; peers: bare writev + fdatasync, lmdb, classic-level, redis',
  async run(options) {
    const rows: Row[] = []
    for (const [name, part] of Object.entries(PARTS)) {
      if (!options.parts.includes(name)) continue
      rows.push(...(await withFolder(options.dir, (folder) => part(options, folder))))
    }
    return rows
  },
}
