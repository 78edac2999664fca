/**
 * A run that broke L2: the list that answers a pull and the vectors sent with it are of the same instant.
 * Found:
 *   n5 froze at V n1/1/7mz4fusav4/2p8i8mawu2=775736526237696 n2/1/7mz4fucbnk/du9hn44q6x=775736560709632
 *   n3/1/7mz4fuv400/qfgx8vpg2i=775736558317568 n4/1/7mz4fuitj4/r36j8lbjwx=775736525787136
 *   n5/1/7mz4fug6ps/un34w2qrsr=775736558440448 W n5/1/7mz4fug6ps/un34w2qrsr=775736531611648 and answered with V
 *   n1/1/7mz4fusav4/2p8i8mawu2=775736574570496 n2/1/7mz4fucbnk/du9hn44q6x=775736577912832
 *   n3/1/7mz4fuv400/qfgx8vpg2i=775736576339968 n4/1/7mz4fuitj4/r36j8lbjwx=775736578215936
 *   n5/1/7mz4fug6ps/un34w2qrsr=775736575643648 W n5/1/7mz4fug6ps/un34w2qrsr=775736531611648
 */

import { expect, it } from 'vitest'
import { runPlan } from '../../../sim/index.ts'

it('L2: the list that answers a pull and the vectors sent with it are of the same instant', () => {
  const { violation } = runPlan({
    seed: 12,
    nodes: 5,
    clients: 2,
    fsync: 'never',
    lengthMs: 13898.7,
    delayMs: { near: [0.2, 0.2], far: [20, 20], regions: [] },
    core: { nodes: [], links: [] },
    steps: [
      { kind: 'clog', atMs: 489, clogs: ['n4', 'n1', 'n3'], unclogs: ['n2'], everyMs: 576, forMs: 7707 },
      { kind: 'put', atMs: 589, client: 'c2', key: 'k37', value: 'v811' },
      { kind: 'put', atMs: 1663.3, client: 'c2', key: 'k14', value: 'v813' },
      { kind: 'replay', atMs: 8127.7, from: [], to: [], share: 0.181, forMs: 5000 },
    ],
  })
  expect(violation?.message).toBeUndefined()
})
