/**
 * An operator sets a node's stamps back to its wall clock, as one does when that ran far ahead and is right again. It
 * cannot be taken back: strikes at an instant and has no end.
 */

import { order } from '../orders.ts'
import { anyOf } from './draw.ts'
import type { FaultFamily, FaultStep } from './fault.ts'
import { A_NODE, ONLY_AWAY } from './fields.ts'

export interface ResetClockFault extends FaultStep {
  readonly kind: 'resetClock'
  readonly node: string
}

export const resetClock: FaultFamily<ResetClockFault> = {
  kind: 'resetClock',
  text: 'a node is told to go by its wall clock again, and to hide what it stamped far ahead of it',
  off: ONLY_AWAY,
  strikesMax: 2,
  fields: { node: A_NODE },
  draw: (rng, { names }) => ({ node: anyOf(rng, names), forMs: 0 }),
  words: ({ node }) => `${node} is told to go by its wall clock again`,
  where: ({ node }) => [node],
  strike({ node: name }, stage) {
    order(stage.node(name), { kind: 'resetClock' }, stage.history, (host, done) =>
      host.resetClock((error) => {
        if (error !== undefined) stage.world.say(`cannot reset the clock: ${error.message}`, name)
        done(error)
      }),
    )
    return () => undefined
  },
}
