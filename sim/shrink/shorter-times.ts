/**
 * Makes a run shorter: cuts its end, and pulls steps together. Cutting the end is the cheapest way to lose most steps, so
 * it comes first of all; steps at or after the new end go. Steps keep their order, and two at different times stay at
 * different times, since the order within one instant is up to the seed.
 */

import type { Plan } from '../plan.ts'
import { coarseNumbersBelow, fineNumbersBelow, smallest } from './round-numbers.ts'
import type { Trials } from './trials.ts'

/** Above so many steps they are pulled together all at once only: one by one takes a few runs each. */
const GAPS_MAX = 60

export function earlierEnd(plan: Plan, trials: Trials): Plan {
  const cut = (lengthMs: number): Plan => ({
    ...plan,
    lengthMs,
    steps: plan.steps.filter(({ atMs }) => atMs < lengthMs),
  })
  const lengthMs = smallest(fineNumbersBelow(plan.lengthMs), (ms) => trials.fails(cut(ms)))
  return lengthMs === undefined ? plan : cut(lengthMs)
}

export function closerSteps(plan: Plan, trials: Trials): Plan {
  let now = plan
  for (;;) {
    const closer = halfGaps(now)
    if (closer.lengthMs === now.lengthMs || !trials.fails(closer)) break
    now = closer
  }
  if (now.steps.length > GAPS_MAX) return now
  for (let at = 0; at < now.steps.length; at++) {
    const gapMs = gapBefore(now, at)
    const shorter = smallest(coarseNumbersBelow(gapMs), (ms) => trials.fails(pulled(now, at, gapMs - ms)))
    if (shorter !== undefined) now = pulled(now, at, gapMs - shorter)
  }
  return now
}

function gapBefore(plan: Plan, at: number): number {
  return (plan.steps[at]?.atMs ?? 0) - (plan.steps[at - 1]?.atMs ?? 0)
}

/** Step `at`, all after it, and the end, earlier by `byMs`. */
function pulled(plan: Plan, at: number, byMs: number): Plan {
  const steps = plan.steps.map((step, i) => (i < at ? step : { ...step, atMs: thousandths(step.atMs - byMs) }))
  return { ...plan, steps, lengthMs: thousandths(plan.lengthMs - byMs) }
}

function halfGaps(plan: Plan): Plan {
  let atMs = 0
  const steps = plan.steps.map((step, at) => {
    const gapMs = gapBefore(plan, at)
    atMs = thousandths(atMs + (gapMs <= 1 ? gapMs : Math.max(1, Math.floor(gapMs / 2))))
    return { ...step, atMs }
  })
  const lastMs = plan.steps.at(-1)?.atMs ?? 0
  return { ...plan, steps, lengthMs: thousandths(plan.lengthMs - (lastMs - atMs)) }
}

/** Times may have fractions, and sums of them should stay readable. */
function thousandths(ms: number): number {
  return Math.round(ms * 1000) / 1000
}
