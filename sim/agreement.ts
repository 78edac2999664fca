/** Whether nodes agree, and whether they know it of each other: asked from outside, of what they hold. */

import { hlcFromUnixMs } from '../src/core/clock.ts'
import { serving } from './checker.ts'
import type { SimNode } from './sim-node.ts'
import { SIM_EPOCH_MS } from './world.ts'

/** All serve that should, have seen the same writes and hold the same. */
export function agree(nodes: readonly SimNode[]): boolean {
  const views = [...serving(nodes)].map(
    ({ replica }) => `${replica.claims.written.hash()} ${replica.store.fingerprint()}`,
  )
  return views.length === nodes.filter(({ isKeptDown }) => !isKeptDown).length && new Set(views).size <= 1
}

/** Whether the stable time of every node has passed `sinceMs`. */
export function knowIt(nodes: readonly SimNode[], sinceMs: number): boolean {
  const since = hlcFromUnixMs(SIM_EPOCH_MS + sinceMs)
  return nodes.every(({ host }) => (host?.replica.stableTime() ?? -1) >= since)
}
