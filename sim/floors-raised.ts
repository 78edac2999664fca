/**
 * Who let go of what, and whom they counted as members then: by the member records of their own logs, and not by what they
 * believed. A value that some run wrote alone may outlive a delete only if nobody who let go of the delete knew that run.
 */

import type { Version } from '../src/core/entry.ts'
import { compareRuns, nameOf, type OriginId, parseOrigin } from '../src/core/origin.ts'
import type { LogRecord } from '../src/core/record.ts'
import { VersionVector } from '../src/core/vector.ts'

interface Raise {
  readonly floor: number
  /** Name → run. */
  readonly members: ReadonlyMap<string, OriginId>
  /** What the node had seen. */
  readonly seen: VersionVector
}

export class FloorsRaised {
  /** In the order of time. */
  readonly #raises: Raise[] = []
  /** Node → the members in its log. */
  readonly #members = new Map<string, Map<string, OriginId>>()

  logged(node: string, record: LogRecord, seen: VersionVector | undefined): void {
    const members = this.#membersOf(node)
    note(members, record)
    if (record.kind !== 'floor' || seen === undefined) return
    const then = new VersionVector()
    then.union(seen.toEntries())
    this.#raises.push({ floor: record.floor, members: new Map(members), seen: then })
  }

  /** The log of a node was cut back to these. */
  recovered(node: string, records: readonly LogRecord[]): void {
    const members = new Map<string, OriginId>()
    for (const record of records) note(members, record)
    this.#members.set(node, members)
  }

  /**
   * Whether the first node that let go of `death`, due at `grave`, had not seen `write` nor counted its run, or a later one,
   * as a member. `isStray`: its author lost it with a disk, so a later run knows nothing of it.
   */
  mayOutlive(write: Version, death: Version, grave: number, isStray: boolean): boolean {
    const { origin } = write
    const first = this.#raises.find(({ floor, seen }) => floor >= grave && seen.covers(death))
    const known = first?.members.get(nameOf(origin))
    if (first === undefined || first.seen.covers(write)) return false
    if (known === undefined || isStray) return true
    const run = parseOrigin(origin)
    const knownRun = parseOrigin(known)
    return run === undefined || knownRun === undefined || compareRuns(knownRun, run) < 0
  }

  #membersOf(node: string): Map<string, OriginId> {
    let members = this.#members.get(node)
    if (members === undefined) {
      members = new Map()
      this.#members.set(node, members)
    }
    return members
  }
}

function note(members: Map<string, OriginId>, record: LogRecord): void {
  if (record.kind === 'member' || record.kind === 'origin') members.set(nameOf(record.origin), record.origin)
  if (record.kind === 'gone') for (const mark of record.marks) members.delete(nameOf(mark))
}
