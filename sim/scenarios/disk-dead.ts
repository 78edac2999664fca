/** A disk that never syncs again. */

import type { Scenario } from './scenario.ts'

export const diskDead: Scenario = {
  name: 'disk-dead',
  text: 'The disk of one node fails every sync from some moment on. The node tries to write its log anew, and stops.',
  off: 'a node whose disk fails for good stops; it does not go on with reads alone',
  nodes: 3,
  seconds: 25,
  faults: [{ kind: 'failedSync', atMs: 5_000, forMs: 20_000, node: 'n2', syncs: 1_000_000 }],
}
