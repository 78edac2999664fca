/**
 * A run that broke I8: a node stamps in rising order, above all that it showed before, and near true time if its clock
 * is.
 * Found:
 *   n4 stamped k2 with 775736818450433, after 775736820240385
 */

import { expect, it } from 'vitest'
import { runPlan } from '../../../sim/index.ts'

it('I8: a node stamps in rising order, above all that it showed before, and near true time if its clock is', () => {
  const { violation } = runPlan({
    seed: 6,
    nodes: 4,
    clients: 1,
    fsync: 'always',
    lengthMs: 13_000,
    delayMs: { near: [0.2, 0.2], far: [20, 20], regions: [] },
    core: { nodes: [], links: [] },
    steps: [
      { kind: 'move', atMs: 1, client: 'c1', node: 'n3' },
      { kind: 'clockJump', atMs: 2, node: 'n3', offMs: 71_837, forMs: 500 },
      { kind: 'put', atMs: 502, client: 'c1', key: 'k0', value: 'v250' },
      { kind: 'move', atMs: 4158.5, client: 'c1', node: 'n4' },
      { kind: 'put', atMs: 12500.7, client: 'c1', key: 'k2', value: 'v303' },
    ],
  })
  expect(violation?.message).toBeUndefined()
})
