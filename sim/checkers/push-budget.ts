/** I17: what a write costs. Its author tells each peer once; nobody passes it on, since all are linked in small clusters. */

import { type Checker, type Scene, Violation } from '../checker.ts'
import type { SimNode } from '../sim-node.ts'

export function pushBudget(_scene: Scene): Checker {
  /** For each run of a process: peer → up to where it was told of which origin; an origin that was left never comes back. */
  const told = new WeakMap<object, Map<string, { readonly origin: string; readonly upTo: number }>>()
  const checker: Checker = {
    id: 'I17',
    rule: 'a write is pushed at most once to each peer, by its author alone, and no push is empty',
    stepped(node, _now, _input, effects) {
      for (const effect of effects) {
        if (effect.kind !== 'send' || effect.message.body.kind !== 'push') continue
        const { origin, upTo, entries } = effect.message.body
        if (origin !== node.host?.replica.origin)
          throw new Violation(checker, `${node.name} pushes writes of ${origin} to ${effect.to.join(', ')}`)
        if (entries.length === 0) throw new Violation(checker, `${node.name} pushes nothing to ${effect.to.join(', ')}`)
        for (const peer of effect.to) once(node, origin, peer, upTo)
      }
    },
  }
  const once = (node: SimNode, origin: string, peer: string, upTo: number): void => {
    const { replica } = node.host ?? {}
    if (replica === undefined) return
    let peers = told.get(replica)
    if (peers === undefined) {
      peers = new Map()
      told.set(replica, peers)
    }
    const before = peers.get(peer)
    if (before?.origin === origin && upTo <= before.upTo)
      throw new Violation(checker, `${node.name} pushes ${upTo} to ${peer} after ${before.upTo}`)
    peers.set(peer, { origin, upTo })
  }
  return checker
}
