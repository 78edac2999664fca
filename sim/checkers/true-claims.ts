/** I7: the version vector never claims what is not there. */

import { type Checker, type Scene, serving, Violation } from '../checker.ts'
import type { SimNode } from '../sim-node.ts'
import { Unchecked } from '../unchecked.ts'
import { whereabouts } from '../whereabouts.ts'

export function trueClaims({ nodes, ledger }: Scene): Checker {
  const unchecked = new Unchecked()
  const checker: Checker = {
    id: 'I7',
    rule: 'what a node says it has seen it holds, or something newer for the same key, or it was deleted and let go of',
    sample() {
      for (const { node } of serving(nodes)) check(node)
    },
    replayed(node) {
      check(node)
    },
  }
  const check = (node: SimNode): void => {
    const { replica } = node.host ?? {}
    if (replica === undefined) return
    for (const [origin, writes] of ledger.writes) {
      const claimed = replica.claims.seen.get(origin)
      for (const write of unchecked.take(replica, origin, writes, claimed)) {
        if (whereabouts(ledger, replica, write.key, write) !== 'missing') continue
        throw new Violation(
          checker,
          `${node.name} claims ${origin} up to ${claimed}, but lacks its write of ${write.key} at ${write.time}`,
        )
      }
    }
  }
  return checker
}
