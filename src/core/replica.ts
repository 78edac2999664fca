/**
 * One node's state machine: pure, synchronous, without I/O. Two laws hold after every step. Held is covered: no entry is
 * visible before V claims it, and both go to the log in one record. An answer and the vector it is judged by are of the
 * same instant: a giver freezes its view first. The host feeds inputs and carries out effects, in order.
 */

import { AntiEntropy } from './anti-entropy.ts'
import type { Change } from './change.ts'
import type { Claims } from './claims.ts'
import { unixMsFromHlc } from './clock.ts'
import { type Entry, liveEntry, tombstone } from './entry.ts'
import { invariant } from './errors.ts'
import { Holdings } from './holdings.ts'
import { Journal } from './journal.ts'
import { H_UNKNOWN, Members } from './members.ts'
import type { Message, Push, Row } from './message.ts'
import { compareRuns, drawOrigin, formatOrigin, nameOf, type OriginId, parseOrigin, RUN_MAX } from './origin.ts'
import { Outbox } from './outbox.ts'
import { Pace } from './pace.ts'
import type { LogRecord } from './record.ts'
import type { ReplicaOptions } from './replica-options.ts'
import type { Effect, Input, Now } from './step.ts'
import type { Store } from './store.ts'
import { Turn } from './turn.ts'

/** More would be two living nodes of one name that chase each other. */
const REDRAWS_MAX = 3

