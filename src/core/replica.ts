/**
 * One node's state machine: pure, synchronous, without I/O. Two laws hold after every step. Held is covered: no entry is
 * visible before V claims it, and both go to the log in one record. An answer and the vector it is judged by are of the
 * same instant: a giver freezes its view first. The host feeds inputs and carries out effects, in order.
 */

import { AntiEntropy } from './anti-entropy.ts'
import type { Claims } from './claims.ts'
import { CLOCK_WORDS, ClockGuard } from './clock-guard.ts'
import { Collector } from './collector.ts'
import type { Conflicts } from './conflicts.ts'
import type { Entry } from './entry.ts'
import { invariant } from './errors.ts'
import { isAbove } from './gone.ts'
import { Heartbeat } from './heartbeat.ts'
import { Holdings } from './holdings.ts'
import { Identity } from './identity.ts'
import { Inbox } from './inbox.ts'
import { Joining } from './joining.ts'
import { Journal } from './journal.ts'
import type { Members } from './members.ts'
import { Membership } from './membership.ts'
import type { Message, Row } from './message.ts'
import { Orders } from './orders.ts'
import { type OriginId, parseOrigin } from './origin.ts'
import { Outbox } from './outbox.ts'
import { OwnRun } from './own-run.ts'
import { OwnWrites } from './own-writes.ts'
import { Pace } from './pace.ts'
import { Pushes } from './pushes.ts'
import type { LogRecord } from './record.ts'
import type { ReplicaOptions } from './replica-options.ts'
import { Salvage } from './salvage.ts'
import { snapshot } from './snapshot.ts'
import type { Effect, Input, Now } from './step.ts'
import type { Store } from './store.ts'
import { TakingBack } from './taking-back.ts'

export class Replica {
  readonly store: Store
  readonly claims: Claims
  readonly members: Members
  readonly clockGuard: ClockGuard
  readonly takingBack: TakingBack
  readonly #options: ReplicaOptions
  readonly #holdings: Holdings
  readonly #pace: Pace
  /** What is on its way to the disk, and what the disk claims. */
  readonly #journal = new Journal()
  readonly #outbox: Outbox
  readonly #run: OwnRun
  readonly #membership: Membership
  readonly #antiEntropy: AntiEntropy
  readonly #joining: Joining
  readonly #writes: OwnWrites
  readonly #collector: Collector
  readonly #heartbeat: Heartbeat
  readonly #orders: Orders
  readonly #identity: Identity
  readonly #pushes: Pushes
  readonly #inbox: Inbox
  #entriesUnparked = 0
  readonly #salvage = new Salvage()
  /** Clients have been let in. */
  #isReady = false
  readonly #linked = new Set<string>()

