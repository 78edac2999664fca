/**
 * Bytes on the disk when few keys are overwritten many times: the most there ever were, and what is left when the node
 * is quiet again. Beside them: the bytes of the keys and of their newest values.
 */

import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { Child } from '../child.ts'
import type { BenchOptions, Row } from '../rounds.ts'
import { KEY_BYTES } from '../samples.ts'
import { FolderWatch } from './folder-watch.ts'
import type { LogNodeAsked, LogNodeTold } from './log-node.ts'

const VALUE_BYTES = 100
const SEGMENT_BYTES = 64 * 1024 * 1024
const WRITERS = 1_024
/** Puts that one message asks for. */
const SLICE = 50_000
/** Quiet: no byte came or went for so long. Not waited for longer than `REST_MS_MAX`. */
const REST_MS = 1_000
const REST_MS_MAX = 30_000
const MEGA = 1_000_000

export async function diskBytes({ hotKeys, overwrites }: BenchOptions, folder: string): Promise<readonly Row[]> {
  const dataDir = join(folder, 'node')
  mkdirSync(dataDir)
  const child = new Child<LogNodeTold>('log/log-node')
  const ask = (asked: LogNodeAsked): Promise<LogNodeTold> => child.ask(asked)
  const watch = new FolderWatch(dataDir)
  try {
    await ask({ kind: 'open', node: { dataDir, fsync: 'always', segmentBytesMax: SEGMENT_BYTES } })
    // The first time each key is put is not an overwrite.
    const puts = hotKeys + overwrites
    for (let from = 0; from < puts; from += SLICE) {
      const count = Math.min(SLICE, puts - from)
      await ask({ kind: 'put', from, count, keys: hotKeys, writers: WRITERS, valueBytes: VALUE_BYTES })
    }
    await watch.rested(REST_MS, REST_MS_MAX)
    const liveBytes = hotKeys * (KEY_BYTES + VALUE_BYTES)
    const row = (what: string, bytes: number): Row => ({
      what: `disk, ${what}`,
      unit: 'MB',
      better: 'less',
      ours: [bytes / MEGA],
      bare: [liveBytes / MEGA],
      peer: 'live bytes',
      note: watch.checkpoints.length === 0 ? 'no checkpoint happened' : undefined,
    })
    return [
      row('peak', watch.peakBytes),
      { ...row('at rest', watch.bytes), goal: { atMost: (2 * liveBytes + SEGMENT_BYTES) / MEGA } },
    ]
  } finally {
    watch.stop()
    await child.stop()
  }
}
