/**
 * Makes each step say less: batches of fewer changes, faults that are over sooner and concern fewer. What a fault's other
 * fields mean is not known here, so only lists of names are cut; numbers other than `forMs` stay.
 */

import { isOperation, type Operation, type Plan, type Step } from '../plan.ts'
import { ddminNonEmpty } from './ddmin.ts'
import { coarseNumbersBelow, smallest } from './round-numbers.ts'
import type { Trials } from './trials.ts'

/** Above so many steps it would take too many runs, and most of them will go anyway. */
const SIMPLER_STEPS_MAX = 100

export function simplerSteps(plan: Plan, trials: Trials): Plan {
  if (plan.steps.length > SIMPLER_STEPS_MAX) return plan
  let now = plan
  // `now` is as long as `plan` all the time.
  for (const at of plan.steps.keys()) {
    const put = (step: Step): Plan => ({ ...now, steps: now.steps.with(at, step) })
    const step = now.steps[at]
    if (step === undefined) break
    const fails = (candidate: Step): boolean => trials.fails(put(candidate))
    if (!isOperation(step)) now = put(simplerFault(step, fails, trials))
    else if (step.kind === 'batch') now = put(simplerBatch(step, fails, trials))
  }
  return now
}

type Batch = Extract<Operation, { kind: 'batch' }>

function simplerBatch(step: Batch, fails: (step: Step) => boolean, trials: Trials): Step {
  const changes = ddminNonEmpty(step.changes, (some) => fails({ ...step, changes: some }), trials)
  const smaller: Batch = changes.length === step.changes.length ? step : { ...step, changes }
  const [only, second] = changes
  if (only === undefined || second !== undefined) return smaller
  const { atMs, client } = step
  const { key, value } = only
  const single: Step =
    value === undefined ? { kind: 'delete', atMs, client, key } : { kind: 'put', atMs, client, ...only, value }
  return fails(single) ? single : smaller
}

function simplerFault(step: Exclude<Step, Operation>, fails: (step: Step) => boolean, trials: Trials): Step {
  const put = (fields: Readonly<Record<string, unknown>>, name: string, value: unknown): Step =>
    ({ ...fields, [name]: value }) as unknown as Step
  let now = step as unknown as Readonly<Record<string, unknown>>
  const forMs = smallest(coarseNumbersBelow(step.forMs), (ms) => fails(put(now, 'forMs', ms)))
  if (forMs !== undefined) now = { ...now, forMs }
  for (const [name, value] of Object.entries(now)) {
    if (!Array.isArray(value)) continue
    const smaller = fewerNames(value, (list) => fails(put(now, name, list)), trials)
    if (smaller !== value) now = { ...now, [name]: smaller }
  }
  return now as unknown as Step
}

/** Leaves names out, or the names of each part, or parts as long as there are more than two. No list becomes empty. */
function fewerNames(
  list: readonly unknown[],
  fails: (list: readonly unknown[]) => boolean,
  trials: Trials,
): readonly unknown[] {
  if (list.every((item) => typeof item === 'string')) return sameIfAsLong(list, ddminNonEmpty(list, fails, trials))
  if (!list.every(isNames)) return list
  let now: readonly (readonly string[])[] = list
  for (let at = now.length - 1; at >= 0 && now.length > 2; at--) {
    const without = now.toSpliced(at, 1)
    if (fails(without)) now = without
  }
  for (const at of now.keys()) {
    const part = now[at] ?? []
    const smaller = sameIfAsLong(
      part,
      ddminNonEmpty(part, (names) => fails(now.with(at, names)), trials),
    )
    if (smaller !== part) now = now.with(at, smaller)
  }
  return now
}

function isNames(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string')
}

function sameIfAsLong<T>(before: readonly T[], after: readonly T[]): readonly T[] {
  return before.length === after.length ? before : after
}
