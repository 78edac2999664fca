/**
 * All links of peers and clients are reset again and again, so that everybody calls everybody at the same moment. Nobody
 * ends up with two links or none, each call of a client has an end, and the storm dies down.
 */

import type { Scenario } from './scenario.ts'

const NODES = ['n1', 'n2', 'n3', 'n4', 'n5', 'n6', 'n7']
const PAIRS = NODES.flatMap((a, i) => NODES.slice(i + 1).map((b): readonly [string, string] => [a, b]))

export const reconnectStorm: Scenario = {
  name: 'reconnect-storm',
  text: 'For fifteen seconds all links between seven nodes are reset five times a second, and those of clients once a second. Everybody connects again at once; soon after the storm all agree.',
  nodes: 7,
  seconds: 30,
  faults: [
    { kind: 'reset', atMs: 5_000, forMs: 15_000, pairs: PAIRS, everyMs: 200 },
    { kind: 'clientReset', atMs: 5_000, forMs: 15_000, nodes: NODES, everyMs: 1_000 },
    // One side of each link to n1 forgets it, and the other side learns nothing.
    {
      kind: 'halfOpen',
      atMs: 21_000,
      forMs: 0,
      pairs: [
        ['n2', 'n1'],
        ['n3', 'n1'],
        ['n4', 'n1'],
      ],
    },
  ],
}
