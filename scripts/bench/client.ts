/**
 * Calls of a client in another process to a node in memory, one at a time and many, beside a bare server and client of
 * `ws` and `msgpackr` over a `Map`. The servers share this process, the clients the other; they take turns.
 */

import { bytes } from '../../src/index.ts'
import { BareServer } from './bare-calls.ts'
import { benchNode } from './bench-node.ts'
import { Child } from './child.ts'
import type { Called } from './client-caller.ts'
import { type Bench, duel, type Row } from './rounds.ts'

const CALLS = ['get', 'put'] as const

export const client: Bench = {
  name: 'client',
  about: 'calls of a WebSocket client to a node in memory, two processes; bare: ws + msgpackr over a Map',
  async run({ inFlight, rounds, roundMs, budgetMs }) {
    const node = await benchNode('client', bytes)
    const bare = await BareServer.listen()
    const child = new Child<Called>('client-caller')
    try {
      await child.ask({ node: node.url, bare: bare.url })
      const rows: Row[] = []
      for (const call of CALLS) {
        for (const callers of inFlight) {
          const measure = async (peer: 'node' | 'bare'): Promise<number> =>
            (await child.ask({ peer, call, callers, ms: roundMs })).perSecond
          const turns = await duel({
            rounds,
            budgetMs: budgetMs / inFlight.length / CALLS.length,
            warmUp: true,
            ours: () => measure('node'),
            bare: () => measure('bare'),
          })
          const what = `${call}, ${callers} in flight`
          rows.push({ what, unit: 'calls/s', better: 'more', ...turns, goal: { ratioAtLeast: 0.8 } })
        }
      }
      return rows
    } finally {
      await child.stop()
      await bare.close()
      await node.close()
    }
  },
}
