/**
 * What really happened: every write that any node stamped, which of them were promised to be durable, and every record
 * that each log was given. Filled by watching steps from outside; checkers compare what nodes believe with it.
 */

import { compareEntries, compareVersions, type Entry, graveOf, type Version } from '../src/core/entry.ts'
import { nameOf, type OriginId } from '../src/core/origin.ts'
import type { LogRecord } from '../src/core/record.ts'
import type { Effect, Input } from '../src/core/step.ts'
import { ClockResets } from './clock-resets.ts'
import { FloorsRaised } from './floors-raised.ts'
import type { Operation, PlannedChange } from './plan.ts'
import type { SimNode } from './sim-node.ts'
import { seenIn, versionKey, WipedWrites } from './wiped-writes.ts'

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
  /** By key, in the order in which they were logged. */
  readonly #byKey = new Map<string, Entry[]>()
  /** What operators made nodes take back. */
  readonly resets: ClockResets = new ClockResets()
  readonly #floors = new FloorsRaised()
  /** Node → versions that it could read behind damage. */
  readonly #readable = new Map<string, Set<string>>()
  readonly #wiped = new WipedWrites()
  /** Records before the present run. */
  readonly #base = new Map<string, number>()

  /** `nowMs`: true time of the run. */
  stepped(node: SimNode, input: Input, effects: readonly Effect[], nowMs: number): void {
    const records = this.recordsOf(node.name)
    for (const effect of effects) {
      if (effect.kind === 'append') {
        records.push(effect.record)
        this.resets.logged(node.name, effect.record, nowMs)
        this.#floors.logged(node.name, effect.record, node.host?.replica.claims.seen)
        if (isOwnWrite(node, effect.record)) this.#wrote(effect.record.entries)
      } else if (effect.kind === 'reply' && node.fsync === 'always') {
        this.#promise(effect.version.origin, effect.version.time)
      }
    }
    if (input.kind === 'durable') {
      const from = this.durable.get(node.name) ?? 0
      const upTo = (this.#base.get(node.name) ?? 0) + input.index
      for (const record of records.slice(from, upTo)) {
        if (isOwnWrite(node, record)) this.#promise(record.origin, record.upTo)
      }
      this.durable.set(node.name, upTo)
    }
  }

  /** The log was found to hold these records: what else was appended is lost. */
  recovered({ name }: SimNode, found: readonly LogRecord[]): void {
    const records = this.recordsOf(name)
    // A copy of a disk holds what was written and not yet synced when it was made, too.
    for (const record of found.slice(records.length)) records.push(record)
    records.length = found.length
    this.#cutTo(name, records)
  }

  durableRecordsOf(name: string): readonly LogRecord[] {
    return this.recordsOf(name).slice(0, this.durable.get(name) ?? 0)
  }

  /** A node that is down got another disk, with these records at least. */
  diskReplaced(name: string, kept: readonly LogRecord[]): void {
    const had = seenIn(this.recordsOf(name))
    const records = [...kept]
    this.records.set(name, records)
    this.#cutTo(name, records)
    const names = [name, ...[...this.records.keys()].filter((other) => other !== name)]
    this.#wiped.replaced(
      name,
      had,
      names.map((other) => seenIn(this.durableRecordsOf(other))),
    )
  }

  /**
   * A node takes back in what lay behind damage: of what it claims then, its members have what they have seen. Who has
   * forgotten others knows less, and less than those who have met these since.
   */
  salvaged({ name, host }: SimNode, { seen }: Pick<LogRecord & { kind: 'commit' }, 'seen'>): void {
    const known = [name, ...[...(host?.replica.members.values() ?? [])].map((member) => member.name)]
    const readable = new Set(known.flatMap((one) => [...(this.#readable.get(one) ?? [])]))
    const hasForgotten = this.recordsOf(name).some((record) => record.kind === 'gone' && record.marks.length > 0)
    const members = hasForgotten ? [name] : known
    this.#wiped.claimed(
      new Map(seen),
      members.map((member) => seenIn(this.recordsOf(member))),
      readable,
    )
  }

  /** A record that a node could read behind damage in its log. */
  salvageRead({ name }: SimNode, record: LogRecord): void {
    let keys = this.#readable.get(name)
    if (keys === undefined) {
      keys = new Set()
      this.#readable.set(name, keys)
    }
    if ('entries' in record) for (const entry of record.entries) keys.add(versionKey(entry))
  }

  /** Whether every disk that had seen this version was replaced, so that it may be lost. */
  isWiped(version: Version): boolean {
    return this.#wiped.has(version)
  }

  /** Whether that was so for a while: others have gone on without it. */
  wasWiped(version: Version): boolean {
    return this.#wiped.everHad(version)
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

  /** All that anybody wrote of a key. */
  writesOf(key: string): readonly Entry[] {
    return this.#byKey.get(key) ?? NONE
  }

  /**
   * Whether a write of this key may outlive a delete that it never met: the delete was let go of by somebody who had not
   * seen the write and did not count its author among the members, a run that it had forgotten or never met. What shows of
   * such a key may go back, and differ for a while: the documentation says so.
   */
  isCornered(key: string): boolean {
    const writes = this.writesOf(key)
    return writes.some((death) => {
      // Whoever knew of it lost the disk.
      if (this.wasWiped(death)) return true
      const grave = graveOf(death)
      if (!Number.isFinite(grave)) return false
      return writes.some(
        (write) =>
          compareVersions(write, death) < 0 &&
          this.#floors.mayOutlive(write, death, grave, this.#wiped.hasStrayed(write)),
      )
    })
  }

  /** What was written as this version. */
  writeAt({ origin, time }: Version): Entry | undefined {
    return findAt(this.writes.get(origin) ?? NONE, time)
  }

  /** Whether some node stamped exactly this: key, version and content. */
  stamped(entry: Entry): boolean {
    const write = this.writeAt(entry)
    return write !== undefined && write.key === entry.key && compareEntries(write, entry) === 0
  }

  /** Those of runs of these names, but for what was lost with a disk. */
  *promisedWrites(names: ReadonlySet<string>): IterableIterator<Entry> {
    for (const [origin, upTo] of this.promised) {
      if (!names.has(nameOf(origin))) continue
      for (const entry of this.writes.get(origin) ?? []) {
        if (entry.time > upTo) break
        if (!this.isWiped(entry)) yield entry
      }
    }
  }

  /** The log of a node that is down holds these, and they are durable. */
  #cutTo(name: string, records: readonly LogRecord[]): void {
    this.#base.set(name, records.length)
    this.durable.set(name, records.length)
    this.#floors.recovered(name, records)
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
      const ofKey = this.#byKey.get(entry.key)
      if (ofKey === undefined) this.#byKey.set(entry.key, [entry])
      else ofKey.push(entry)
    }
  }

  #promise(origin: OriginId, time: number): void {
    this.promised.set(origin, Math.max(time, this.promised.get(origin) ?? 0))
  }
}

const NONE: readonly Entry[] = []

/** Of its present run, or of one that it leaves in this step. */
function isOwnWrite({ name }: SimNode, record: LogRecord): record is Extract<LogRecord, { kind: 'write' }> {
  return record.kind === 'write' && nameOf(record.origin) === name
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
