/** Every node is restarted in turn while clients work; clients move on, and nothing acknowledged is lost. */

import type { Scenario } from './scenario.ts'

export const rollingRestart: Scenario = {
  name: 'rolling-restart',
  text: 'Five nodes are restarted one after the other while clients work. Clients move to another node by themselves, and nothing acknowledged is lost.',
  nodes: 5,
  seconds: 40,
  faults: [
    {
      kind: 'rollingRestart',
      atMs: 5_000,
      forMs: 26_000,
      order: ['n1', 'n2', 'n3', 'n4', 'n5'],
      everyMs: 5_000,
      downMs: 1_000,
    },
  ],
}
