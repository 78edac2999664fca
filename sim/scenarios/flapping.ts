/** A line that comes and goes faster than anybody is suspected: pulls are broken off again and again, and still end well. */

import type { Scenario } from './scenario.ts'

export const flapping: Scenario = {
  name: 'flapping',
  text: 'The line between two parts is cut for 300 ms and whole for 500 ms, again and again. What is broken off half-way is asked for again, and never shows half-way.',
  nodes: 5,
  seconds: 40,
  faults: [
    {
      kind: 'flapping',
      atMs: 3_000,
      forMs: 30_000,
      parts: [
        ['n1', 'n2', 'n3'],
        ['n4', 'n5'],
      ],
      cutMs: 300,
      wholeMs: 500,
    },
  ],
}
