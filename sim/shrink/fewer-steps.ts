/**
 * Leaves steps out: first whole sorts of them, since one run may then be worth hundreds of steps; at last one by one, so
 * that no step is left that could go alone. Nothing but `steps` changes here.
 */

import { isOperation, type Operation, type Plan, type Step } from '../plan.ts'
import { ddmin } from './ddmin.ts'
import type { Trials } from './trials.ts'

export function fewerSteps(plan: Plan, trials: Trials): Plan {
  let now = trials.smaller(plan, withSteps(plan, plan.steps.filter(isOperation)))
  now = fewerGroups(now, trials, (step) => step.kind)
  now = fewerGroups(now, trials, (step) => (isOperation(step) ? step.client : undefined))
  now = fewerKeys(now, trials)
  return withSteps(
    now,
    ddmin(now.steps, (steps) => trials.fails(withSteps(now, steps)), trials),
  )
}

function withSteps(plan: Plan, steps: readonly Step[]): Plan {
  return steps.length === plan.steps.length ? plan : { ...plan, steps }
}

/** All steps of a group stay or go. Those of no group stay. */
function fewerGroups(plan: Plan, trials: Trials, groupOf: (step: Step) => string | undefined): Plan {
  const only = (groups: readonly string[]): Plan => {
    const kept = new Set(groups)
    return withSteps(
      plan,
      plan.steps.filter((step) => {
        const group = groupOf(step)
        return group === undefined || kept.has(group)
      }),
    )
  }
  const groups = [...new Set(plan.steps.map(groupOf).filter((group) => group !== undefined))]
  return only(ddmin(groups, (some) => trials.fails(only(some)), trials))
}

/** What breaks is mostly about one key. A batch keeps the changes of the keys that stay. */
function fewerKeys(plan: Plan, trials: Trials): Plan {
  const keys = [...new Set(plan.steps.flatMap((step) => (isOperation(step) ? keysOf(step) : [])))]
  const only = (some: readonly string[]): Plan => {
    if (some.length === keys.length) return plan
    const kept = new Set(some)
    return {
      ...plan,
      steps: plan.steps.flatMap((step): readonly Step[] => (isOperation(step) ? onlyKeys(step, kept) : [step])),
    }
  }
  return only(ddmin(keys, (some) => trials.fails(only(some)), trials))
}

function keysOf(step: Operation): readonly string[] {
  if (step.kind === 'batch') return step.changes.map(({ key }) => key)
  return 'key' in step ? [step.key] : []
}

function onlyKeys(step: Operation, kept: ReadonlySet<string>): readonly Operation[] {
  if (step.kind === 'batch') {
    const changes = step.changes.filter(({ key }) => kept.has(key))
    return changes.length === 0 ? [] : [{ ...step, changes }]
  }
  return 'key' in step && !kept.has(step.key) ? [] : [step]
}
