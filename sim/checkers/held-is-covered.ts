/** The first law: no entry shows before the vector claims it, in memory and in every prefix of the log. */

import { type Checker, type Scene, Violation } from '../checker.ts'

export function heldIsCovered(_scene: Scene): Checker {
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
    replayed(node) {
      const { replica } = node.host ?? {}
      for (const entry of replica?.store.all() ?? []) {
        if (replica?.claims.seen.covers(entry) === false) {
          throw new Violation(
            checker,
            `after a restart ${node.name} holds ${entry.key} at ${entry.time} of ${entry.origin} without claiming it`,
          )
        }
      }
    },
  }
  return checker
}
