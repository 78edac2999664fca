/** The first law: no entry is held, or shows, before the vector claims it; in memory and in every prefix of the log. */

import { type Checker, type Scene, serving, Violation } from '../checker.ts'
import type { SimNode } from '../sim-node.ts'

export function heldIsCovered({ nodes }: Scene): Checker {
  const checker: Checker = {
    id: 'L1',
    rule: 'no entry is visible before the node says that it has seen it',
    stepped(node, _now, _input, effects) {
      const claims = node.host?.replica.claims
      for (const effect of effects) {
        if (effect.kind !== 'notify') continue
        for (const entry of effect.entries) {
          if (claims?.seen.covers(entry) === false) {
            throw new Violation(
              checker,
              `${node.name} shows ${entry.key} at ${entry.time}, beyond what it claims of ${entry.origin}`,
            )
          }
        }
      }
    },
    sample() {
      for (const { node } of serving(nodes)) check(node, 'now')
    },
    replayed(node) {
      check(node, 'after a restart')
    },
  }
  const check = (node: SimNode, when: string): void => {
    const { replica } = node.host ?? {}
    for (const entry of replica?.store.all() ?? []) {
      if (replica?.claims.seen.covers(entry) === false) {
        throw new Violation(
          checker,
          `${when} ${node.name} holds ${entry.key} at ${entry.time} of ${entry.origin} without claiming it`,
        )
      }
    }
  }
  return checker
}
