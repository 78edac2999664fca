/**
 * A process stands still, first for a moment and then for longer than it takes to count as dead. It must not take its own
 * absence for that of all others, and what came meanwhile it takes in at once.
 */

import type { Scenario } from './scenario.ts'

export const pause: Scenario = {
  name: 'pause',
  text: 'The process of one node stands still for two seconds, then for fifteen, and goes on as if nothing had been. It finds the others alive, catches up, and nothing that it had acknowledged is lost.',
  nodes: 5,
  seconds: 40,
  faults: [
    { kind: 'pause', atMs: 5_000, forMs: 2_000, node: 'n2' },
    { kind: 'pause', atMs: 12_000, forMs: 15_000, node: 'n2' },
  ],
}
