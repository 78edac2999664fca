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
  /** Member → author → the greatest stable time announced by a node that knew both. It holds for ever. */
  const announced = new Map<string, Map<string, number>>()
  const unchecked = new Unchecked()
  const checker: Checker = {
    id: 'I12',
    rule: 'every acknowledged write up to the stable time is on the disk of every member, and the stable time moves on',
    stepped(node, _now, input) {
      if (input.kind !== 'tick') return
      const { replica } = node.host ?? {}
      const stable = replica?.stableTime()
      if (replica === undefined || stable === undefined || stable <= of(node.name, node.name)) return
      const known = [node.name, ...[...replica.members.values()].map(({ name }) => name)]
      for (const member of known) {
        const times = announced.get(member) ?? new Map<string, number>()
        announced.set(member, times)
        for (const author of known) times.set(author, Math.max(stable, times.get(author) ?? -1))
      }
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
  const of = (member: string, author: string): number => announced.get(member)?.get(author) ?? -1
  const check = (node: SimNode): void => {
    const { replica } = node.host ?? {}
    if (replica === undefined) return
    for (const [origin, upTo] of ledger.promised) {
      const stable = of(node.name, nameOf(origin))
      const writes = ledger.writes.get(origin) ?? []
      unchecked.visit(replica, origin, writes, Math.min(upTo, stable), (write) => {
        if (replica.claims.seen.covers(write)) return
        throw new Violation(
          checker,
          `${stable} was announced, but ${node.name} has not seen ${write.key} at ${write.time} of ${origin}`,
        )
      })
    }
  }
  return checker
}
