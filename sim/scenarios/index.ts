/** All scenarios, in the order of `sim list`. */

import type { Plan } from '../plan.ts'
import { away } from './away.ts'
import { bridgeNode } from './bridge-node.ts'
import { calm } from './calm.ts'
import { clockJump } from './clock-jump.ts'
import { damagedPair } from './damaged-pair.ts'
import { diskDead } from './disk-dead.ts'
import { diskFull } from './disk-full.ts'
import { diskLies } from './disk-lies.ts'
import { flapping } from './flapping.ts'
import { lostTail } from './lost-tail.ts'
import { oneWay } from './one-way.ts'
import { pause } from './pause.ts'
import { reconnectStorm } from './reconnect-storm.ts'
import { regionCut } from './region-cut.ts'
import { rollingRestart } from './rolling-restart.ts'
import { planOf, type Scenario, type StoryFamily } from './scenario.ts'
import { slowNode } from './slow-node.ts'
import { splitBrain } from './split-brain.ts'

export const SCENARIOS: readonly Scenario[] = [
  calm,
  splitBrain,
  bridgeNode,
  oneWay,
  flapping,
  regionCut,
  reconnectStorm,
  rollingRestart,
  lostTail,
  pause,
  slowNode,
  clockJump,
  diskFull,
  diskDead,
  diskLies,
]

/** Those that are another story for each seed. */
export const STORY_FAMILIES: readonly StoryFamily[] = [away, damagedPair]

export function scenarioOf(name: string): Scenario | StoryFamily | undefined {
  return [...SCENARIOS, ...STORY_FAMILIES].find((scenario) => scenario.name === name)
}

/** The names are checked before a run. */
export function scenarioPlan(name: string, seed: number): Plan {
  const scenario = scenarioOf(name)
  if (scenario === undefined) throw new Error(`there is no scenario ${name}`)
  return 'draw' in scenario ? scenario.draw(seed) : planOf(scenario, seed)
}
