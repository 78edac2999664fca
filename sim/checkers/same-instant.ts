/** The second law: an answer and the vector that it is judged by are of one instant. */

import type { VectorEntries } from '../../src/core/vector.ts'
import { type Checker, type Scene, Violation } from '../checker.ts'

export function sameInstant(_scene: Scene): Checker {
  /** giver and exchange → the giver's V when the list was frozen. */
  const frozen = new Map<string, string>()
  const checker: Checker = {
    id: 'L2',
    rule: 'the list that answers a pull and the vectors sent with it are of the same instant',
    stepped(node, _now, _input, effects) {
      for (const effect of effects) {
        if (effect.kind !== 'send' || effect.message.body.kind !== 'piece') continue
        const { exchange, index, giver, end } = effect.message.body
        const { replica } = node.host ?? {}
        if (replica === undefined) continue
        const name = `${giver} ${exchange}`
        if (index === 0 && !frozen.has(name))
          frozen.set(name, show(replica.claims.seen.toEntries(), replica.claims.written.toEntries()))
        if (end !== undefined && frozen.get(name) !== show(end.seen, end.written)) {
          throw new Violation(
            checker,
            `${node.name} froze at ${frozen.get(name)} and answered with ${show(end.seen, end.written)}`,
          )
        }
      }
    },
  }
  return checker
}

function show(seen: VectorEntries, written: VectorEntries): string {
  const spell = (vector: VectorEntries): string =>
    [...vector]
      .map(([origin, time]) => `${origin}=${time}`)
      .sort()
      .join(' ')
  return `V ${spell(seen)} W ${spell(written)}`
}
