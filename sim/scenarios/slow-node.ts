/**
 * One node is slow in all it does: little leaves it, and its disk takes long. It holds nobody else up, what waits for it
 * stays within limits, and it agrees with the others when it is well again.
 */

import type { Scenario } from './scenario.ts'

export const slowNode: Scenario = {
  name: 'slow-node',
  text: 'Only 1,000 bytes a second leave one node on each link, and each sync of its disk takes half a second longer. The others go on as before, and what waits for it stays within limits.',
  nodes: 5,
  seconds: 45,
  faults: [
    { kind: 'bandwidth', atMs: 5_000, forMs: 30_000, nodes: ['n3'], bytesPerSecond: 1_000 },
    { kind: 'slowSync', atMs: 5_000, forMs: 30_000, node: 'n3', byMs: 500 },
  ],
}
