/**
 * An operator tells a node to pull from another and to compare everything with it. It breaks nothing, and over links that
 * break it comes to nothing; either way the operator is told. Strikes at an instant and has no end.
 */

import { order } from '../orders.ts'
import { shuffled } from './draw.ts'
import type { FaultFamily, FaultStep } from './fault.ts'
import { A_NODE } from './fields.ts'

export interface SyncFault extends FaultStep {
  readonly kind: 'sync'
  /** Who is told. */
  readonly node: string
  readonly peer: string
}

export const sync: FaultFamily<SyncFault> = {
  kind: 'sync',
  text: 'a node is told to compare itself with another and to repair what it finds',
  isOrder: true,
  strikesMax: 3,
  fields: { node: A_NODE, peer: A_NODE },
  draw(rng, { names }) {
    const [node = '', peer = node] = shuffled(rng, names)
    return { node, peer, forMs: 0 }
  },
  words: ({ node, peer }) => `${node} is told to compare itself with ${peer}`,
  where: ({ node, peer }) => [node, peer],
  strike({ node: name, peer }, stage) {
    order(stage.node(name), { kind: 'sync', peer }, stage.history, (host, done) =>
      host.sync(peer, (error, report) => {
        if (error !== undefined) stage.world.say(`cannot compare with ${peer}: ${error.message}`, name)
        else if (report !== undefined) {
          const { pulled, differed, taken, removed } = report
          const words = `compared with ${peer}: ${pulled} pulled, ${differed} differed, ${taken} taken, ${removed} removed`
          stage.world.say(words, name)
        }
        done(error, report)
      }),
    )
    return () => undefined
  },
}
