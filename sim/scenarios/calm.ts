/** Nothing fails: what happens here happens every day. Links are never called silent, and nobody finds a gap. */

import type { Scenario } from './scenario.ts'

export const calm: Scenario = {
  name: 'calm',
  text: 'Nothing fails. Five nodes agree soon after each write, and when nobody writes they say little.',
  nodes: 5,
  seconds: 30,
  faults: [],
}
