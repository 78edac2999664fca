/** I15: recovery gives what was logged, in order, up to some point that is at or behind the last synced record. */

import type { LogRecord } from '../../src/core/record.ts'
import { type Checker, type Scene, Violation } from '../checker.ts'

export function truePrefix({ ledger }: Scene): Checker {
  const found = new Map<string, number>()
  const checker: Checker = {
    id: 'I15',
    rule: 'a restarted node finds a true beginning of what it logged, with every record that was reported durable',
    recovered(node, record) {
      const at = found.get(node.name) ?? 0
      const logged = ledger.recordsOf(node.name)[at]
      if (logged === undefined || show(logged) !== show(record)) {
        throw new Violation(
          checker,
          `${node.name}: record ${at} is ${show(record)}, logged was ${logged === undefined ? 'nothing' : show(logged)}`,
        )
      }
      found.set(node.name, at + 1)
    },
    replayed(node) {
      const count = found.get(node.name) ?? 0
      const durable = ledger.durable.get(node.name) ?? 0
      if (count < durable)
        throw new Violation(checker, `${node.name} found ${count} records, ${durable} were reported durable`)
    },
    crashed(node) {
      found.set(node.name, 0)
    },
  }
  return checker
}

function show(record: LogRecord): string {
  return JSON.stringify(record, (_key, value: unknown) =>
    value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value,
  )
}
