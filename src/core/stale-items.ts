/** Drops what has gone stale in a queue, but only when that is worth it: it takes time that follows the queue. */

import type { DueQueue } from './due-queue.ts'

/** Stale items of a queue are dropped when there are more than these and than half. */
const STALE_MIN = 1_024

/** `kept`: about how many are still due. Returns how many are. */
export function sweep<T>(queue: DueQueue<T>, kept: number, isStillDue: (item: T) => boolean): number {
  if (queue.size <= STALE_MIN || queue.size <= 2 * kept) return kept
  queue.keepOnly(isStillDue)
  return queue.size
}
