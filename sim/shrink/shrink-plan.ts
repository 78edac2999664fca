/**
 * Makes a failing run smaller: fewer steps, nodes and clients, less time, simpler faults, as long as the same invariant
 * still breaks. What can be lost in bulk goes first; then all ways are tried again and again until none of them gains
 * anything. Every plan on the way was run and failed. The seed stays; the same arguments give the same result.
 */

import { HearsayError } from '../../src/core/errors.ts'
import type { Plan } from '../plan.ts'
import { calmerNetwork } from './calmer-network.ts'
import { fewerClients, fewerNodes } from './fewer-places.ts'
import { fewerSteps } from './fewer-steps.ts'
import { joinedWrites } from './joined-writes.ts'
import { longerValues, shorterValues } from './longer-values.ts'
import { closerSteps, earlierEnd } from './shorter-times.ts'
import { simplerSteps } from './simpler-steps.ts'
import { Trials } from './trials.ts'

/** Runs that a plan may cost, unless the caller says otherwise. */
const SHRINK_RUNS_MAX = 1_000

export interface ShrinkOptions {
  /** At least 1; `SHRINK_RUNS_MAX` by default. Then the smallest so far is the result. */
  readonly runsMax?: number
  /** Told each time that a way has gained something: `12 steps, 3 nodes, 4.2 s; 210 runs`. */
  progress?(text: string): void
}

export interface ShrinkResult {
  readonly plan: Plan
  readonly runs: number
  readonly stepsBefore: number
  readonly stepsAfter: number
  /** Whether nothing more could be gained; false when the runs were used up first. */
  readonly isMinimal: boolean
}

type Way = (plan: Plan, trials: Trials) => Plan

const WAYS: readonly Way[] = [
  earlierEnd,
  fewerSteps,
  joinedWrites,
  fewerNodes,
  fewerClients,
  simplerSteps,
  calmerNetwork,
  closerSteps,
]

/**
 * @param plan one that fails; one that does not comes back as it is after one run
 * @param failsSame runs a plan and says whether the same invariant breaks; false for a plan that cannot be run at all
 * @throws HearsayError `ERR_INVALID_ARGUMENT` for `runsMax`
 */
export function shrinkPlan(plan: Plan, failsSame: (plan: Plan) => boolean, options: ShrinkOptions = {}): ShrinkResult {
  const { runsMax = SHRINK_RUNS_MAX } = options
  if (!Number.isSafeInteger(runsMax) || runsMax < 1)
    throw new HearsayError('ERR_INVALID_ARGUMENT', `runsMax is a whole number from 1, not ${runsMax}`)
  const trials = new Trials(failsSame, runsMax)
  const smallest = trials.fails(plan) ? shrunk(plan, trials, options.progress) : plan
  return {
    plan: smallest,
    runs: trials.runs,
    stepsBefore: plan.steps.length,
    stepsAfter: smallest.steps.length,
    isMinimal: trials.left > 0,
  }
}

function shrunk(plan: Plan, trials: Trials, progress?: (text: string) => void): Plan {
  let now = longerValues(plan, trials)
  let sizeBefore = ''
  // Ends: each way lowers something or leaves the plan as it is, and none raises anything.
  while (trials.left > 0 && sizeBefore !== JSON.stringify(now)) {
    sizeBefore = JSON.stringify(now)
    for (const way of WAYS) {
      const before = JSON.stringify(now)
      now = way(now, trials)
      if (JSON.stringify(now) !== before) progress?.(`${sizeOf(now)}; ${trials.runs} runs`)
    }
  }
  return shorterValues(now, trials)
}

function sizeOf({ steps, nodes, lengthMs }: Plan): string {
  return `${steps.length} steps, ${nodes} nodes, ${(lengthMs / 1000).toFixed(1)} s`
}
