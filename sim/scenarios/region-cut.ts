/**
 * Three regions, far from each other, and one of them is cut off for a minute: far longer than it takes until its nodes
 * count as dead elsewhere. It works on alone, and catches up in both directions when it is back.
 */

import type { Scenario } from './scenario.ts'

const EUROPE = ['n1', 'n2', 'c1', 'c2']
const AMERICA = ['n3', 'n4', 'c3', 'c4']
const ASIA = ['n5', 'n6', 'c5', 'c6']

export const regionCut: Scenario = {
  name: 'region-cut',
  text: 'Six nodes stand in three regions, 40, 70 and 90 ms apart. One region is cut off for a minute, and its clients go on with it. When it is back, it and the others take over what they missed.',
  nodes: 6,
  seconds: 80,
  delayMs: {
    near: [0.5, 2],
    far: [40, 90],
    regions: [EUROPE, AMERICA, ASIA],
    // From Europe, from America, from Asia; one way.
    matrixMs: [
      [0, 40, 90],
      [40, 0, 70],
      [90, 70, 0],
    ],
  },
  faults: [
    {
      kind: 'partition',
      atMs: 10_000,
      forMs: 60_000,
      parts: [
        ['n1', 'n2', 'n3', 'n4'],
        ['n5', 'n6'],
      ],
    },
  ],
}
