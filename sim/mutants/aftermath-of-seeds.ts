/**
 * `node aftermath-of-seeds.js SCENARIO FROM COUNT`: runs seeds without any checker, to the end whatever breaks, and prints
 * as JSON in how many of them something was wrong in the end. Run in copies of the compiled code.
 */

import type { Aftermath } from '../aftermath.ts'
import { runPlan } from '../run.ts'
import { scenarioPlan } from '../scenarios/index.ts'

/** Numbers of runs. */
export interface RunsWith extends Aftermath {
  readonly runs: number
  /** A node stopped, or an exception ended the run. */
  readonly failed: number
}

const [, , scenario = '', from = '1', count = '0'] = process.argv
const runs = { runs: 0, failed: 0, resurrections: 0, lostNewest: 0, divergence: 0, corner: 0 }
for (let seed = Number(from); seed < Number(from) + Number(count); seed++) {
  const { violation, counts } = runPlan(scenarioPlan(scenario, seed), { checkers: [] })
  runs.runs++
  if (violation !== undefined) runs.failed++
  for (const name of ['resurrections', 'lostNewest', 'divergence', 'corner'] as const)
    if ((counts[name] ?? 0) > 0) runs[name]++
}
process.stdout.write(`${JSON.stringify(runs)}\n`)
