/**
 * I15: recovery gives what was logged, in order, up to some point that is at or behind the last synced record. Where a
 * checkpoint stands for the beginning of the log, what it and the rest lead to is what all records would lead to.
 */

import { graveOf } from '../../src/core/entry.ts'
import type { LogRecord } from '../../src/core/record.ts'
import type { Replica } from '../../src/core/replica.ts'
import { SET_ASIDE } from '../../src/storage/set-aside.ts'
import { type Checker, type Scene, Violation } from '../checker.ts'

export function truePrefix({ ledger }: Scene): Checker {
  const found = new Map<string, LogRecord[]>()
  /** Nodes with another disk, until they have read it. */
  const replaced = new Set<string>()
  const checker: Checker = {
    id: 'I15',
    rule: 'a restarted node finds a true beginning of what it logged, with every record that was reported durable',
    recovered(node, record) {
      const records = found.get(node.name) ?? []
      found.set(node.name, records)
      const at = records.length
      records.push(record)
      const logged = ledger.recordsOf(node.name)[at]
      // A copied disk holds what was written and not yet synced when it was copied, too.
      if (replaced.has(node.name) && logged === undefined) return
      if (logged === undefined || !isSame(logged, record)) {
        throw new Violation(
          checker,
          `${node.name}: record ${at} is ${show(record)}, logged was ${logged === undefined ? 'nothing' : show(logged)}`,
        )
      }
    },
    replayed(node) {
      const records = found.get(node.name) ?? []
      const durable = ledger.durable.get(node.name) ?? 0
      replaced.delete(node.name)
      const { replica } = node.host ?? {}
      if (replica === undefined) return
      // What lies behind a damaged stretch may name later runs and more members.
      const hasSalvage = node.disk.names().some((name) => name.startsWith(SET_ASIDE))
      const shadow = node.replayOf(records)
      // What members said of their silence is logged once a second, and a checkpoint may know better: V is for I7 to judge.
      for (const [origin, time] of shadow.claims.seen.toEntries()) {
        if (hasSalvage || origin === shadow.origin || replica.claims.seen.get(origin) >= time) continue
        throw new Violation(checker, `${node.name} has V of ${origin} below ${time}, where its records lead`)
      }
      const [mine, right] = [stateOf(replica, hasSalvage), stateOf(shadow, hasSalvage)]
      const at = Math.max(mine.length, right.length)
      for (let i = 0; i < at; i++) {
        if (mine[i] === right[i]) continue
        throw new Violation(checker, `${node.name} has ${mine[i]}, and its records lead to ${right[i]}`)
      }
      if (records.length < durable)
        throw new Violation(checker, `${node.name} found ${records.length} records, ${durable} were reported durable`)
    },
    diskReplaced({ name }) {
      replaced.add(name)
    },
    crashed(node) {
      found.delete(node.name)
    },
  }
  return checker
}

/**
 * All that counts, in words. What the floor lets go of may be there or not, and what shows beside an entry from the future
 * depends on the clock of the moment at which it was met.
 */
function stateOf(replica: Replica, hasSalvage: boolean): string[] {
  const { store, claims, floor, origin } = replica
  const lines = store
    .all()
    .filter((entry) => graveOf(entry) > floor && store.held(entry.key) === entry)
    .map(({ kind, key, time, origin: by }) => `${key} ${kind} ${time} ${by}`)
  for (const [by, time] of claims.written.toEntries()) if (by !== origin) lines.push(`W ${by} ${time}`)
  if (!hasSalvage)
    for (const { name, row } of replica.members.values()) lines.push(`member ${name} ${row.origin} ${row.address}`)
  return [`floor ${floor}`, ...lines.sort()]
}

/** Whether two records, or parts of them, say the same: plain values, bytes, lists and objects of them. */
function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (a instanceof Uint8Array) return b instanceof Uint8Array && Buffer.compare(a, b) === 0
  if (Array.isArray(a)) return Array.isArray(b) && areSame(a, b)
  for (const name in a) if (!isSame(fieldOf(a, name), fieldOf(b, name))) return false
  for (const name in b) if (!Object.hasOwn(a, name) && fieldOf(b, name) !== undefined) return false
  return true
}

function areSame(a: readonly unknown[], b: readonly unknown[]): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (!isSame(a[i], b[i])) return false
  return true
}

function fieldOf(object: object, name: string): unknown {
  return (object as Readonly<Record<string, unknown>>)[name]
}

function show(record: LogRecord): string {
  return JSON.stringify(record, (_key, value: unknown) =>
    value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value,
  )
}
