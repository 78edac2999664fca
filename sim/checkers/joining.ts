/**
 * I19: a node that joins shows nothing, and says that it has nothing, until it has taken over everything from one source.
 * That, and that it takes nothing from anybody else, makes a plain pull enough for it. One that comes back shows nothing
 * before it has compared what it has with a member, or has looked for one for a while.
 */

import { type Checker, type Scene, Violation } from '../checker.ts'

/** It looks for members for a second by its own clock, which may run faster. */
const LOOKS_MS = 400

export function joining({ world }: Scene): Checker {
  /** Nodes that have compared with a member since their start. */
  const compared = new Set<string>()
  const checker: Checker = {
    id: 'I19',
    rule: 'a node that joins shows nothing, promises nothing and gives nothing until it has taken over what the others have, and one that comes back compares first',
    replayed({ name }) {
      compared.delete(name)
    },
    stepped({ name, host, startedMs, isServing }, _now, input, effects) {
      const { replica } = host ?? {}
      if (replica === undefined) return
      if (input.kind === 'message' && input.message.body.kind === 'same') compared.add(name)
      for (const { kind, ...effect } of effects) {
        const isCommit = 'record' in effect && (effect.record.kind === 'commit' || effect.record.kind === 'mend')
        const isSame = 'message' in effect && effect.message.body.kind === 'same'
        if (isCommit || isSame) compared.add(name)
        const isHasty = kind === 'ready' && !compared.has(name) && world.nowMs - startedMs < LOOKS_MS
        if (isHasty && replica.members.size > 0)
          throw new Violation(
            checker,
            `${name}, started at ${startedMs} ms, serves before it has compared with anybody`,
          )
      }
      if (!replica.isJoining) return
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
