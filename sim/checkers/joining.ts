/**
 * I19: a node that joins shows nothing, and says that it has nothing, until it has taken over everything from one source.
 * That, and that it takes nothing from anybody else, makes a plain pull enough for it.
 */

import { type Checker, type Scene, Violation } from '../checker.ts'

export function joining(_scene: Scene): Checker {
  const checker: Checker = {
    id: 'I19',
    rule: 'a node that joins shows nothing, promises nothing and gives nothing until it has taken over what the others have',
    stepped({ name, host, startedMs, isServing }, _now, _input, effects) {
      const { replica } = host ?? {}
      if (replica?.isJoining !== true) return
      const { row } = replica
      if (isServing) throw new Violation(checker, `${name}, started at ${startedMs} ms, joins and serves`)
      if (row.low >= 0) throw new Violation(checker, `${name} joins, and says that it has seen all up to ${row.low}`)
      for (const effect of effects) {
        if (effect.kind === 'notify') throw new Violation(checker, `${name} joins, and shows something`)
        if (effect.kind === 'reply') throw new Violation(checker, `${name} joins, and answers a write`)
        if (effect.kind === 'send' && effect.message.body.kind === 'piece')
          throw new Violation(checker, `${name} joins, and answers a pull of ${effect.to.join(', ')}`)
      }
    },
  }
  return checker
}
