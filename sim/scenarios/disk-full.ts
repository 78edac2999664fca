/** A disk has no room for some seconds: the node goes on with what needs none. */

import type { Scenario } from './scenario.ts'

export const diskFull: Scenario = {
  name: 'disk-full',
  text: 'The disk of one node is full for ten seconds. The node refuses writes meanwhile, serves reads, and takes writes again when there is room.',
  nodes: 3,
  seconds: 25,
  faults: [{ kind: 'fullDisk', atMs: 5_000, forMs: 10_000, node: 'n2', leftBytes: 0 }],
}
