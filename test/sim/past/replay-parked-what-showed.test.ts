/**
 * A run that broke I6: once a read shows a key as deleted, nothing older than the delete shows again there.
 * Found:
 *   n5 showed k23 as deleted at 775736779907073 of n4/1/7mz4fu7o5c/7j5152n5uo, and then tombstone 775736525619200 of
 *   n4/1/7mz4fu7o5c/7j5152n5uo
 */

import { expect, it } from 'vitest'
import { runPlan } from '../../../sim/index.ts'

it('I6: once a read shows a key as deleted, nothing older than the delete shows again there', () => {
  const { violation } = runPlan({
    seed: 30082,
    nodes: 5,
    clients: 3,
    fsync: 'never',
    lengthMs: 17960.4,
    delayMs: { near: [0.2, 0.2], far: [20, 20], regions: [] },
    core: { nodes: [], links: [] },
    steps: [
      { kind: 'delete', atMs: 200, client: 'c2', key: 'k23' },
      { kind: 'move', atMs: 250, client: 'c3', node: 'n5' },
      { kind: 'clockJump', atMs: 1250, node: 'n3', offMs: 79_562, forMs: 50 },
      { kind: 'delete', atMs: 2670.3, client: 'c2', key: 'k23' },
      { kind: 'partition', atMs: 3465, parts: [['n1'], ['n2', 'n3']], forMs: 18_927 },
      {
        kind: 'crash',
        atMs: 5369,
        node: 'n5',
        isSilent: true,
        forMs: 5000,
        atWrite: 1,
        afterMs: 5,
        again: { downMs: 1735, upMs: 328 },
      },
      { kind: 'get', atMs: 5370, client: 'c3', key: 'k23' },
      {
        kind: 'rollingRestart',
        atMs: 11332.8,
        order: ['n3', 'n4', 'n2', 'n5'],
        everyMs: 1672,
        downMs: 1365,
        forMs: 9725,
      },
      { kind: 'delete', atMs: 14846.3, client: 'c2', key: 'k23' },
      { kind: 'skew', atMs: 16846.3, node: 'n5', offMs: -16_349, forMs: 1000 },
      { kind: 'clientReset', atMs: 17846.3, nodes: ['n2'], everyMs: 3070, forMs: 1 },
      { kind: 'get', atMs: 17946.3, client: 'c3', key: 'k23' },
    ],
  })
  expect(violation?.message).toBeUndefined()
})
