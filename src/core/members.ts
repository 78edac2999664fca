/**
 * Who belongs to the cluster: every name with a row, alive or not. Of two rows of a name the greater (run, seq) wins.
 * Knows who was heard of when, which rows each peer is known to have, and the stable time that all rows together allow.
 * Names are durable through member records; rows are not, so after a restart nobody has promised anything yet.
 */

import { hashString, LaneSum, lanesToHex } from './hash.ts'
import type { Row } from './message.ts'
import { birthOf, compareRuns, nameOf, type OriginId, parseOrigin } from './origin.ts'
import type { VersionVector } from './vector.ts'

/** Unknown: equal to no real hash, since a row with `low` −1 stands beside it. */
export const H_UNKNOWN = '0000000000000000'

/** Names that a cluster may have, dead ones included. Rows of further names are not taken. */
export const MEMBERS_MAX = 4_096

export type MemberStatus = 'alive' | 'suspect' | 'dead'

export interface Member {
  readonly name: string
  row: Row
  /** Monotonic ms of its latest sign of life. */
  heardMs: number
  /** When this process learned of it: before, its silence is not known. */
  readonly knownMs: number
}

export interface MemberTimes {
  /** Silence after which a member is suspect, ms. */
  readonly suspectAfterMs: number
  /** Silence after which it counts as dead, ms. */
  readonly deadAfterMs: number
}

export class Members {
  /** By name; never this node itself. */
  readonly #members = new Map<string, Member>()
  /** peer → name → the (origin, seq) that the peer sent or was sent. */
  readonly #knownBy = new Map<string, Map<string, Row>>()
  readonly #times: MemberTimes

  constructor(times: MemberTimes) {
    this.#times = times
  }

  get(name: string): Member | undefined {
    return this.#members.get(name)
  }

  values(): IterableIterator<Member> {
    return this.#members.values()
  }

  get size(): number {
    return this.#members.size
  }

  /** A member remembered from the log: known by name and run, heard of when this process began. */
  remember(origin: OriginId, address: string, nowMs: number): void {
    const birth = birthOf(origin)
    const row = rowAtBirth(origin, 0, address, birth)
    this.#members.set(nameOf(origin), { name: nameOf(origin), row, heardMs: nowMs, knownMs: nowMs })
  }

