/**
 * Two parts hear each other only by way of one node. Nobody forwards pushes, so all that crosses goes by digests and
 * pulls through the bridge. At the end it stays that way for a while, and all five must agree so.
 */

import type { Scenario } from './scenario.ts'

export const bridgeNode: Scenario = {
  name: 'bridge-node',
  text: 'Two parts reach each other only through n3. What is written in one arrives in the other by way of n3: all agree without any other line.',
  nodes: 5,
  seconds: 40,
  faults: [
    {
      kind: 'partition',
      atMs: 5_000,
      forMs: 35_000,
      parts: [
        ['n1', 'n2'],
        ['n3', 'n4', 'n5'],
      ],
      bridge: 'n3',
    },
  ],
  core: {
    nodes: ['n1', 'n2', 'n3', 'n4', 'n5'],
    links: [
      ['n1', 'n2'],
      ['n1', 'n3'],
      ['n2', 'n3'],
      ['n3', 'n4'],
      ['n3', 'n5'],
      ['n4', 'n5'],
    ],
  },
}
