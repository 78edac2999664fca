/** I12: the stable time may be believed, and it moves on once everything is whole. */

import { hlcFromUnixMs } from '../../src/core/clock.ts'
import { nameOf } from '../../src/core/origin.ts'
import { type Checker, type Scene, serving, Violation } from '../checker.ts'
import type { SimNode } from '../sim-node.ts'
import { Unchecked } from '../unchecked.ts'
import { SIM_EPOCH_MS } from '../world.ts'

/** At the end of a run no node's stable time is further behind than this. Less than a run gives nodes to agree. */
const BEHIND_MS_MAX = 28_000

export function stableTime({ world, nodes, ledger }: Scene): Checker {
  /** The greatest stable time that any node ever announced. It holds for ever. */
  let announced = -1
  let by = ''
  /** Nodes whose disk knows all members: before that, a stable time is one of a smaller cluster. */
  const formed = new Set<SimNode>()
  const unchecked = new Unchecked()
  const checker: Checker = {
    id: 'I12',
    rule: 'every acknowledged write up to the stable time is on the disk of every member, and the stable time moves on',
    stepped(node, _now, input) {
      if (input.kind !== 'tick' || !hasFormed(node)) return
      const stable = node.host?.replica.stableTime()
      if (stable === undefined || stable <= announced) return
      announced = stable
      by = node.name
    },
    sample() {
      for (const { node } of serving(nodes)) check(node)
    },
    replayed(node) {
      check(node)
    },
    finish() {
      const least = hlcFromUnixMs(SIM_EPOCH_MS + world.nowMs - BEHIND_MS_MAX)
      for (const { node, replica } of serving(nodes)) {
        const stable = replica.stableTime()
        if (stable !== undefined && stable >= least) continue
        throw new Violation(checker, `all is whole, and the stable time of ${node.name} is ${stable}, below ${least}`)
      }
    },
  }
  const hasFormed = (node: SimNode): boolean => {
    if (formed.has(node)) return true
    const known = new Set([node.name])
    for (const record of ledger.recordsOf(node.name).slice(0, ledger.durable.get(node.name) ?? 0)) {
      if (record.kind === 'member') known.add(nameOf(record.origin))
    }
    if (known.size < nodes.length) return false
    formed.add(node)
    return true
  }
  const check = (node: SimNode): void => {
    const { replica } = node.host ?? {}
    if (replica === undefined) return
    for (const [origin, upTo] of ledger.promised) {
      const writes = ledger.writes.get(origin) ?? []
      unchecked.visit(replica, origin, writes, Math.min(upTo, announced), (write) => {
        if (replica.claims.seen.covers(write)) return
        throw new Violation(
          checker,
          `${by} announced ${announced}, but ${node.name} has not seen ${write.key} at ${write.time} of ${origin}`,
        )
      })
    }
  }
  return checker
}
