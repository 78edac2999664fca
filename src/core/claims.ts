/**
 * What a replica claims to hold: V (`seen`), and W (`written`), the newest *write* of each origin that V covers. V also
 * rises by what members say of their silence, W only by writes, so W is equal on replicas that hold the same. For an
 * origin that is no member's present run the two are kept equal: members may compare that part of V by a hash.
 * One instance follows memory; another follows the disk, record by record, and says what a crash now would leave.
 */

import { nameOf, type OriginId } from './origin.ts'
import type { LogRecord } from './record.ts'
import { type VectorEntries, VersionVector } from './vector.ts'

export class Claims {
  /** Raised only by the methods here, which note where it gets ahead of `written`. */
  readonly seen: VersionVector = new VersionVector()
  readonly written: VersionVector = new VersionVector()
  /**
   * By name, every run of which V may claim more than its last write: those of members, and former ones not yet
   * retired. All that a name's new run must look at, however many old runs V knows.
   */
  readonly #ahead = new Map<string, Set<OriginId>>()

  /** The writes of `origin` are held up to `upTo`, which is the time of one. */
  wrote(origin: OriginId, upTo: number): void {
    this.seen.raise(origin, upTo)
    this.written.raise(origin, upTo)
  }

  /** A member said that it wrote nothing more up to `clear`. Whether V rose. */
  silent(origin: OriginId, clear: number): boolean {
    if (!this.seen.raise(origin, clear)) return false
    this.#noteAhead(origin)
    return true
  }

  /** Takes over the claims of a giver whose frozen list has gone in. */
  join(seen: VectorEntries, written: VectorEntries, isCurrent: (origin: OriginId) => boolean): void {
    this.seen.union(seen)
    this.written.union(written)
    for (const [origin] of seen) {
      if (isCurrent(origin)) this.#noteAhead(origin)
      else this.retire(origin)
    }
  }

  /** `origin` is no member's present run (any more): nothing is claimed beyond its last write. */
  retire(origin: OriginId): void {
    // One that V does not name is at its birth already; parsing that in vain, for each of many old runs, costs most.
    if (this.seen.has(origin)) this.seen.clamp(origin, this.written.get(origin))
    const name = nameOf(origin)
    const ahead = this.#ahead.get(name)
    if (ahead?.delete(origin) === true && ahead.size === 0) this.#ahead.delete(name)
  }

  /** What a record says of V and W: the same for memory, for the disk's claims and at replay. */
  absorb(record: LogRecord, isCurrent: (origin: OriginId) => boolean): void {
    switch (record.kind) {
      case 'write':
        this.wrote(record.origin, record.upTo)
        break
      case 'commit':
      case 'mend':
        this.join(record.seen, record.written, isCurrent)
        break
      case 'vector':
        for (const [origin, time] of record.seen) this.silent(origin, time)
        break
      case 'origin':
      case 'member':
        this.retireFormer(nameOf(record.origin), isCurrent)
        break
      case 'gone':
        for (const mark of record.marks) this.retireFormer(nameOf(mark), isCurrent)
        break
      case 'stage':
      case 'base':
      case 'held':
      case 'end':
      case 'floor':
      case 'clock':
        break
    }
  }

  /** A name has a new run: its former ones are nobody's any more. */
  retireFormer(name: string, isCurrent: (origin: OriginId) => boolean): void {
    for (const origin of this.#ahead.get(name) ?? []) if (!isCurrent(origin)) this.retire(origin)
  }

  #noteAhead(origin: OriginId): void {
    const name = nameOf(origin)
    const ahead = this.#ahead.get(name)
    if (ahead === undefined) this.#ahead.set(name, new Set([origin]))
    else ahead.add(origin)
  }
}
