/** I12: the stable time may be believed. */

import { nameOf } from '../../src/core/origin.ts'
import { type Checker, type Scene, serving, Violation } from '../checker.ts'

export function stableTime({ nodes, ledger }: Scene): Checker {
  /** The greatest stable time that any node ever announced. It holds for ever. */
  let announced = -1
  let by = ''
  const checker: Checker = {
    id: 'I12',
    rule: 'every acknowledged write up to the stable time is on the disk of every member',
    sample() {
      for (const { node, replica } of serving(nodes)) {
        const stable = replica.stableTime()
        if (stable !== undefined && stable > announced) {
          announced = stable
          by = node.name
        }
      }
      for (const { node } of serving(nodes)) check(node)
    },
    replayed(node) {
      check(node)
    },
  }
  const check = (node: Scene['nodes'][number]): void => {
    const seen = node.host?.replica.claims.seen
    if (seen === undefined) return
    for (const write of ledger.promisedWrites()) {
      if (write.time > announced || seen.covers(write)) continue
      throw new Violation(
        checker,
        `${by} announced ${announced}, but ${node.name} has not seen ${write.key} at ${write.time} of ${nameOf(write.origin)}`,
      )
    }
  }
  return checker
}
