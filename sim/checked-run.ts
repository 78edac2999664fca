/**
 * `runPlan` for programs: the plan comes from outside, perhaps from a test that somebody has changed by hand, so it is
 * checked first. What is wrong with a plan must not look like a fault of the shipped code.
 */

import type { Plan } from './plan.ts'
import { checkPlan } from './plan-text.ts'
import { type RunResult, runPlan as runCheckedPlan } from './run.ts'
import type { RunWatch } from './simulation.ts'

/** Runs the plan, once. Throws `ERR_INVALID_ARGUMENT` with the place of what is wrong in it. */
export function runPlan(plan: Plan, watch?: RunWatch): RunResult {
  return runCheckedPlan(checkPlan(plan), watch)
}
