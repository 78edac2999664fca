/**
 * What really happened: every write that any node stamped, which of them were promised to be durable, and every record
 * that each log was given. Filled by watching steps from outside; checkers compare what nodes believe with it.
 */

import { compareEntries, type Entry } from '../src/core/entry.ts'
import { nameOf, type OriginId } from '../src/core/origin.ts'
import type { LogRecord } from '../src/core/record.ts'
import type { Effect, Input } from '../src/core/step.ts'
import type { Operation, PlannedChange } from './plan.ts'
import type { SimNode } from './sim-node.ts'

export class Ledger {
  /** Every own write by origin, in the order of its times. */
  readonly writes: Map<OriginId, Entry[]> = new Map()
  /** For each origin the time up to which its writes are promised: whatever one crash does, they stay. */
  readonly promised: Map<OriginId, number> = new Map()
  /** Values that clients asked to be written, by key. */
  readonly asked: Map<string, Set<string>> = new Map()
  /** For each node the records given to its log in all its runs, cut back to what recovery found. */
  readonly records: Map<string, LogRecord[]> = new Map()
  /** For each node how many of those records were reported durable. */
  readonly durable: Map<string, number> = new Map()
  /** Records before the present run. */
  readonly #base = new Map<string, number>()

  stepped(node: SimNode, input: Input, effects: readonly Effect[]): void {
    const records = this.recordsOf(node.name)
    const origin = node.host?.replica.origin
    for (const effect of effects) {
      if (effect.kind === 'append') {
        records.push(effect.record)
        if (effect.record.kind === 'write' && effect.record.origin === origin) this.#wrote(effect.record.entries)
      } else if (effect.kind === 'reply' && node.fsync === 'always') {
        this.#promise(effect.version.origin, effect.version.time)
      }
    }
    if (input.kind === 'durable') {
      const from = this.durable.get(node.name) ?? 0
      const upTo = (this.#base.get(node.name) ?? 0) + input.index
      for (const record of records.slice(from, upTo)) {
        if (record.kind === 'write' && record.origin === origin) this.#promise(record.origin, record.upTo)
      }
      this.durable.set(node.name, upTo)
    }
  }

  /** The log was found to hold `count` records: what was appended behind them is lost. */
  recovered(node: SimNode, count: number): void {
    this.recordsOf(node.name).length = count
    this.#base.set(node.name, count)
    this.durable.set(node.name, count)
  }

  /** A client asks for this; what it writes may show from now on. */
  asks(operation: Operation): void {
    if (operation.kind === 'put') this.#ask(operation)
    else if (operation.kind === 'batch') for (const change of operation.changes) this.#ask(change)
  }

  recordsOf(name: string): LogRecord[] {
    let records = this.records.get(name)
    if (records === undefined) {
      records = []
      this.records.set(name, records)
    }
    return records
  }

  /** Whether some node stamped exactly this: key, version and content. */
  stamped(entry: Entry): boolean {
    const write = findAt(this.writes.get(entry.origin) ?? [], entry.time)
    return write !== undefined && write.key === entry.key && compareEntries(write, entry) === 0
  }

  /** Those of runs of these names. */
  *promisedWrites(names: ReadonlySet<string>): IterableIterator<Entry> {
    for (const [origin, upTo] of this.promised) {
      if (!names.has(nameOf(origin))) continue
      for (const entry of this.writes.get(origin) ?? []) {
        if (entry.time > upTo) break
        yield entry
      }
    }
  }

  #ask({ key, value }: PlannedChange): void {
    if (value === undefined) return
    const values = this.asked.get(key)
    if (values === undefined) this.asked.set(key, new Set([value]))
    else values.add(value)
  }

  #wrote(entries: readonly Entry[]): void {
    for (const entry of entries) {
      const writes = this.writes.get(entry.origin)
      if (writes === undefined) this.writes.set(entry.origin, [entry])
      else writes.push(entry)
    }
  }

  #promise(origin: OriginId, time: number): void {
    this.promised.set(origin, Math.max(time, this.promised.get(origin) ?? 0))
  }
}

/** The write of this time, looked for from the newest on: nearly always it is one of the last. */
function findAt(writes: readonly Entry[], time: number): Entry | undefined {
  for (let at = writes.length - 1; at >= 0; at--) {
    const write = writes[at]
    if (write === undefined || write.time < time) return undefined
    if (write.time === time) return write
  }
  return undefined
}
