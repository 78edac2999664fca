/**
 * I17: what a write costs. Its author tells each peer once; nobody passes it on, since all are linked in small clusters.
 * Who asks for what was missed gets exactly that: nothing that its vector covers, and nothing twice in one exchange.
 */

import type { Entry } from '../../src/core/entry.ts'
import type { Piece, Pull, Push } from '../../src/core/message.ts'
import { nameOf, type OriginId } from '../../src/core/origin.ts'
import type { Effect } from '../../src/core/step.ts'
import { type Checker, type Scene, Violation } from '../checker.ts'
import type { SimNode } from '../sim-node.ts'

/** What one run of a node gives to one asker. */
interface Giving {
  readonly exchange: number
  /** The vector that came with the pull. */
  readonly seen: ReadonlyMap<string, number>
  /** Sent so far. A piece that was lost goes out again. */
  readonly given: Set<Entry>
  /** Pieces sent so far. */
  pieces: number
}

/** What one run of a process told and gives, by peer. */
interface Spent {
  /** Up to where a peer was told of which origin; an origin that was left never comes back. */
  readonly told: Map<string, { readonly origin: string; readonly upTo: number }>
  readonly givings: Map<string, Giving>
  /** First requests by peer and exchange: pieces may take a few turns of the loop. */
  readonly asked: Map<string, Pull>
}

export function pushBudget(_scene: Scene): Checker {
  const runs = new WeakMap<object, Spent>()
  const checker: Checker = {
    id: 'I17',
    rule: 'a write is pushed at most once to each peer, by its author alone, and a pull is answered by what its vector lacks and nothing else',
    stepped(node, _now, input, effects) {
      if (input.kind === 'message' && input.message.body.kind === 'pull' && input.message.body.next === 0)
        spentOf(node).asked.set(`${input.from} ${input.message.body.exchange}`, input.message.body)
      for (const effect of effects) {
        if (effect.kind !== 'send') continue
        const { body } = effect.message
        if (body.kind === 'push') {
          // What it wrote goes out before it begins a new run, in the same step.
          const isFormer = nameOf(body.origin) === node.name && effects.some(isNewRun)
          push(node, effect.to, body, isFormer ? body.origin : node.host?.replica.origin)
        } else if (body.kind === 'piece') {
          for (const peer of effect.to) piece(node, peer, body)
        }
      }
    },
  }
  const spentOf = (node: SimNode): Spent => {
    const run = node.host?.replica ?? node
    let spent = runs.get(run)
    if (spent === undefined) {
      spent = { told: new Map(), givings: new Map(), asked: new Map() }
      runs.set(run, spent)
    }
    return spent
  }
  const push = (
    node: SimNode,
    peers: readonly string[],
    { origin, upTo, entries }: Push,
    present: OriginId | undefined,
  ): void => {
    if (origin !== present)
      throw new Violation(checker, `${node.name} pushes writes of ${origin} to ${peers.join(', ')}`)
    if (entries.length === 0) throw new Violation(checker, `${node.name} pushes nothing to ${peers.join(', ')}`)
    let least = upTo
    for (const { time } of entries) if (time < least) least = time
    const { told } = spentOf(node)
    for (const peer of peers) {
      const before = told.get(peer)
      if (before?.origin === origin && least <= before.upTo)
        throw new Violation(checker, `${node.name} pushes ${least} to ${peer} after ${before.upTo}`)
      told.set(peer, { origin, upTo })
    }
  }
  const piece = (node: SimNode, peer: string, { exchange, index, entries }: Piece): void => {
    const { givings, asked } = spentOf(node)
    let giving = givings.get(peer)
    if (giving?.exchange !== exchange) {
      const pull = asked.get(`${peer} ${exchange}`)
      if (pull === undefined) throw new Violation(checker, `${node.name} sends ${peer} a piece that it did not ask for`)
      giving = { exchange, seen: new Map(pull.seen), given: new Set(), pieces: 0 }
      givings.set(peer, giving)
    }
    if (index < giving.pieces) return
    giving.pieces = index + 1
    for (const entry of entries) {
      const { key, time, origin } = entry
      if (time <= (giving.seen.get(origin) ?? -1))
        throw new Violation(
          checker,
          `${node.name} sends ${peer} ${key} at ${time} of ${origin}, and the vector in its pull covers that`,
        )
      if (giving.given.has(entry))
        throw new Violation(checker, `${node.name} sends ${peer} ${key} at ${time} of ${origin} twice in one exchange`)
      giving.given.add(entry)
    }
  }
  return checker
}

function isNewRun(effect: Effect): boolean {
  return effect.kind === 'append' && effect.record.kind === 'origin'
}
