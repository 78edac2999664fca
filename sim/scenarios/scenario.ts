/**
 * A scenario is a story with a name: a cluster, clients that work all the time, and faults at stated moments. The seed
 * still decides what clients ask and how long frames take. Copy one, change it, and run it.
 */

import type { FsyncMode } from '../../src/storage/fsync-mode.ts'
import type { Fault } from '../faults/index.ts'
import { CALM_DELAYS } from '../network.ts'
import type { Core, DelayShape, Plan } from '../plan.ts'
import { clientNames, nodeNames, SWARM_DEFAULTS } from '../swarm.ts'
import { drawWorkload } from '../workload.ts'
import { World } from '../world.ts'

export interface Scenario {
  /** As in `sim run --scenario split-brain`. */
  readonly name: string
  /** What happens, and what must hold, in a sentence or two. */
  readonly text: string
  /** Why it is expected to fail: it asks for what no node can do. */
  readonly off?: string
  readonly nodes: number
  /** Simulated seconds with clients; faults that still stand then end. */
  readonly seconds: number
  readonly faults: readonly Fault[]
  /** Client operations a simulated second. */
  readonly opsPerSecond?: number
  readonly fsync?: FsyncMode
  readonly delayMs?: DelayShape
  readonly core?: Core
}

/** Scenarios of one kind: each seed draws another, with its own faults and clients. */
export interface StoryFamily extends Pick<Scenario, 'name' | 'text' | 'off'> {
  draw(seed: number): Plan
}

export function planOf(scenario: Scenario, seed: number): Plan {
  const { nodes, seconds, faults, opsPerSecond = SWARM_DEFAULTS.opsPerSecond, fsync = 'always' } = scenario
  const { delayMs = CALM_DELAYS, core = { nodes: [], links: [] } } = scenario
  const world = new World(seed)
  const lengthMs = seconds * 1_000
  const shape = { clients: clientNames(nodes), nodes: nodeNames(nodes), untilMs: lengthMs, opsPerSecond }
  const operations = drawWorkload((concern) => world.rng(concern), shape)
  const steps = [...operations, ...faults].sort((a, b) => a.atMs - b.atMs)
  return { seed, nodes, clients: nodes, fsync, lengthMs, delayMs, core, steps }
}
