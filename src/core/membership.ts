/**
 * How the membership changes: rows make members, a row of a greater run replaces one, and a mark takes a run out for
 * good. Whatever a member says is taken in by its row first. New runs and marks go to the log before anything that
 * relies on them, since the log keeps its order.
 */

import type { Claims } from './claims.ts'
import { unixMsFromHlc } from './clock.ts'
import { GoneMarks, isAbove } from './gone.ts'
import { Members, type MemberTimes } from './members.ts'
import type { Row } from './message.ts'
import { nameOf, type OriginId } from './origin.ts'
import type { Outbox } from './outbox.ts'
import type { LogRecord } from './record.ts'
import type { Now } from './step.ts'

/** Marks in one message. */
const MARKS_SENT_MAX = 4_096

export interface MembershipTimes extends MemberTimes {
  /** A member silent for this long is forgotten for good, ms; 0: never. */
  readonly forgetAfterMs: number
}

export class Membership {
  readonly members: Members
  readonly gone: GoneMarks = new GoneMarks()
  readonly counters: Record<'membersJoined' | 'membersReturned' | 'membersForgotten' | 'rowsRefused', number> = {
    membersJoined: 0,
    membersReturned: 0,
    membersForgotten: 0,
    rowsRefused: 0,
  }
  /** Origins whose V rose by a row since the last vector record. */
  readonly risen: Set<OriginId> = new Set()
  readonly #times: MembershipTimes
  readonly #claims: Claims
  readonly #outbox: Outbox
  readonly #linked: ReadonlySet<string>

  constructor(times: MembershipTimes, claims: Claims, outbox: Outbox, linked: ReadonlySet<string>) {
    this.members = new Members(times)
    this.#times = times
    this.#claims = claims
    this.#outbox = outbox
    this.#linked = linked
  }

  recover(record: LogRecord, nowMs: number): void {
    if (record.kind === 'member') this.members.remember(record.origin, record.address, nowMs)
    if (record.kind === 'gone') for (const mark of record.marks) this.#mark(mark)
  }

  /** The same from behind a damaged stretch, in any order. Whether the log must hear of it. */
  salvage(record: LogRecord, nowMs: number): boolean {
    if (record.kind === 'gone') return record.marks.filter((mark) => this.#mark(mark)).length > 0
    if (record.kind !== 'member' || this.gone.covers(record.origin)) return false
    const known = this.members.get(nameOf(record.origin))
    if (known !== undefined && !isAbove(record.origin, known.row.origin)) return false
    this.members.remember(record.origin, record.address, nowMs)
    return true
  }

  /** Takes in a row of another name. False when its run is forgotten: who sent it is told so. */
  learn(row: Row, from: string, mayClaim: boolean, now: Now): boolean {
    if (this.gone.covers(row.origin)) {
      this.counters.rowsRefused++
      const mark = this.gone.of(nameOf(row.origin))
      if (mark !== undefined) this.#outbox.send([from], { kind: 'gone', marks: [mark] })
      return false
    }
    const isFresh = unixMsFromHlc(row.clear) > now.wallMs - this.#times.deadAfterMs
    const { taken, former } = this.members.learn(row, isFresh, now.monoMs)
    this.members.peerHas(from, row)
    if (!taken) return true
    if (former?.origin !== row.origin || former.address !== row.address) this.#record(row, former)
    // It holds all that the member wrote, so it holds all up to the time before which the member will write no more.
    const holdsAll = this.#claims.seen.get(row.origin) >= row.last
    if (mayClaim && holdsAll && this.#claims.silent(row.origin, row.clear)) this.risen.add(row.origin)
    return true
  }

  /** Takes in marks, and passes on what is new. */
  hearMarks(marks: readonly OriginId[], from: string): void {
    const fresh = marks.filter((mark) => this.#mark(mark))
    if (fresh.length === 0) return
    this.#outbox.append({ kind: 'gone', marks: fresh })
    this.#outbox.send(
      [...this.#linked].filter((peer) => peer !== from),
      { kind: 'gone', marks: fresh },
    )
  }

  /** Forgets this run, and all before it of its name. */
  forget(mark: OriginId, why: string): void {
    if (!this.#mark(mark)) return
    this.#outbox.append({ kind: 'gone', marks: [mark] })
    this.#outbox.send([...this.#linked], { kind: 'gone', marks: [mark] })
    this.#outbox.say(
      'warn',
      { member: nameOf(mark), run: mark, why },
      'A member is forgotten; if it returns, it is a new run',
    )
  }

  /** Once a beat: forgets who has been silent for too long, and tells peers the marks that they lack. */
  tick(now: Now): void {
    const { forgetAfterMs } = this.#times
    if (forgetAfterMs > 0) {
      for (const member of this.members.silentFor(forgetAfterMs, now.monoMs))
        this.forget(member.row.origin, 'silent for too long')
    }
    const mine = this.gone.hash()
    const lacking = [...this.#linked].filter((peer) => (this.members.get(peer)?.row.gone ?? mine) !== mine)
    if (lacking.length === 0) return
    const marks = this.gone.all()
    for (let at = 0; at < marks.length; at += MARKS_SENT_MAX) {
      this.#outbox.send(lacking, { kind: 'gone', marks: marks.slice(at, at + MARKS_SENT_MAX) })
    }
  }

  /** Whether the mark was news. Its run leaves the members, and what V claims of it stays at its last write. */
  #mark(mark: OriginId): boolean {
    if (!this.gone.add(mark)) return false
    const name = nameOf(mark)
    const member = this.members.get(name)
    if (member !== undefined && !isAbove(member.row.origin, mark)) {
      this.members.remove(name)
      this.counters.membersForgotten++
      this.risen.delete(member.row.origin)
      this.#claims.retire(member.row.origin)
    }
    return true
  }

  /** A member, a new run of one, or a new address. */
  #record({ origin, address }: Row, former: Row | undefined): void {
    this.#outbox.append({ kind: 'member', origin, address })
    if (former === undefined) {
      this.counters.membersJoined++
      this.#outbox.say('info', { member: nameOf(origin), address }, 'A member joined')
    } else if (former.origin !== origin) {
      this.#claims.retire(former.origin)
      this.risen.delete(former.origin)
      this.counters.membersReturned++
      this.#outbox.say('info', { member: nameOf(origin), origin }, 'A member came back as a new run')
    }
  }
}
