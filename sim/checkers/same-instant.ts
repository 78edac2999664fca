/** The second law: an answer and the vector that it is judged by are of one instant. */

import type { Pull } from '../../src/core/message.ts'
import type { VectorEntries } from '../../src/core/vector.ts'
import { type Checker, type Scene, Violation } from '../checker.ts'
import type { SimNode } from '../sim-node.ts'

/** The vectors of a giver at one instant. */
interface Instant {
  readonly seen: VectorEntries
  readonly written: VectorEntries
}

const NOTHING: Instant = { seen: [], written: [] }

export function sameInstant(_scene: Scene): Checker {
  /** Giver, its process, and exchange → what the giver had when the list was frozen. */
  const frozen = new Map<string, Instant>()
  /** Lists that a run has frozen so far. */
  const given = new WeakMap<object, number>()
  const checker: Checker = {
    id: 'L2',
    rule: 'the list that answers a pull and the vectors sent with it are of the same instant',
    stepped(node, _now, input, effects) {
      // The list is frozen when it is asked for; its pieces may take a few turns of the loop.
      if (input.kind === 'message' && input.message.body.kind === 'pull' && input.message.body.next === 0)
        freeze(node, input.message.body)
      for (const effect of effects) {
        if (effect.kind !== 'send' || effect.message.body.kind !== 'piece') continue
        const { exchange, end } = effect.message.body
        const then = frozen.get(`${node.name} ${node.starts} ${exchange}`)
        if (
          end !== undefined &&
          !(then !== undefined && isSame(then.seen, end.seen) && isSame(then.written, end.written))
        )
          throw new Violation(checker, `${node.name} froze at ${then && show(then)} and answered with ${show(end)}`)
      }
    },
  }
  const freeze = (node: SimNode, { exchange, of }: Pull): void => {
    const name = `${node.name} ${node.starts} ${exchange}`
    const { replica } = node.host ?? {}
    if (replica === undefined) return
    // A pull that is not safe is answered without a list, and a late copy of it may be safe by then.
    const { pullsGiven = 0 } = replica.counters
    const hasFrozen = pullsGiven > (given.get(replica) ?? 0)
    given.set(replica, pullsGiven)
    if (!hasFrozen || frozen.has(name)) return
    const { seen, written } = replica.claims
    // What was salvaged it does not claim itself.
    const claimed = of === 'salvaged' ? NOTHING : { seen: seen.toEntries(), written: written.toEntries() }
    frozen.set(name, claimed)
  }
  return checker
}

/** Whether two vectors say the same, in any order. */
function isSame(a: VectorEntries, b: VectorEntries): boolean {
  if (a.length !== b.length) return false
  if (a.every(([origin, time], i) => b[i]?.[0] === origin && b[i]?.[1] === time)) return true
  return spell(a) === spell(b)
}

function show({ seen, written }: Instant): string {
  return `V ${spell(seen)} W ${spell(written)}`
}

function spell(vector: VectorEntries): string {
  return [...vector]
    .map(([origin, time]) => `${origin}=${time}`)
    .sort()
    .join(' ')
}