  /**
   * Takes the row when it is newer than the one known. What it replaced tells the caller what changed. `isFresh`: the
   * member said it just now, so it is a sign of life; a row of a dead member may come late, by way of others.
   */
  learn(row: Row, isFresh: boolean, nowMs: number): { readonly taken: boolean; readonly former: Row | undefined } {
    const name = nameOf(row.origin)
    const member = this.#members.get(name)
    if (member === undefined) {
      if (this.#members.size >= MEMBERS_MAX) return { taken: false, former: undefined }
      const heardMs = isFresh ? nowMs : nowMs - this.#times.deadAfterMs
      this.#members.set(name, { name, row, heardMs, knownMs: nowMs })
      return { taken: true, former: undefined }
    }
    if (!isNewer(row, member.row)) return { taken: false, former: member.row }
    const former = member.row
    member.row = row
    if (isFresh) member.heardMs = nowMs
    return { taken: true, former }
  }

  /** A forgotten one. */
  remove(name: string): void {
    this.#members.delete(name)
    for (const known of this.#knownBy.values()) known.delete(name)
  }

  /** Those not heard of for so long, ms. */
  silentFor(ms: number, nowMs: number): Member[] {
    return [...this.#members.values()].filter(({ heardMs, knownMs }) => nowMs - Math.max(heardMs, knownMs) >= ms)
  }

  /** A sign of life that came over the peer's own link. */
  heard(name: string, nowMs: number): void {
    const member = this.#members.get(name)
    if (member !== undefined) member.heardMs = nowMs
  }

  /** Time in which this process did not run is nobody's silence. */
  forgive(pauseMs: number, nowMs: number): void {
    for (const member of this.#members.values()) member.heardMs = Math.min(member.heardMs + pauseMs, nowMs)
  }

  status(member: Member, nowMs: number): MemberStatus {
    const silentMs = nowMs - member.heardMs
    if (silentMs >= this.#times.deadAfterMs) return 'dead'
    return silentMs >= this.#times.suspectAfterMs ? 'suspect' : 'alive'
  }

  /** Whether `origin` is the present run of a member other than this node. */
  isCurrent(origin: OriginId): boolean {
    return this.#members.get(nameOf(origin))?.row.origin === origin
  }

  /** Notes that `peer` has `row`. */
  peerHas(peer: string, row: Row): void {
    let known = this.#knownBy.get(peer)
    if (known === undefined) {
      known = new Map()
      this.#knownBy.set(peer, known)
    }
    const name = nameOf(row.origin)
    const before = known.get(name)
    if (before === undefined || isNewer(row, before)) known.set(name, row)
  }

  /** Rows that `peer` is not known to have; from now on it is. */
  rowsFor(peer: string): Row[] {
    const known = this.#knownBy.get(peer)
    const rows: Row[] = []
    for (const { name, row } of this.#members.values()) {
      const theirs = known?.get(name)
      if (theirs !== undefined && !isNewer(row, theirs)) continue
      rows.push(row)
      this.peerHas(peer, row)
    }
    return rows
  }

  /** What was sent on a link that broke may not have arrived. */
  forgetPeer(peer: string): void {
    this.#knownBy.delete(peer)
  }

  /** The present runs of all members, `self` included. */
  runs(self: OriginId): OriginId[] {
    const runs = [self]
    for (const member of this.#members.values()) runs.push(member.row.origin)
    return runs
  }

  /** `low` of a row: the least of `seen` over the present runs of all members, `self` included. */
  lowOf(seen: VersionVector, self: OriginId): number {
    let low = seen.get(self)
    for (const member of this.#members.values()) low = Math.min(low, seen.get(member.row.origin))
    return low
  }

  /** `h` of a row: hash of the present runs, and of `seen` for all other origins. In time that follows the members. */
  hashOf(seen: VersionVector, self: OriginId): string {
    const runs = this.runs(self)
    const sum = new LaneSum()
    const hash = { a: 0, b: 0 }
    for (const origin of runs) {
      hashString(origin, hash)
      sum.add(hash.a, hash.b)
    }
    hashString(sum.toHex() + seen.hashWithout(runs), hash)
    return lanesToHex(hash.a, hash.b)
  }

  /** Every write of every member with a time at or below it is on every member's disk; `undefined` while views differ. */
  stableTime(own: Row): number | undefined {
    let stable = own.low
    for (const { row } of this.#members.values()) {
      // Lows under different memberships say nothing about each other's members.
      if (row.h !== own.h) return undefined
      stable = Math.min(stable, row.low)
    }
    return stable < 0 ? undefined : stable
  }

  /** Who keeps the stable time below `time`: those of whom this node has not heard so much, else those who say that they lack it. */
  holdingBack(time: number, own: Row, seen: VersionVector): string[] {
    const all = [...this.#members.values()]
    const silent = all.filter(({ row }) => seen.get(row.origin) < time)
    const lacking = silent.length > 0 ? silent : all.filter(({ row }) => row.h !== own.h || row.low < time)
    return lacking.map(({ name }) => name).sort()
  }
}

/** The row of a run that has done nothing yet and promises nothing. */
export function rowAtBirth(origin: OriginId, seq: number, address: string, birth: number): Row {
  return {
    origin,
    seq,
    address,
    last: birth,
    clear: birth,
    low: -1,
    h: H_UNKNOWN,
    wallMs: 0,
    gone: H_UNKNOWN,
    joining: false,
  }
}

/** The order of rows of one name. */
function isNewer(row: Row, than: Row): boolean {
  if (row.origin === than.origin) return row.seq > than.seq
  const mine = parseOrigin(row.origin)
  const theirs = parseOrigin(than.origin)
  return mine !== undefined && theirs !== undefined && compareRuns(mine, theirs) > 0
}
