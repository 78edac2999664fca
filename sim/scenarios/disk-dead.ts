/** A disk that never syncs again. */

import type { Scenario } from './scenario.ts'

export const diskDead: Scenario = {
  name: 'disk-dead',
  text: 'The disk of one node fails every sync from some moment on. The node tries to write its log anew; when that fails too, it only reads, until it gets a disk that works.',
  nodes: 3,
  seconds: 25,
  faults: [{ kind: 'failedSync', atMs: 5_000, forMs: 20_000, node: 'n2', syncs: 1_000_000 }],
}
