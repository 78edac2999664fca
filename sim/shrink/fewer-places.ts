/** Fewer nodes and clients, from the last to the first. Of the nodes one is always left, and one client. */

import type { Plan } from '../plan.ts'
import { isNamed, mergedClients, type Named, withoutClient, withoutNode } from './places.ts'
import type { Trials } from './trials.ts'

const WAYS: readonly Named[] = ['stays without', 'goes']

export function fewerNodes(plan: Plan, trials: Trials): Plan {
  let now = plan
  for (let gone = plan.nodes; gone > 0 && now.nodes > 1; gone--) now = firstToFail(now, candidates(now, gone), trials)
  return now
}

export function fewerClients(plan: Plan, trials: Trials): Plan {
  let now = plan
  for (let gone = plan.clients; gone > 1; gone--) {
    // What a client asks is for others to leave out; here another client may ask it.
    const smaller = isNamed(now, `c${gone}`) ? merged(now, gone) : [withoutClient(now, gone, 'goes')]
    now = firstToFail(now, smaller, trials)
  }
  if (now.clients > 1 && !isNamed(now, 'c1')) now = trials.smaller(now, withoutClient(now, 1, 'goes'))
  return now
}

/** With each client below that asks something, from the first. */
function merged(plan: Plan, gone: number): readonly Plan[] {
  const below = Array.from({ length: gone - 1 }, (_, i) => i + 1)
  return below.filter((by) => isNamed(plan, `c${by}`)).map((by) => mergedClients(plan, gone, by))
}

function candidates(plan: Plan, gone: number): readonly Plan[] {
  // Clients start at the node of their number, so when both go, the others stay where they were.
  const idle = gone <= plan.clients && plan.clients > 1 && !isNamed(plan, `c${gone}`)
  return (idle ? [true, false] : [false]).flatMap((client) => WAYS.map((way) => withoutNode(plan, gone, way, client)))
}

function firstToFail(now: Plan, smaller: readonly Plan[], trials: Trials): Plan {
  return smaller.find((candidate) => trials.fails(candidate)) ?? now
}
