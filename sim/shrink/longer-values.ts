/**
 * Makes values longer, once and before all else: what breaks because much was written breaks with few long values as well,
 * and then most writes can go. In the end those become short again that need not be long. The only way that makes a plan
 * larger; if it does not fail any more, nothing has changed.
 */

import type { Plan, PlannedChange, Step } from '../plan.ts'
import type { Trials } from './trials.ts'

/** Characters: more than a piece holds in a run, and than a push; some writes fill a queue. */
const LENGTHS = [600, 150]
const FILL = '.'
const FILLING = /\.+$/

export function longerValues(plan: Plan, trials: Trials): Plan {
  for (const length of LENGTHS) {
    const longer = { ...plan, steps: plan.steps.map((step) => withValues(step, (value) => value.padEnd(length, FILL))) }
    if (trials.fails(longer)) return longer
  }
  return plan
}

/** What `longerValues` did, taken back where it is not needed. */
export function shorterValues(plan: Plan, trials: Trials): Plan {
  const short = (step: Step): Step => withValues(step, (value) => value.replace(FILLING, ''))
  const all = { ...plan, steps: plan.steps.map(short) }
  if (trials.fails(all)) return all
  let now = plan
  for (const [at, step] of plan.steps.entries())
    now = trials.smaller(now, { ...now, steps: now.steps.with(at, short(step)) })
  return now
}

function withValues(step: Step, change: (value: string) => string): Step {
  if (step.kind === 'put') return { ...step, value: change(step.value) }
  if (step.kind !== 'batch') return step
  const changes = step.changes.map((one): PlannedChange => {
    return one.value === undefined ? one : { ...one, value: change(one.value) }
  })
  return { ...step, changes }
}
