/**
 * Wall clocks jump further than peers believe. What is stamped with such a time waits unseen at the others; no other
 * clock is moved by it, and a clock that is set back does not make its node stamp twice alike.
 */

import type { Scenario } from './scenario.ts'

export const clockJump: Scenario = {
  name: 'clock-jump',
  text: 'One clock jumps ahead by 80 seconds, one by ten years, one back by an hour, each for a while. Nobody else follows; all hold the same afterwards, and writes from the future wait unseen until their time has come.',
  nodes: 5,
  seconds: 40,
  faults: [
    { kind: 'clockJump', atMs: 5_000, forMs: 4_000, node: 'n2', offMs: 80_000 },
    { kind: 'clockJump', atMs: 15_000, forMs: 1_000, node: 'n3', offMs: 10 * 365 * 86_400_000 },
    { kind: 'clockJump', atMs: 20_000, forMs: 8_000, node: 'n4', offMs: -3_600_000 },
    // Within what peers bear: its writes win against later ones of the others while it lasts.
    { kind: 'skew', atMs: 25_000, forMs: 10_000, node: 'n5', offMs: 15_000 },
  ],
}
