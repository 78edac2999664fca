/** I7: the version vector never claims what is not there. */

import { compareVersions } from '../../src/core/entry.ts'
import type { OriginId } from '../../src/core/origin.ts'
import { type Checker, type Scene, serving, Violation } from '../checker.ts'
import type { SimNode } from '../sim-node.ts'

export function trueClaims({ nodes, ledger }: Scene): Checker {
  /** For each run of a process: how many writes of each origin were found in place. What is held only grows. */
  const checked = new WeakMap<object, Map<OriginId, number>>()
  const checker: Checker = {
    id: 'I7',
    rule: 'what a node says it has seen it holds, or something newer for the same key',
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
    let counts = checked.get(replica)
    if (counts === undefined) {
      counts = new Map()
      checked.set(replica, counts)
    }
    for (const [origin, writes] of ledger.writes) {
      const claimed = replica.claims.seen.get(origin)
      let at = counts.get(origin) ?? 0
      for (let write = writes[at]; write !== undefined && write.time <= claimed; write = writes[++at]) {
        const held = replica.store.held(write.key)
        if (held === undefined || compareVersions(held, write) < 0) {
          throw new Violation(
            checker,
            `${node.name} claims ${origin} up to ${claimed}, but lacks its write of ${write.key} at ${write.time}`,
          )
        }
      }
      counts.set(origin, at)
    }
  }
  return checker
}
