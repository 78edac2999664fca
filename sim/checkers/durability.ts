/**
 * I4: a write acknowledged as durable is still there after a crash of the node that acknowledged it. A disk that was
 * replaced owes only what was on it.
 */

import type { OriginId } from '../../src/core/origin.ts'
import { type Checker, type Scene, Violation } from '../checker.ts'
import { whereabouts } from '../whereabouts.ts'
import { seenIn } from '../wiped-writes.ts'

export function durability({ ledger }: Scene): Checker {
  /** Node with another disk → what of each of its runs is on it. */
  const replaced = new Map<string, ReadonlyMap<OriginId, number>>()
  /** Node → its runs up to the replacement. */
  const former = new Map<string, ReadonlySet<OriginId>>()
  const checker: Checker = {
    id: 'I4',
    rule: 'a write acknowledged as durable is never lost except to a newer one, whatever a crash does',
    diskReplaced({ name }) {
      replaced.set(name, seenIn(ledger.durableRecordsOf(name)))
      former.set(name, new Set(ledger.promised.keys()))
    },
    replayed({ name, host }) {
      const { replica } = host ?? {}
      if (replica === undefined) return
      for (const write of ledger.promisedWrites(new Set([name]))) {
        const { origin, time } = write
        if (former.get(name)?.has(origin) === true && time > (replaced.get(name)?.get(origin) ?? 0)) continue
        if (whereabouts(ledger, replica, write.key, write) !== 'missing') continue
        throw new Violation(checker, `${name} acknowledged ${write.key} at ${time} and came back without it`)
      }
    },
  }
  return checker
}