  constructor(options: ReplicaOptions, now: Now) {
    this.#options = options
    this.#holdings = new Holdings(options)
    this.store = this.#holdings.store
    this.claims = this.#holdings.claims
    this.clockGuard = new ClockGuard(options.maxClockSkewMs)
    this.#pace = new Pace(options, options.rng, now.monoMs)
    this.#outbox = new Outbox(this.#journal)
    this.#run = new OwnRun(options, this.#holdings, this.#outbox)
    this.#membership = new Membership(options, this.claims, this.#outbox, this.#linked)
    this.members = this.#membership.members
    this.#writes = new OwnWrites(
      options,
      this.#holdings,
      this.#run,
      this.#journal,
      this.#outbox,
      this.#pace,
      this.#linked,
    )
    this.#collector = new Collector(options, this.#holdings, this.#outbox)
    const shared = { run: this.#run, holdings: this.#holdings, membership: this.#membership, outbox: this.#outbox }
    this.#heartbeat = new Heartbeat(options.address, shared, this.#journal, this.#linked)
    this.#identity = new Identity(options.name, shared, this.#writes)
    this.#joining = new Joining(options.name, options.joinTimeoutMs, now.monoMs)
    this.#antiEntropy = new AntiEntropy(options, shared, this.#salvage, this.#pace, this.#isCurrent)
    this.takingBack = new TakingBack(options.hasSeeds, shared, this.#salvage, this.#antiEntropy)
    this.#pushes = new Pushes(this.#holdings, this.#antiEntropy, this.#outbox, this.#pace)
    this.#inbox = new Inbox(
      this.#run,
      this.clockGuard,
      this.#pushes,
      this.#antiEntropy,
      this.#outbox,
      (row, from, now) => {
        this.#learnRow(row, from, now)
      },
    )
    this.#orders = new Orders(
      options,
      this.#holdings,
      this.#membership,
      this.#antiEntropy,
      this.takingBack,
      this.#journal,
      this.#outbox,
      this.#linked,
    )
  }

  /** The present run. Empty before `start`. */
  get origin(): OriginId {
    return this.#run.origin
  }

  /** As peers see it. */
  get row(): Row {
    return this.#outbox.row
  }

  /** Tombstones at or below it may have been let go of. */
  get floor(): number {
    return this.#holdings.floor
  }

  get conflicts(): Conflicts {
    return this.#holdings.conflicts
  }

  /** Index of its latest record. */
  get appended(): number {
    return this.#journal.appended
  }

  /** It has not taken over yet what the others have. */
  get isJoining(): boolean {
    return this.#run.isJoining
  }

  /** For `status`, since the start. */
  get counters(): Readonly<Record<string, number>> {
    return {
      ...this.#pushes.counters,
      entriesUnparked: this.#entriesUnparked,
      ...this.#salvage.counters,
      clockOffsetMaxMs: this.clockGuard.offsetMaxMs,
      ...this.#writes.counters,
      ...this.#collector.counters,
      ...this.#membership.counters,
      ...this.#identity.counters,
      ...this.#antiEntropy.counters,
    }
  }

  /** The clock by which readers judge what has expired, Unix ms. */
  readMs(now: Now): number {
    return this.#holdings.unixMs(now)
  }

  /** HLC up to which every write of every member is known to be on every member's disk; `undefined` while unknown. */
  stableTime(): number | undefined {
    // A node that looks for others and has met none knows only of itself, which is not the cluster.
    const hasMetNobody = this.members.size === 0 && this.#membership.gone.all().length === 0
    const { isPending } = this.#salvage
    if (isPending || this.#run.isJoining || (hasMetNobody && this.#options.hasSeeds)) return undefined
    return this.members.stableTime(this.#outbox.row)
  }

  /** Takes in one record of the log, in order, before `start`. */
  recover(record: LogRecord, now: Now): void {
    invariant(this.#journal.appended === 0, 'the log is replayed before the replica starts')
    if (record.kind === 'origin') this.#run.origin = record.origin
    this.#membership.recover(record, now.monoMs)
    this.#holdings.replay(record, now, this.#isCurrent)
    this.#journal.claims.absorb(record, this.#isCurrent)
  }

  /** Takes in one record that was set aside with a damaged stretch of the log, before `start`. */
  salvage(record: LogRecord, now: Now): void {
    if (record.kind === 'origin' && !isAbove(this.origin, record.origin)) this.#run.origin = record.origin
    if (this.#membership.salvage(record, now.monoMs)) this.#salvage.facts.push(record)
    this.#salvage.add(record)
  }

  /** Some of the log was damaged, now or before. */
  missesSome(): void {
    this.#salvage.isPending = true
  }

  /** Records that lead to what it holds now; `undefined` while it merges what no vector covers yet. */
  snapshot(): Iterator<LogRecord> | undefined {
    // What it takes over no vector covers before the end.
    if (this.#run.isJoining) return undefined
    const { staged } = this.#antiEntropy
    return snapshot(this.#holdings, this.#membership, this.origin, staged, this.#options.pieceBytesMax / 2)
  }

  /** Draws this run's origin. Its record must be durable before anything else is believed; writes wait for that. */
  start(now: Now): Effect[] {
    const former = parseOrigin(this.#run.origin)
    this.#salvage.addStaged(this.#holdings.replayed(now, former))
    this.#salvage.drop(this.claims.seen)
    if (this.#options.hasSeeds && this.claims.seen.size === 0 && this.store.all().length === 0)
      this.#run.isJoining = true
    else if (this.#options.hasSeeds || this.members.size > 0) this.#joining.comesBack(now.monoMs)
    const marked = parseOrigin(this.#membership.gone.of(this.#options.name) ?? '')
    this.#identity.draw(Math.max(former?.run ?? 0, marked?.run ?? 0) + 1, now)
    for (const fact of this.#salvage.facts.splice(0)) this.#outbox.append(fact)
    return this.#outbox.take()
  }

  step(now: Now, input: Input): Effect[] {
    const wasJoining = this.#run.isJoining
    if (this.#heartbeat.hasLeapt) {
      this.#writes.endTurn()
      this.#heartbeat.logLeap()
    }
    this.#take(input, now)
    // Peers wait for a source: they should not wait for the next beat.
    if (wasJoining && !this.#run.isJoining) this.#beat(now)
    if (!this.#isReady && this.#mayServe(now)) {
      this.#isReady = true
      this.#outbox.ready()
    }
    if ((input.kind === 'tick' || input.kind === 'chore') && this.store.advance()) this.#outbox.chore()
    return this.#outbox.take()
  }

  #take(input: Input, now: Now): void {
    switch (input.kind) {
      case 'write':
        this.#writes.write(input.op, input.changes, this.clockGuard.state, now)
        break
      case 'turn':
        this.#writes.endTurn()
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
        if (this.#identity.meetTwin(input.row, now)) this.#beat(now)
        break
      case 'promised':
        for (const waiting of this.#journal.promised(input.index)) this.#outbox.reply(waiting)
        break
      case 'durable':
        this.#becameDurable(input.index, now)
        break
      case 'logEnded':
        this.#journal.end()
        break
      case 'tick':
        this.#tick(now)
        break
      case 'chore':
        this.#antiEntropy.chore(now)
        this.takingBack.chore(now)
        if (!this.#antiEntropy.isTaking) this.#collector.lapse(now)
        this.#collector.collect()
        break
      case 'forget':
        this.#orders.forget(input.op, input.name)
        break
      case 'sync':
        this.#orders.sync(input.op, input.peer, now)
        break
      case 'resetClock':
        this.#writes.endTurn()
        this.#orders.resetClock(now)
        this.#identity.redraw((parseOrigin(this.origin)?.run ?? 0) + 1, now)
        this.#beat(now)
        this.#journal.wait({ op: input.op, version: { time: 0, origin: this.origin } })
        break
    }
  }

  #becameDurable(index: number, now: Now): void {
    this.#journal.synced(index, this.#isCurrent)
    if (this.#run.isDurable || this.#journal.awaitsOrigin) return
    this.#run.isDurable = true
    this.#writes.takeDeferred(now)
  }

  #hear(from: string, message: Message, now: Now): void {
    const { row, body } = message
    this.#holdings.clock.observe(row.clear, now.wallMs)
    this.members.heard(from, now.monoMs)
    const isMember = this.#learnRow(row, from, now)
    if (body.kind === 'gone') {
      if (this.#identity.hearMarks(body.marks, from, now)) this.#beat(now)
    }
    // A forgotten run has been told so; what it says next it says as a new one.
    else if (isMember) this.#inbox.hear(from, message, now)
  }

  /** False when its run is forgotten. */
  #learnRow(row: Row, from: string, now: Now): boolean {
    const heard = this.#identity.learn(row, from, now)
    if (heard === 'redrawn') this.#beat(now)
    return heard !== 'forgotten'
  }

  #linkUp(peer: string, row: Row, now: Now): void {
    this.#linked.add(peer)
    this.members.heard(peer, now.monoMs)
    this.#learnRow(row, peer, now)
    this.#outbox.send([peer], { kind: 'row', rows: this.members.rowsFor(peer) })
    if (!this.#run.isJoining) this.#antiEntropy.sendDigest(peer, now)
  }

  #linkDown(peer: string): void {
    this.#linked.delete(peer)
    this.members.forgetPeer(peer)
    this.clockGuard.forgetPeer(peer)
    this.#antiEntropy.forgetPeer(peer)
  }

  // Joining.

  #join(now: Now): void {
    if (!this.#run.isJoining || this.#antiEntropy.isTaking) return
    const next = this.#joining.next(this.#linked, this.members, now.monoMs)
    if (next === 'wait') return
    if (next === 'found') {
      this.#run.isJoining = false
      this.#antiEntropy.stopJoining()
      if (this.#linked.size === 0) this.#outbox.say('warn', {}, 'No member could be reached: this node begins alone')
    } else this.#antiEntropy.pullOnce(next.source, now)
  }

  #mayServe(now: Now): boolean {
    if (!this.#run.isDurable || this.#run.isJoining || this.takingBack.isUnderWay) return false
    return this.#antiEntropy.compared.size > 0 || !this.#joining.mustAsk(this.#linked.size > 0, now.monoMs)
  }

  // Time.

  #tick(now: Now): void {
    const pausedMs = this.#pace.tick(now.monoMs)
    if (pausedMs > this.#options.suspectAfterMs / 2) this.members.forgive(pausedMs, now.monoMs)
    // What is being taken over shows to nobody yet.
    if (!this.#antiEntropy.isTaking) {
      const due = this.#holdings.unpark(now)
      this.#entriesUnparked += due.length
      this.#outbox.notify(due)
      this.#collector.lapse(now)
    }
    this.#join(now)
    if (this.#pace.takeBeat(now.monoMs)) this.#beat(now)
    if (this.#pace.takeDigest(now.monoMs) && !this.#run.isJoining) this.#antiEntropy.digestTo(this.#randomPeer(), now)
    this.#antiEntropy.tick(now)
    this.takingBack.tick(this.#linked, now)
  }

  /** The entry that readers find of a key: live, a tombstone, or nothing. */
  read(key: string, now: Now): Entry | undefined {
    const entry = this.store.shown(key)
    if (entry?.expiresAt === undefined) return entry
    return this.#holdings.noticeExpired(entry, now) ? undefined : entry
  }

  /** Says once more what this node has, to all peers. */
  #beat(now: Now): void {
    this.#membership.tick(now)
    const state = this.clockGuard.judge(this.readMs(now), now)
    if (state !== undefined) this.#outbox.say(state === 'ok' ? 'info' : 'warn', { clock: state }, CLOCK_WORDS[state])
    // The vector record below claims all own writes up to now: their records must stand before it.
    this.#writes.endTurn()
    this.#heartbeat.renew(now)
    this.#collector.raise(this.stableTime(), now)
    this.#heartbeat.send(this.#randomPeer())
  }

  /** Whether readers find a value no more. */
  noticeExpired(entry: Entry, now: Now): boolean {
    return this.#holdings.noticeExpired(entry, now)
  }

  readonly #isCurrent = (origin: OriginId): boolean => origin === this.origin || this.members.isCurrent(origin)

  #randomPeer(): string | undefined {
    const peers = [...this.#linked]
    return peers[Math.floor(this.#options.rng() * peers.length)]
  }
}
