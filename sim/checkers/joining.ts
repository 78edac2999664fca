/**
 * I19: a node that joins has nothing, and says so, until it has taken over everything from one source. That is what makes
 * a plain pull enough for it.
 */

import { type Checker, type Scene, Violation } from '../checker.ts'

export function joining(_scene: Scene): Checker {
  const checker: Checker = {
    id: 'I19',
    rule: 'a node that joins holds nothing, promises nothing and gives nothing until it has taken over what the others have',
    stepped({ name, host, startedMs }, _now, _input, effects) {
      const { replica } = host ?? {}
      if (replica?.isJoining !== true) return
      const { row, store } = replica
      if (store.heldCount > 0)
        throw new Violation(checker, `${name}, started at ${startedMs} ms, joins and holds something`)
      if (row.low >= 0) throw new Violation(checker, `${name} joins, and says that it has seen all up to ${row.low}`)
      for (const effect of effects) {
        if (effect.kind === 'reply') throw new Violation(checker, `${name} joins, and answers a write`)
        if (effect.kind === 'send' && effect.message.body.kind === 'piece')
          throw new Violation(checker, `${name} joins, and answers a pull of ${effect.to.join(', ')}`)
      }
    },
  }
  return checker
}
