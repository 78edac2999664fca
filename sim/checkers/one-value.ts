/** I5: nobody makes values up. What readers see was asked for by a client, and one version never has two contents. */

import type { Entry } from '../../src/core/entry.ts'
import { nameOf } from '../../src/core/origin.ts'
import { type Checker, type Scene, Violation } from '../checker.ts'

export function oneValue({ ledger }: Scene): Checker {
  const known = new Map<string, string>()
  const checker: Checker = {
    id: 'I5',
    rule: 'every value that shows was written by a client, and one version of a key has one value on all nodes',
    stepped(node, _now, _input, effects) {
      for (const effect of effects) {
        if (effect.kind !== 'notify') continue
        for (const entry of effect.entries) check(node.name, entry)
      }
    },
  }
  const check = (name: string, entry: Entry): void => {
    const content = entry.kind === 'tombstone' ? '(deleted)' : Buffer.from(entry.value).toString('latin1')
    const version = `${entry.key} ${entry.time} ${entry.origin}`
    const before = known.get(version)
    if (before !== undefined && before !== content) {
      throw new Violation(
        checker,
        `${version} is ${JSON.stringify(before)} and, on ${name}, ${JSON.stringify(content)}`,
      )
    }
    known.set(version, content)
    // A node shows an own write before its turn is over; what comes from others was stamped by its author before.
    if (nameOf(entry.origin) !== name && !ledger.stamped(entry)) {
      throw new Violation(
        checker,
        `${name} shows ${version} as ${JSON.stringify(content)}, which its author never wrote`,
      )
    }
    if (entry.kind === 'live' && ledger.asked.get(entry.key)?.has(content) !== true) {
      throw new Violation(checker, `${name} shows ${JSON.stringify(content)} for ${entry.key}, which no client wrote`)
    }
  }
  return checker
}