export class Replica {
  readonly store: Store
  readonly claims: Claims
  readonly members: Members
  readonly #options: ReplicaOptions
  readonly #holdings: Holdings
  readonly #pace: Pace
  /** What is on its way to the disk, and what the disk claims. */
  readonly #journal = new Journal()
  readonly #outbox: Outbox
  readonly #antiEntropy: AntiEntropy
  /** Own writes since the last turn ended. */
  readonly #turn = new Turn()
  readonly #counters = {
    pushesTaken: 0,
    pushesCovered: 0,
    pushGaps: 0,
    pushesTakenInPart: 0,
    writesDeferred: 0,
    entriesUnparked: 0,
    runsRedrawn: 0,
    membersJoined: 0,
    membersReturned: 0,
  }
  #self: OriginId = ''
  #selfIsDurable = false
  /** How often this process drew another origin because a greater run of its name was known. */
  #redraws = 0
  /** Own writes up to here were pushed. */
  #pushedUpTo = 0
  /** Writes that came before the origin was durable. The host bounds how many may wait. */
  #deferred: { op: number; changes: readonly Change[] }[] = []
  /** Origins whose V rose by a row since the last vector record. */
  readonly #risen = new Set<OriginId>()
  readonly #linked = new Set<string>()

  constructor(options: ReplicaOptions, now: Now) {
    this.#options = options
    this.#holdings = new Holdings(options.maxClockSkewMs)
    this.store = this.#holdings.store
    this.claims = this.#holdings.claims
    this.members = new Members(options)
    this.#pace = new Pace(options, options.rng, now.monoMs)
    this.#outbox = new Outbox(this.#journal)
    this.#antiEntropy = new AntiEntropy(options, this.#holdings, this.#outbox, this.#pace, this.#isCurrent)
  }

  /** The present run. Empty before `start`. */
  get origin(): OriginId {
    return this.#self
  }

  /** The latest row, as peers see it. */
  get row(): Row {
    return this.#outbox.row
  }

  /** What happened since the start, for `status`. */
  get counters(): Readonly<Record<string, number>> {
    return { ...this.#counters, ...this.#antiEntropy.counters }
  }

  /** HLC up to which every write of every member is known to be on every member's disk; `undefined` while unknown. */
  stableTime(): number | undefined {
    // A node that looks for others and has met none knows only of itself, which is not the cluster.
    if (this.members.size === 0 && this.#options.hasSeeds) return undefined
    return this.members.stableTime(this.#outbox.row)
  }

  /** Takes in one record of the log, in order, before `start`. */
  recover(record: LogRecord, now: Now): void {
    invariant(this.#journal.appended === 0, 'the log is replayed before the replica starts')
    if (record.kind === 'origin') this.#self = record.origin
    if (record.kind === 'member') this.members.remember(record.origin, record.address, now.monoMs)
    this.#holdings.replay(record, now, this.#isCurrent, this.#isOwn)
    this.#journal.claims.absorb(record, this.#isCurrent)
  }

  /** Draws this run's origin. Its record must be durable before anything else is believed; writes wait for that. */
  start(now: Now): Effect[] {
    const former = parseOrigin(this.#self)
    this.#holdings.clock.observe(former?.birth ?? 0, Number.MAX_SAFE_INTEGER)
    this.#holdings.replayed(now, this.#isOwn)
    this.#draw((former?.run ?? 0) + 1, now)
    return this.#outbox.take()
  }

  step(now: Now, input: Input): Effect[] {
    switch (input.kind) {
      case 'write':
        this.#write(input.op, input.changes, now)
        break
      case 'turn':
        this.#endTurn()
        break
      case 'message':
        this.#hear(input.from, input.message, now)
        break
      case 'linkUp':
        this.#linkUp(input.peer, input.row, now)
        break
      case 'linkDown':
        this.#linkDown(input.peer)
        break
      case 'twin':
        this.#meetTwin(input.row, now)
        break
      case 'promised':
        for (const waiting of this.#journal.promised(input.index)) this.#outbox.reply(waiting)
        break
      case 'durable':
        this.#becameDurable(input.index, now)
        break
      case 'tick':
        this.#tick(now)
        break
    }
    return this.#outbox.take()
  }

  // Own writes.

  #write(op: number, changes: readonly Change[], now: Now): void {
    if (!this.#selfIsDurable) {
      this.#counters.writesDeferred++
      this.#deferred.push({ op, changes })
      return
    }
    const origin = this.#self
    const shown: Entry[] = []
    let time = 0
    for (const { key, value } of changes) {
      time = this.#holdings.clock.stamp(now.wallMs)
      const entry = value === undefined ? tombstone(key, time, origin) : liveEntry(key, time, origin, value)
      // An own write is shown whatever the clock says: its author must read it back.
      if (this.store.apply(entry, Number.POSITIVE_INFINITY)) shown.push(entry)
      this.#turn.add(entry)
    }
    if (time > 0) this.claims.wrote(origin, time)
    this.#turn.addCaller({ op, version: { time, origin } })
    this.#outbox.notify(shown)
  }

  /** One record and one push for all that was written since the last turn; several when it is much. */
  #endTurn(): void {
    const { pieces, callers } = this.#turn.end(this.#options.pushBytesMax)
    if (callers.length === 0) return
    const origin = this.#self
    const peers = [...this.#linked]
    for (const entries of pieces) {
      const upTo = entries[entries.length - 1]?.time ?? 0
      this.#outbox.append({ kind: 'write', origin, upTo, entries })
      this.#outbox.send(peers, { kind: 'push', origin, after: this.#pushedUpTo, upTo, entries })
      this.#pushedUpTo = upTo
    }
    for (const caller of callers) this.#journal.wait(caller)
    this.#pace.hurryDigest()
  }

  #becameDurable(index: number, now: Now): void {
    this.#journal.synced(index, this.#isCurrent)
    if (this.#selfIsDurable || this.#journal.awaitsOrigin) return
    this.#selfIsDurable = true
    const deferred = this.#deferred
    this.#deferred = []
    for (const { op, changes } of deferred) this.#write(op, changes, now)
    this.#endTurn()
  }

  // Messages.

  #hear(from: string, message: Message, now: Now): void {
    this.#holdings.clock.observe(message.row.clear, now.wallMs)
    this.members.heard(from, now.monoMs)
    this.#learnRow(message.row, from, now)
    const { body } = message
    switch (body.kind) {
      case 'row':
        for (const row of body.rows) this.#learnRow(row, from, now)
        break
      case 'push':
        this.#hearPush(from, body, now)
        break
      case 'digest':
        this.#antiEntropy.hearDigest(from, body, now)
        break
      case 'same':
        this.#antiEntropy.hearSame(from, now)
        break
      case 'pull':
        this.#antiEntropy.hearPull(from, message.row.origin, body, this.#self, now)
        break
      case 'piece':
        this.#antiEntropy.hearPiece(from, body, now)
        break
      case 'ended':
        this.#antiEntropy.hearEnded(body, now)
        break
    }
  }

  #hearPush(from: string, push: Push, now: Now): void {
    const known = this.claims.seen.get(push.origin)
    if (known >= push.upTo) {
      this.#counters.pushesCovered++
      return
    }
    if (known < push.after) {
      // Taking it would claim the writes between, which never came.
      this.#counters.pushGaps++
      this.#antiEntropy.wish(from, now)
      return
    }
    this.#counters.pushesTaken++
    if (known > push.after) this.#counters.pushesTakenInPart++
    const fresh = known > push.after ? push.entries.filter((entry) => entry.time > known) : push.entries
    this.#outbox.append({ kind: 'write', origin: push.origin, upTo: push.upTo, entries: fresh })
    const shown = this.#holdings.merge(fresh, now)
    this.claims.wrote(push.origin, push.upTo)
    this.#outbox.notify(shown)
    this.#pace.hurryDigest()
  }

  // Members.

  #learnRow(row: Row, from: string, now: Now): void {
    if (nameOf(row.origin) === this.#options.name) {
      if (row.origin !== this.#self) this.#meetOwnName(row, now)
      return
    }
    const isFresh = unixMsFromHlc(row.clear) > now.wallMs - this.#options.deadAfterMs
    const { taken, former } = this.members.learn(row, isFresh, now.monoMs)
    this.members.peerHas(from, row)
    if (!taken) return
    if (former?.origin !== row.origin || former.address !== row.address) this.#recordMember(row, former)
    // It holds all that the member wrote, so it holds all up to the time before which the member will write no more.
    if (this.claims.seen.get(row.origin) >= row.last && this.claims.silent(row.origin, row.clear)) {
      this.#risen.add(row.origin)
    }
  }

  /** A member, a new run of one, or a new address. */
  #recordMember({ origin, address }: Row, former: Row | undefined): void {
    this.#outbox.append({ kind: 'member', origin, address })
    if (former === undefined) {
      this.#counters.membersJoined++
      this.#outbox.say('info', { member: nameOf(origin), address }, 'A member joined')
    } else if (former.origin !== origin) {
      this.claims.retire(former.origin)
      this.#counters.membersReturned++
      this.#outbox.say('info', { member: nameOf(origin), origin }, 'A member came back as a new run')
    }
  }

  /** A row of this node's own name and another run. A greater one means that this disk is not the newest of the name. */
  #meetOwnName(row: Row, now: Now): void {
    const theirs = this.#greaterRun(row)
    if (theirs === undefined || theirs.run >= RUN_MAX || this.#redraws >= REDRAWS_MAX) return
    this.#redraws++
    this.#counters.runsRedrawn++
    const known = row.origin
    this.#outbox.say(
      'warn',
      { known, mine: this.#self },
      'A later run of this name is known: starting a new run above it',
    )
    this.#draw(theirs.run + 1, now)
    this.#beat(now)
  }

  #meetTwin(row: Row, now: Now): void {
    if (this.#greaterRun(row) === undefined) return
    this.#holdings.clock.observe(row.clear, now.wallMs)
    if (this.#redraws === 0) {
      this.#meetOwnName(row, now)
      return
    }
    const { name } = this.#options
    const reason = `another running node is called ${name}; writes that only this one acknowledged stay on its disk`
    this.#outbox.stop('ERR_NAME_IN_USE', reason)
  }

  /** The run of this node's name that the row is of, when it is greater than the present one. */
  #greaterRun(row: Row): ReturnType<typeof parseOrigin> {
    const theirs = parseOrigin(row.origin)
    const mine = parseOrigin(this.#self)
    if (theirs === undefined || mine === undefined || compareRuns(theirs, mine) <= 0) return undefined
    return theirs
  }

  #draw(run: number, now: Now): void {
    this.#endTurn()
    const { name, address, rng } = this.#options
    const former = this.#self
    const birth = this.#holdings.clock.stamp(now.wallMs)
    const origin = formatOrigin(drawOrigin(name, run, birth, rng))
    this.#self = origin
    this.#selfIsDurable = false
    this.#pushedUpTo = birth
    this.#outbox.append({ kind: 'origin', origin })
    if (former !== '') this.claims.retire(former)
    this.#risen.delete(former)
    this.#outbox.row = { origin, seq: 1, address, last: birth, clear: birth, low: -1, h: H_UNKNOWN }
  }

  #linkUp(peer: string, row: Row, now: Now): void {
    this.#linked.add(peer)
    this.members.heard(peer, now.monoMs)
    this.#learnRow(row, peer, now)
    this.#outbox.send([peer], { kind: 'row', rows: this.members.rowsFor(peer) })
    this.#antiEntropy.sendDigest(peer)
  }

  #linkDown(peer: string): void {
    this.#linked.delete(peer)
    this.members.forgetPeer(peer)
    this.#antiEntropy.forgetPeer(peer)
  }

  // Time.

  #tick(now: Now): void {
    const pausedMs = this.#pace.tick(now.monoMs)
    if (pausedMs > this.#options.suspectAfterMs / 2) this.members.forgive(pausedMs, now.monoMs)
    const due = this.#holdings.unpark(now)
    this.#counters.entriesUnparked += due.length
    this.#outbox.notify(due)
    if (this.#pace.takeBeat(now.monoMs)) this.#beat(now)
    const peer = this.#pace.takeDigest(now.monoMs) ? this.#randomPeer() : undefined
    if (peer !== undefined) this.#antiEntropy.sendDigest(peer)
    this.#antiEntropy.tick(now)
  }

  /** Says once more what this node has, to all peers; to one of them also what it knows of the others. */
  #beat(now: Now): void {
    // The vector record below claims all own writes up to now: their records must stand before it.
    this.#endTurn()
    const clear = this.#holdings.clock.now(now.wallMs)
    if (this.claims.silent(this.#self, clear)) this.#risen.add(this.#self)
    const seen = [...this.#risen].map((origin) => [origin, this.claims.seen.get(origin)] as const)
    this.#risen.clear()
    if (seen.length > 0) this.#outbox.append({ kind: 'vector', seen })
    const durable = this.#journal.claims.seen
    this.#outbox.row = {
      origin: this.#self,
      seq: this.row.seq + 1,
      address: this.#options.address,
      last: this.claims.written.get(this.#self),
      clear,
      low: this.#selfIsDurable ? this.members.lowOf(durable, this.#self) : -1,
      h: this.members.hashOf(durable, this.#self),
    }
    const confidant = this.#randomPeer()
    if (confidant === undefined) return
    this.#outbox.send([confidant], { kind: 'row', rows: this.members.rowsFor(confidant) })
    this.#outbox.send(
      [...this.#linked].filter((peer) => peer !== confidant),
      { kind: 'row', rows: [] },
    )
  }

  /** Of this run or of a former one. */
  readonly #isOwn = (origin: OriginId): boolean => nameOf(origin) === this.#options.name

  readonly #isCurrent = (origin: OriginId): boolean => origin === this.#self || this.members.isCurrent(origin)

  #randomPeer(): string | undefined {
    const peers = [...this.#linked]
    return peers[Math.floor(this.#options.rng() * peers.length)]
  }
}
