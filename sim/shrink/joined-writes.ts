/**
 * Makes one call of several: writes of one client that follow each other become a batch at the time of the first. What
 * needs many writes at once to break is told in fewer steps then; which of the changes matter is found elsewhere.
 */

import type { Operation, Plan, PlannedChange, Step } from '../plan.ts'
import type { Trials } from './trials.ts'

/** Above so many steps most will go anyway. */
const STEPS_MAX = 100

type Write = Extract<Operation, { kind: 'put' | 'delete' | 'batch' }>

/** All that follow each other at once if that fails, else pairs from the front. */
export function joinedWrites(plan: Plan, trials: Trials): Plan {
  if (plan.steps.length > STEPS_MAX) return plan
  let now = plan
  for (let at = 0; at < now.steps.length; at++) {
    const first = now.steps[at]
    if (first === undefined || !isWrite(first)) continue
    const followers = followersOf(now, at, first)
    const all = followers.length > 1 ? joined(now, at, first, followers) : undefined
    if (all !== undefined && trials.fails(all)) {
      now = all
      continue
    }
    const [next] = followers
    if (next === undefined) continue
    const pair = joined(now, at, first, [next])
    if (trials.fails(pair)) {
      now = pair
      // The batch may take in the next one as well.
      at--
    }
  }
  return now
}

/** Writes of the same client behind this one, as long as nothing else of that client stands between. */
function followersOf(plan: Plan, at: number, first: Write): readonly Write[] {
  const followers: Write[] = []
  for (const step of plan.steps.slice(at + 1)) {
    if (!('client' in step) || step.client !== first.client) continue
    if (!isWrite(step)) break
    followers.push(step)
  }
  return followers
}

function joined(plan: Plan, at: number, first: Write, followers: readonly Write[]): Plan {
  const gone = new Set<Step>(followers)
  const { atMs, client } = first
  const batch: Step = { kind: 'batch', atMs, client, changes: [first, ...followers].flatMap(changesOf) }
  return { ...plan, steps: plan.steps.with(at, batch).filter((step) => !gone.has(step)) }
}

function changesOf(write: Write): readonly PlannedChange[] {
  if (write.kind === 'batch') return write.changes
  if (write.kind === 'delete') return [{ key: write.key }]
  const { key, value, ttlMs } = write
  return [ttlMs === undefined ? { key, value } : { key, value, ttlMs }]
}

function isWrite(step: Step): step is Write {
  return step.kind === 'put' || step.kind === 'delete' || step.kind === 'batch'
}
