/**
 * An operator tells one node that another is gone for good. It may be so, or not: who lives draws a new run. The word
 * cannot be taken back, so this fault strikes at an instant and has no end.
 */

import { shuffled } from './draw.ts'
import type { FaultFamily, FaultStep } from './fault.ts'
import { A_NODE, ONLY_AWAY } from './fields.ts'

export interface ForgetFault extends FaultStep {
  readonly kind: 'forget'
  /** Who is told. */
  readonly node: string
  readonly member: string
}

export const forget: FaultFamily<ForgetFault> = {
  kind: 'forget',
  text: 'a node is told to forget another for good, which may live and be heard of again',
  off: ONLY_AWAY,
  strikesMax: 3,
  fields: { node: A_NODE, member: A_NODE },
  draw(rng, { names }) {
    const [node = '', member = node] = shuffled(rng, names)
    return { node, member, forMs: 0 }
  },
  words: ({ node, member }) => `${node} is told to forget ${member}`,
  where: ({ node, member }) => [node, member],
  strike({ node: name, member }, stage) {
    const node = stage.node(name)
    if (node.isServing && !node.isPaused)
      node.host?.forget(member, (error) => {
        if (error !== undefined) stage.world.say(`cannot forget ${member}: ${error.message}`, name)
      })
    return () => undefined
  },
}
