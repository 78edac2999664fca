/** A disk that says it has synced and has not, and then loses power while its node alone has the writes. */

import type { Scenario } from './scenario.ts'

export const diskLies: Scenario = {
  name: 'disk-lies',
  text: 'While one node is cut off its disk only pretends to sync; then the machine loses power. What clients were told is done is gone.',
  off: 'a node believes its disk; nothing but a second copy before the answer would help',
  nodes: 3,
  seconds: 25,
  faults: [
    { kind: 'partition', atMs: 5_000, forMs: 10_000, parts: [['n2'], ['n1', 'n3']] },
    { kind: 'lyingSync', atMs: 9_000, forMs: 5_000, node: 'n2' },
    { kind: 'powerLoss', atMs: 10_000, forMs: 3_000, node: 'n2' },
  ],
}
