/**
 * Lets one sync of a running node fail, or all of them from one on, and looks at what clients are told. After such a
 * failure nobody knows what the disk holds, so a node may stop or go on in a new file, but it may never tell a client
 * that a write is safe which is not there after a restart.
 *
 * The system keeps what it failed to sync in its memory here, as a disk that lost it would not.
 */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { seededRng } from '../../src/core/rng.ts'
import { Ledger } from './ledger.ts'
import { startLoad, told } from './load.ts'
import { serve } from './served.ts'
import { injectInto, whyNoStrace } from './strace.ts'
import { undoLater } from './undo.ts'

export interface FailingOptions {
  readonly segmentBytesMax: number
  readonly seed: number
}

/** As strace takes them: the first sync fails, the 2nd, …; all from the 3rd on; those of the folder; a write. */
const FAULTS: readonly string[] = [
  ...[1, 2, 3, 5, 8, 13, 21].map((when) => `fdatasync:error=EIO:when=${when}`),
  'fdatasync:error=EIO:when=3+',
  'fsync:error=EIO:when=1',
  'fsync:error=EIO:when=1+',
  'pwrite64,pwritev:error=EIO:when=5',
]
const LOAD_MS = 1_500
/** Behind the fault. */
const HEAL_MS = 1_000

type Say = (line: string) => void

/** Returns the number of failures. */
export async function failingSync(say: Say, options: FailingOptions): Promise<number> {
  const why = whyNoStrace()
  if (why !== undefined) {
    say(`failing-sync: skipped: ${why}`)
    return 0
  }
  const sum = { acknowledged: 0, faults: 0, stopped: 0 }
  for (const fault of FAULTS) {
    const root = mkdtempSync(join(tmpdir(), 'hearsay-sync-'))
    const clear = undoLater(() => rmSync(root, { recursive: true, force: true }))
    try {
      const { acknowledged, faults, isStopped } = await fail(say, options, root, fault)
      sum.acknowledged += acknowledged
      sum.faults += faults
      if (isStopped) sum.stopped++
    } finally {
      clear()
    }
  }
  say(
    `failing-sync: ${FAULTS.length} faults, ${sum.stopped} nodes stopped, ${sum.acknowledged} writes acknowledged, ${sum.faults} lost or false`,
  )
  return sum.faults
}

async function fail(
  say: Say,
  { segmentBytesMax, seed }: FailingOptions,
  root: string,
  fault: string,
): Promise<{ acknowledged: number; faults: number; isStopped: boolean }> {
  const dataDir = join(root, 'node')
  const ledger = new Ledger()
  const node = await serve({ dataDir, segmentBytesMax, threads: 1 })
  const rng = seededRng(seed)
  const load = startLoad(node.client, ledger, {
    lanes: 4,
    keys: 50,
    valueBytes: 300,
    deletes: 0.2,
    timeoutMs: 1_000,
    rng,
  })
  await sleep(100)
  const end = await injectInto(node.pid, fault, '/dev/null')
  const before = ledger.acknowledged
  await sleep(LOAD_MS)
  const during = ledger.acknowledged
  const reads = node.end === undefined ? await readAll(node.client.get('lane0/1', { timeout: 1_000 })) : 'none'
  await end()
  await sleep(HEAL_MS)
  const after = ledger.acknowledged
  await load.stop()
  const isStopped = node.end !== undefined
  say(
    `${fault}: writes ${told(load.outcomes)}; acknowledged ${before} before, ${during - before} with the fault, ${after - during} behind it; read ${reads}; node: ${node.end ?? 'runs'}`,
  )
  await node.kill()
  const again = await serve({ dataDir, segmentBytesMax })
  const faults = ledger.judge(await again.contents(), true)
  for (const lost of faults.slice(0, 5)) say(`  FAILED after a restart: ${lost}`)
  await again.kill()
  return { acknowledged: ledger.acknowledged, faults: faults.length, isStopped }
}

async function readAll(read: Promise<unknown>): Promise<string> {
  try {
    await read
    return 'ok'
  } catch (error) {
    return (error as { code?: string }).code ?? String(error)
  }
}
