/** Two sides work on without each other for twenty seconds, on the same keys, and agree soon after they are joined again. */

import type { Scenario } from './scenario.ts'

export const splitBrain: Scenario = {
  name: 'split-brain',
  text: 'The network falls into two parts for twenty seconds. Both go on with reads and writes of the same keys. After the heal all agree on the later write of each key, and nothing acknowledged is lost.',
  nodes: 5,
  seconds: 40,
  faults: [
    {
      kind: 'partition',
      atMs: 5_000,
      forMs: 20_000,
      parts: [
        ['n1', 'n2'],
        ['n3', 'n4', 'n5'],
      ],
    },
  ],
}
