/** Lines that carry in one direction only: first a node is deaf, then one is dumb, and each seems alive to somebody. */

import type { Scenario } from './scenario.ts'

export const oneWay: Scenario = {
  name: 'one-way',
  text: 'For ten seconds n1 hears nobody but is heard; then n4 hears everybody but is not heard. No exchange commits what it has seen half of, and all agree when the lines carry both ways.',
  nodes: 5,
  seconds: 40,
  faults: [
    { kind: 'oneWay', atMs: 5_000, forMs: 10_000, from: ['n2', 'n3', 'n4', 'n5'], to: ['n1'] },
    { kind: 'oneWay', atMs: 18_000, forMs: 10_000, from: ['n4'], to: ['n1', 'n2', 'n3', 'n5'] },
  ],
}
