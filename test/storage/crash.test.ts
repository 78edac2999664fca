/** Many short lives of one log over a disk that loses what was not synced: what was reported durable is always there. */

import { describe, expect, it } from 'vitest'
import type { TailLoss } from '../../sim/disk.ts'
import { seededRng } from '../../src/core/rng.ts'
import type { FsyncMode } from '../../src/storage/fsync-mode.ts'
import { beginOpen, bench, write, writes } from './log-fixture.ts'

/** Several lives of one log, each ended by a crash at a drawn moment, also while it opens. */
function liveAndCrash(seed: number, fsync: FsyncMode, loseTail: TailLoss): { torn: number; lost: number } {
  const on = bench(seed)
  const rng = seededRng(seed + 1_000_000)
  on.disk.loseTail = loseTail
  const segmentBytesMax = rng() < 0.5 ? 700 : 20_000
  const seen = { torn: 0, lost: 0 }
  /** Records that must be there, and how many there may be. */
  let kept = 0
  let possible = 0
  for (let life = 0; life < 6; life++) {
    const opened = beginOpen(on, { fsync, fsyncIntervalMs: 5, segmentBytesMax })
    let stepsLeft = Math.floor(rng() * 60)
    while (opened.log === undefined && opened.error === undefined && stepsLeft-- > 0) on.time.step()
    if (opened.error !== undefined) throw opened.error
    if (opened.log !== undefined) {
      const start = opened.records.length
      expect(opened.records).toStrictEqual(writes(1, start))
      expect(start).toBeGreaterThanOrEqual(kept)
      expect(start).toBeLessThanOrEqual(possible)
      if ((opened.report?.tornBytes ?? 0) > 0) seen.torn += 1
      if (start < possible) seen.lost += 1
      let index = 0
      while (stepsLeft-- > 0) {
        for (let burst = Math.floor(rng() * 4); burst > 0; burst--) {
          index += 1
          opened.log.append(index, write(start + index))
        }
        if (rng() < 0.7) opened.log.flush()
        on.time.step()
      }
      expect(opened.failures).toHaveLength(0)
      // What was read back at the start is synced by now; what was reported since must survive where the mode says so.
      const survives = fsync !== 'never' || loseTail === 'none'
      kept = start + (survives ? (opened.durable.at(-1) ?? 0) : 0)
      possible = start + index
    }
    on.disk.crash()
    on.time.clear()
  }
  return seen
}

describe('crashes at any moment', () => {
  for (const fsync of ['always', 'interval', 'never'] as const) {
    for (const loseTail of ['none', 'unsynced'] as const) {
      it(`keep what was reported durable, and a true prefix (${fsync}, ${loseTail})`, () => {
        const total = { torn: 0, lost: 0 }
        for (let seed = 1; seed <= 150; seed++) {
          const seen = liveAndCrash(seed, fsync, loseTail)
          total.torn += seen.torn
          total.lost += seen.lost
        }
        // The test means nothing if crashes never hurt.
        expect(total.torn).toBeGreaterThan(0)
        expect(total.lost).toBeGreaterThan(0)
      })
    }
  }
})
