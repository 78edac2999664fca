/**
 * Takes the shape out of network and machines: no regions, delays that do not vary, clocks that are right, and everything
 * made whole at once.
 */

import type { Plan } from '../plan.ts'
import type { Trials } from './trials.ts'

export function calmerNetwork(plan: Plan, trials: Trials): Plan {
  let now = trials.smaller(plan, alike(plan, steady(plan)))
  if (now.core.nodes.length > 0) now = trials.smaller(now, { ...now, core: { nodes: [], links: [] } })
  const { clocksMs, ...right } = now
  if (clocksMs !== undefined) now = trials.smaller(now, right)
  now = trials.smaller(now, alike(now, now.delayMs))
  return trials.smaller(now, { ...now, delayMs: steady(now) })
}

function steady({ delayMs }: Plan): Plan['delayMs'] {
  const [near] = delayMs.near
  const [far] = delayMs.far
  return { ...delayMs, near: [near, near], far: [far, far] }
}

/** All in one region. */
function alike(plan: Plan, delayMs: Plan['delayMs']): Plan {
  return { ...plan, delayMs: { near: delayMs.near, far: delayMs.far, regions: [] } }
}
