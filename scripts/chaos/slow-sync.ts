/**
 * Makes each sync of a running node take five seconds, and asks it for reads all the while. Reads come from memory and
 * must not wait; writes must, since nothing may be acknowledged before its sync has ended.
 */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Ledger } from './ledger.ts'
import { write } from './load.ts'
import { type Served, serve } from './served.ts'
import { injectInto, whyNoStrace } from './strace.ts'
import { undoLater } from './undo.ts'

const SYNC_MS = 5_000
const READ_EVERY_MS = 10
const READ_MS_MAX = 100
/**
 * Reads that may take longer: another program had the processor. A loop that waits for a sync would be late for far
 * more.
 */
const LATE_SHARE_MAX = 0.01
const WRITES = 3

type Say = (line: string) => void

/** Returns the number of failures. */
export async function slowSync(say: Say): Promise<number> {
  const why = whyNoStrace()
  if (why !== undefined) {
    say(`slow-sync: skipped: ${why}`)
    return 0
  }
  const root = mkdtempSync(join(tmpdir(), 'hearsay-slow-'))
  const clear = undoLater(() => rmSync(root, { recursive: true, force: true }))
  try {
    const node = await serve({ dataDir: join(root, 'node'), segmentBytesMax: 64 * 1024 * 1024 })
    const faults = await slow(say, node)
    for (const fault of faults) say(`FAILED: ${fault}`)
    say(`slow-sync: ${faults.length} failed`)
    return faults.length
  } finally {
    clear()
  }
}

async function slow(say: Say, node: Served): Promise<readonly string[]> {
  const ledger = new Ledger()
  const faults: string[] = []
  const put = (key: string): Promise<string> => write(node.client, ledger, { key, valueBytes: 100, timeoutMs: 60_000 })
  await put('there')
  const end = await injectInto(node.pid, `fdatasync:delay_enter=${SYNC_MS * 1_000}`, '/dev/null')
  let isOver = false
  const reads: number[] = []
  const reading = (async () => {
    while (!isOver) {
      const beganMs = performance.now()
      await node.client.get('there')
      reads.push(performance.now() - beganMs)
      await sleep(READ_EVERY_MS)
    }
  })()
  const writes: number[] = []
  for (let i = 0; i < WRITES; i++) {
    const beganMs = performance.now()
    const outcome = await put(`slow${i}`)
    writes.push(performance.now() - beganMs)
    if (outcome !== 'ok') faults.push(`a write that only had to wait failed: ${outcome}`)
  }
  isOver = true
  await reading
  await end()
  reads.sort((a, b) => a - b)
  const at = (share: number): number => reads[Math.min(reads.length - 1, Math.floor(share * reads.length))] ?? 0
  say(`writes took ${writes.map((ms) => `${Math.round(ms)} ms`).join(', ')}`)
  say(
    `${reads.length} reads meanwhile: p50 ${at(0.5).toFixed(1)} ms, p99 ${at(0.99).toFixed(1)} ms, most ${at(1).toFixed(1)} ms`,
  )
  const late = reads.filter((ms) => ms > READ_MS_MAX).length
  if (late > LATE_SHARE_MAX * reads.length) faults.push(`${late} reads took more than ${READ_MS_MAX} ms`)
  if (writes.some((ms) => ms < SYNC_MS - 100)) faults.push('a write was acknowledged before its sync ended')
  await node.kill()
  return faults
}
