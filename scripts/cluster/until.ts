/**
 * Waiting for something that only asking can tell: looks again and again, never longer than it was told.
 */

import { setTimeout as sleep } from 'node:timers/promises'

const LOOK_EVERY_MS = 50

/** Milliseconds until `holds` did, or `undefined` when it still did not after `limitMs`. */
export async function until(limitMs: number, holds: () => boolean | Promise<boolean>): Promise<number | undefined> {
  const begin = performance.now()
  while (true) {
    const isSo = await holds()
    const tookMs = performance.now() - begin
    if (isSo) return tookMs
    if (tookMs >= limitMs) return undefined
    await sleep(LOOK_EVERY_MS)
  }
}
