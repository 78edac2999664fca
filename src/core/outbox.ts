/**
 * What a step has to say, in order: records for the log, messages for peers, news for readers. Each message gets the
 * present row in front. Taken out once a step.
 */

import type { Entry } from './entry.ts'
import type { ErrorCode } from './errors.ts'
import type { Journal, Waiting } from './journal.ts'
import { rowAtBirth } from './members.ts'
import type { Body, Row } from './message.ts'
import type { LogRecord } from './record.ts'
import type { SyncReport } from './report.ts'
import type { Effect } from './step.ts'

export class Outbox {
  /** This node's latest row. */
  row: Row = rowAtBirth('', 0, '', 0)
  readonly #journal: Journal
  #effects: Effect[] = []
  #hasChore = false

  constructor(journal: Journal) {
    this.#journal = journal
  }

  append(record: LogRecord): void {
    this.#effects.push({ kind: 'append', index: this.#journal.append(record), record })
  }

  send(to: readonly string[], body: Body): void {
    if (to.length > 0) this.#effects.push({ kind: 'send', to, message: { row: this.row, body } })
  }

  reply({ op, version }: Waiting): void {
    this.#effects.push({ kind: 'reply', op, version })
  }

  notify(entries: readonly Entry[]): void {
    if (entries.length > 0) this.#effects.push({ kind: 'notify', entries })
  }

  refuse(op: number, code: ErrorCode, reason: string): void {
    this.#effects.push({ kind: 'refuse', op, code, reason })
  }

  synced(op: number, report: SyncReport): void {
    this.#effects.push({ kind: 'synced', op, report })
  }

  call(address: string): void {
    this.#effects.push({ kind: 'call', address })
  }

  ready(): void {
    this.#effects.push({ kind: 'ready' })
  }

  /** There is work left for a later step. */
  chore(): void {
    if (this.#hasChore) return
    this.#hasChore = true
    this.#effects.push({ kind: 'chore' })
  }

  say(level: 'info' | 'warn', fields: object, text: string): void {
    this.#effects.push({ kind: 'say', level, fields, text })
  }

  stop(code: ErrorCode, reason: string): void {
    this.#effects.push({ kind: 'stop', code, reason })
  }

  take(): Effect[] {
    const effects = this.#effects
    this.#effects = []
    this.#hasChore = false
    return effects
  }
}
