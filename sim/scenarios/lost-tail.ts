/**
 * Machines lose power just when they write, and their disks lose, tear or garble what was not synced. Whatever a client
 * was told is there when they are back; a torn end of a log is cut, and nobody takes it for a record.
 */

import type { Fault } from '../faults/index.ts'
import type { Scenario } from './scenario.ts'

/** Strikes so soon after one of the next writes begins; a sync is done within about 6 ms. */
function powerLoss(node: string, atMs: number, atWrite: number, afterMs: number): Fault {
  return { kind: 'powerLoss', node, atMs, forMs: 4_000, atWrite, afterMs }
}

export const lostTail: Scenario = {
  name: 'lost-tail',
  text: 'Machines lose power within milliseconds of a write. Their disks may lose, tear or garble what was not synced, but nothing of which a client was told that it is done.',
  nodes: 3,
  seconds: 45,
  // Many writes a second: one waits while another is being synced.
  opsPerSecond: 100,
  faults: [
    powerLoss('n1', 3_000, 1, 0),
    powerLoss('n2', 8_000, 3, 1),
    powerLoss('n3', 13_000, 2, 2),
    powerLoss('n1', 18_000, 5, 3),
    powerLoss('n2', 23_000, 1, 4),
    powerLoss('n3', 28_000, 4, 5),
    // All of them, as in a building: what one had told nobody must come back from its own disk.
    powerLoss('n1', 34_000, 2, 1),
    powerLoss('n2', 34_000, 2, 2),
    powerLoss('n3', 34_000, 2, 3),
  ],
}
