/** I4: a write acknowledged as durable is still there after a crash of the node that acknowledged it. */

import { compareVersions } from '../../src/core/entry.ts'
import { type Checker, type Scene, Violation } from '../checker.ts'

export function durability({ ledger }: Scene): Checker {
  const checker: Checker = {
    id: 'I4',
    rule: 'a write acknowledged as durable is never lost except to a newer one, whatever a crash does',
    replayed(node) {
      for (const write of ledger.promisedWrites(new Set([node.name]))) {
        const held = node.host?.replica.store.held(write.key)
        if (held === undefined || compareVersions(held, write) < 0) {
          throw new Violation(
            checker,
            `${node.name} acknowledged ${write.key} at ${write.time} and came back without it`,
          )
        }
      }
    },
  }
  return checker
}
