/**
 * One node's state machine: pure, synchronous, without I/O. Two laws hold after every step. Held is covered: no entry is
 * visible before V claims it, and both go to the log in one record. An answer and the vector it is judged by are of the
 * same instant: a giver freezes its view first. The host feeds inputs and carries out effects, in order.
 */

import { Asker } from './asker.ts'
import type { Change } from './change.ts'
import { Claims } from './claims.ts'
import { HybridClock } from './clock.ts'
import { type Entry, liveEntry, tombstone, type Version } from './entry.ts'
import { invariant } from './errors.ts'
import { entryBytes, Giver } from './giver.ts'
import { H_UNKNOWN, Members } from './members.ts'
import type { Body, Digest, Message, Piece, Pull, Push, Row } from './message.ts'
import { compareRuns, drawOrigin, formatOrigin, nameOf, type OriginId, parseOrigin } from './origin.ts'
import type { LogRecord } from './record.ts'
import type { ReplicaOptions } from './replica-options.ts'
import type { Effect, Input, Now } from './step.ts'
import { Store } from './store.ts'

/** More would be two living nodes of one name that chase each other. */
const REDRAWS_MAX = 3

export class Replica {
  readonly store: Store = new Store()
  readonly claims: Claims = new Claims()
  readonly members: Members
  /** What happened since the start, for `status`. */
  readonly counters = {
    pushesTaken: 0,
    pushesCovered: 0,
    pushGaps: 0,
    digestsSent: 0,
    digestsSame: 0,
    pullsGiven: 0,
    pullsCommitted: 0,
    pullsEnded: 0,
    entriesPulled: 0,
    fingerprintDiffers: 0,
  }
  readonly #options: ReplicaOptions
  readonly #clock: HybridClock
  readonly #asker: Asker
  readonly #giver: Giver
  /** V as the disk has it. */
  readonly #durable = new Claims()
  #effects: Effect[] = []
  #self: OriginId = ''
  #selfIsDurable = false
  /** How often this process drew another origin because a greater run of its name was known. */
  #redraws = 0
  #row: Row = { origin: '', seq: 0, address: '', last: 0, clear: 0, low: -1, h: H_UNKNOWN }
  /** Index of the latest record appended. */
  #appended = 0
  #durableUpTo = 0
  /** Appended, not durable. */
  readonly #undurable: LogRecord[] = []
  /** Own writes of this turn. */
  #turnEntries: Entry[] = []
  /** Own writes up to here were pushed. */
  #pushedUpTo = 0
  /** Callers of this turn, and those whose record is on its way to the log. */
  #turnOps: { op: number; version: Version }[] = []
  readonly #waiting: { op: number; version: Version; index: number }[] = []
  /** Writes that came before the origin was durable. */
  #deferred: { op: number; changes: readonly Change[] }[] = []
  /** Origins whose V rose by a row since the last vector record. */
  readonly #risen = new Set<OriginId>()
  /** At replay: pieces of exchanges whose commit has not come yet. */
  readonly #restaged = new Map<number, Entry[]>()
  readonly #linked = new Set<string>()
  /** Peers that were sent a digest and have not answered. */
  readonly #digested = new Set<string>()
  #lastTickMs: number
  #nextBeatMs: number
  #nextDigestMs: number

  constructor(options: ReplicaOptions, now: Now) {
    this.#options = options
    this.#clock = new HybridClock(options.maxClockSkewMs, 0)
    this.members = new Members(options)
    this.#asker = new Asker(options, Math.floor(options.rng() * 2 ** 47))
    this.#giver = new Giver(options)
    this.#lastTickMs = now.monoMs
    this.#nextBeatMs = now.monoMs
    this.#nextDigestMs = now.monoMs
  }

  /** The present run. Empty before `start`. */
  get origin(): OriginId {
    return this.#self
  }

  /** The latest row, as peers see it. */
  get row(): Row {
    return this.#row
  }

  get clockLast(): number {
    return this.#clock.last
  }

  isLinked(name: string): boolean {
    return this.#linked.has(name)
  }

  /** HLC up to which every write of every member is known to be on every member's disk; `undefined` while unknown. */
  stableTime(): number | undefined {
    return this.members.stableTime(this.#row)
  }

  /** Takes in one record of the log, in order, before `start`. */
  recover(record: LogRecord, now: Now): void {
    invariant(this.#appended === 0, 'the log is replayed before the replica starts')
    if (record.kind === 'origin') {
      const former = this.#self
      this.#self = record.origin
      if (former !== '') this.#retire(former)
    } else if (record.kind === 'member') {
      const former = this.members.get(nameOf(record.origin))?.row.origin
      this.members.remember(record.origin, record.address, now.monoMs)
      if (former !== undefined && former !== record.origin) this.#retire(former)
    } else if (record.kind === 'stage') {
      const staged = this.#restaged.get(record.exchange)
      if (staged === undefined) this.#restaged.set(record.exchange, [...record.entries])
      else for (const entry of record.entries) staged.push(entry)
    } else {
      if (record.kind === 'commit') {
        this.#merge(this.#restaged.get(record.exchange) ?? [], now)
        this.#restaged.delete(record.exchange)
      }
      if (record.kind !== 'vector') this.#merge(record.entries, now)
      this.#absorb(this.claims, record)
      this.#absorb(this.#durable, record)
    }
  }

  /** Draws this run's origin. Its record must be durable before anything else is believed; writes wait for that. */
  start(now: Now): Effect[] {
    const former = parseOrigin(this.#self)
    this.#restaged.clear()
    for (const [origin, time] of this.claims.seen) {
      // Own times count in full: this node's clock never falls, even if the machine's did.
      this.#clock.observe(time, nameOf(origin) === this.#options.name ? Number.MAX_SAFE_INTEGER : now.wallMs)
    }
    this.#clock.observe(former?.birth ?? 0, Number.MAX_SAFE_INTEGER)
    this.#unpark(now)
    this.#draw((former?.run ?? 0) + 1, now)
    return this.#takeEffects()
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
        this.#answerWriters(input.index)
        break
      case 'durable':
        this.#becameDurable(input.index, now)
        break
      case 'tick':
        this.#tick(now)
        break
    }
    return this.#takeEffects()
  }

  // Own writes.

  #write(op: number, changes: readonly Change[], now: Now): void {
    if (!this.#selfIsDurable) {
      this.#deferred.push({ op, changes })
      return
    }
    const entries: Entry[] = []
    let time = 0
    for (const { key, value } of changes) {
      time = this.#clock.stamp(now.wallMs)
      const entry = value === undefined ? tombstone(key, time, this.#self) : liveEntry(key, time, this.#self, value)
      // An own write is shown whatever the clock says: its author must read it back.
      if (this.store.apply(entry, Number.POSITIVE_INFINITY)) entries.push(entry)
      this.#turnEntries.push(entry)
    }
    if (time > 0) this.claims.wrote(this.#self, time)
    this.#turnOps.push({ op, version: { time, origin: this.#self } })
    this.#notify(entries)
  }

  /** One record and one push for all that was written since the last turn; several when it is much. */
  #endTurn(): void {
    if (this.#turnOps.length === 0) return
    const entries = this.#turnEntries
    const ops = this.#turnOps
    this.#turnEntries = []
    this.#turnOps = []
    for (let start = 0; start < entries.length; ) {
      let end = start
      for (let bytes = 0; end < entries.length && bytes < this.#options.pushBytesMax; end++)
        bytes += entryBytes(entries[end])
      const chunk = start === 0 && end === entries.length ? entries : entries.slice(start, end)
      const upTo = chunk[chunk.length - 1]?.time ?? 0
      this.#append({ kind: 'write', origin: this.#self, upTo, entries: chunk })
      if (this.#linked.size > 0) {
        this.#send([...this.#linked], {
          kind: 'push',
          origin: this.#self,
          after: this.#pushedUpTo,
          upTo,
          entries: chunk,
        })
      }
      this.#pushedUpTo = upTo
      start = end
    }
    for (const { op, version } of ops) this.#waiting.push({ op, version, index: this.#appended })
    this.#hurryDigest()
  }

  #answerWriters(index: number): void {
    let answered = 0
    for (const { op, version, index: needed } of this.#waiting) {
      if (needed > index) break
      this.#effects.push({ kind: 'reply', op, version })
      answered++
    }
    this.#waiting.splice(0, answered)
  }

  #becameDurable(index: number, now: Now): void {
    const count = index - this.#durableUpTo
    for (const record of this.#undurable.splice(0, count)) this.#absorb(this.#durable, record)
    this.#durableUpTo = index
    if (this.#selfIsDurable || this.#undurable.some((record) => record.kind === 'origin')) return
    this.#selfIsDurable = true
    const deferred = this.#deferred
    this.#deferred = []
    for (const { op, changes } of deferred) this.#write(op, changes, now)
    this.#endTurn()
  }

  // Messages.

  #hear(from: string, message: Message, now: Now): void {
    this.#clock.observe(message.row.clear, now.wallMs)
    this.members.heard(from, now.monoMs)
    this.#learnRow(message.row, from, now)
    const { body } = message
    switch (body.kind) {
      case 'row':
        for (const row of body.rows) this.#learnRow(row, from, now)
        break
      case 'push':
        this.#takePush(from, body, now)
        break
      case 'digest':
        this.#compareDigest(from, body, now)
        break
      case 'same':
        if (this.#digested.delete(from)) this.#slowDigest(now)
        break
      case 'pull':
        this.#answerPull(from, message.row.origin, body, now)
        break
      case 'piece':
        this.#takePiece(from, body, now)
        break
      case 'ended':
        if (this.#asker.exchange?.id === body.exchange) {
          this.counters.pullsEnded++
          this.#asker.end(body.exchange)
          this.#beginPull(now)
        }
        break
    }
  }

  #takePush(from: string, push: Push, now: Now): void {
    const known = this.claims.seen.get(push.origin)
    if (known >= push.upTo) {
      this.counters.pushesCovered++
      return
    }
    if (known < push.after) {
      // Taking it would claim the writes between, which never came.
      this.counters.pushGaps++
      this.#wishPull(from, now)
      return
    }
    this.counters.pushesTaken++
    const fresh = known > push.after ? push.entries.filter((entry) => entry.time > known) : push.entries
    this.#append({ kind: 'write', origin: push.origin, upTo: push.upTo, entries: fresh })
    const shown = this.#merge(fresh, now)
    this.claims.wrote(push.origin, push.upTo)
    this.#notify(shown)
    this.#hurryDigest()
  }

  #compareDigest(from: string, digest: Digest, now: Now): void {
    const writtenIsSame = digest.written === this.claims.written.hash()
    const fingerprintIsSame = digest.fingerprint === this.store.fingerprint()
    if (writtenIsSame && fingerprintIsSame) {
      this.#send([from], { kind: 'same' })
      return
    }
    // The same writes and other entries: damage or a bug, which a pull by vectors cannot mend.
    if (writtenIsSame) this.counters.fingerprintDiffers++
    this.#wishPull(from, now)
  }

  #answerPull(from: string, asker: OriginId, pull: Pull, now: Now): void {
    const answers = this.#giver.answer(from, asker, pull, this.#self, now.monoMs, () => {
      this.counters.pullsGiven++
      const theirs = new Claims()
      theirs.seen.union(pull.seen)
      return {
        entries: this.store.notCoveredBy(theirs.seen),
        seen: this.claims.seen.toEntries(),
        written: this.claims.written.toEntries(),
      }
    })
    for (const answer of answers) this.#send([from], answer)
    // A pull that answers our digest says that we differ: the peer may have what we lack.
    if (this.#digested.delete(from)) this.#wishPull(from, now)
  }

  #takePiece(from: string, piece: Piece, now: Now): void {
    const outcome = this.#asker.take(from, piece, now.monoMs)
    switch (outcome.kind) {
      case 'ignored':
        return
      case 'ended':
        this.counters.pullsEnded++
        break
      case 'staged':
        this.#append({ kind: 'stage', exchange: piece.exchange, entries: piece.entries })
        if (outcome.pull !== undefined) this.#send([from], outcome.pull)
        return
      case 'complete': {
        const { exchange, end } = outcome
        // What came by a push meanwhile is covered already.
        const fresh = exchange.staged.filter((entry) => !this.claims.seen.covers(entry))
        const { entries } = piece
        this.#append({ kind: 'commit', exchange: exchange.id, entries, seen: end.seen, written: end.written })
        const shown = this.#merge(fresh, now)
        for (const [, time] of end.seen) this.#clock.observe(time, now.wallMs)
        this.claims.join(end.seen, end.written, this.#isCurrent)
        this.counters.pullsCommitted++
        this.counters.entriesPulled += fresh.length
        this.#notify(shown)
        if (fresh.length > 0) this.#hurryDigest()
        break
      }
    }
    this.#beginPull(now)
  }

  // Members.

  #learnRow(row: Row, from: string, now: Now): void {
    if (nameOf(row.origin) === this.#options.name) {
      if (row.origin !== this.#self) this.#meetOwnName(row, now)
      return
    }
    const { taken, former } = this.members.learn(row, now.monoMs)
    this.members.peerHas(from, row)
    if (!taken) return
    if (former === undefined || former.origin !== row.origin || former.address !== row.address) {
      this.#append({ kind: 'member', origin: row.origin, address: row.address })
      if (former === undefined)
        this.#say('info', { member: nameOf(row.origin), address: row.address }, 'A member joined')
      else if (former.origin !== row.origin) {
        this.claims.retire(former.origin)
        this.#say('info', { member: nameOf(row.origin), origin: row.origin }, 'A member came back as a new run')
      }
    }
    // It holds all that the member wrote, so it holds all up to the time before which the member will write no more.
    if (this.claims.seen.get(row.origin) >= row.last && this.claims.silent(row.origin, row.clear)) {
      this.#risen.add(row.origin)
    }
  }

  /** A row of this node's own name and another run. A greater one means that this disk is not the newest of the name. */
  #meetOwnName(row: Row, now: Now): void {
    const theirs = parseOrigin(row.origin)
    const mine = parseOrigin(this.#self)
    if (theirs === undefined || mine === undefined || compareRuns(theirs, mine) < 0) return
    if (this.#redraws >= REDRAWS_MAX) return
    this.#redraws++
    this.#say(
      'warn',
      { known: row.origin, mine: this.#self },
      'A later run of this name is known: starting a new run above it',
    )
    this.#draw(theirs.run + 1, now)
    this.#beat(now)
  }

  #meetTwin(row: Row, now: Now): void {
    const theirs = parseOrigin(row.origin)
    const mine = parseOrigin(this.#self)
    if (theirs === undefined || mine === undefined || compareRuns(theirs, mine) < 0) return
    this.#clock.observe(row.clear, now.wallMs)
    if (this.#redraws > 0) {
      const reason = `another running node is called ${this.#options.name}; writes that only this one acknowledged stay on its disk`
      this.#effects.push({ kind: 'stop', code: 'ERR_NAME_IN_USE', reason })
      return
    }
    this.#meetOwnName(row, now)
  }

  #draw(run: number, now: Now): void {
    this.#endTurn()
    const former = this.#self
    const birth = this.#clock.stamp(now.wallMs)
    this.#self = formatOrigin(drawOrigin(this.#options.name, run, birth, this.#options.rng))
    this.#selfIsDurable = false
    this.#pushedUpTo = birth
    this.#append({ kind: 'origin', origin: this.#self })
    if (former !== '') this.#retire(former)
    this.#risen.delete(former)
    this.#row = {
      origin: this.#self,
      seq: 1,
      address: this.#options.address,
      last: birth,
      clear: birth,
      low: -1,
      h: H_UNKNOWN,
    }
  }

  #linkUp(peer: string, row: Row, now: Now): void {
    this.#linked.add(peer)
    this.members.heard(peer, now.monoMs)
    this.#learnRow(row, peer, now)
    this.#send([peer], { kind: 'row', rows: this.members.rowsFor(peer) })
    this.#sendDigest(peer)
  }

  #linkDown(peer: string): void {
    this.#linked.delete(peer)
    this.#digested.delete(peer)
    this.members.forgetPeer(peer)
    this.#asker.forgetPeer(peer)
    this.#giver.forgetPeer(peer)
  }

  // Time.

  #tick(now: Now): void {
    const pausedMs = now.monoMs - this.#lastTickMs
    this.#lastTickMs = now.monoMs
    if (pausedMs > this.#options.suspectAfterMs / 2) this.members.forgive(pausedMs)
    if (this.store.parkedCount > 0) this.#notify(this.#unpark(now))
    if (now.monoMs >= this.#nextBeatMs) {
      this.#nextBeatMs = now.monoMs + this.#jitter(this.#options.beatMs)
      this.#beat(now)
    }
    if (now.monoMs >= this.#nextDigestMs) {
      this.#nextDigestMs = now.monoMs + this.#jitter(this.#options.digestMs)
      const peer = this.#randomPeer()
      if (peer !== undefined) this.#sendDigest(peer)
    }
    this.#giver.tick(now.monoMs)
    const again = this.#asker.tick(now.monoMs)
    if (again !== undefined) this.#send([again.peer], again.pull)
    this.#beginPull(now)
  }

  /** Says once more what this node has, to all peers; to one of them also what it knows of the others. */
  #beat(now: Now): void {
    // The vector record below claims all own writes up to now: their records must stand before it.
    this.#endTurn()
    const clear = this.#clock.now(now.wallMs)
    if (this.claims.silent(this.#self, clear)) this.#risen.add(this.#self)
    const seen = [...this.#risen].map((origin) => [origin, this.claims.seen.get(origin)] as const)
    this.#risen.clear()
    if (seen.length > 0) this.#append({ kind: 'vector', seen })
    this.#row = {
      origin: this.#self,
      seq: this.#row.seq + 1,
      address: this.#options.address,
      last: this.claims.written.get(this.#self),
      clear,
      low: this.#selfIsDurable ? this.members.lowOf(this.#durable.seen, this.#self) : -1,
      h: this.members.hashOf(this.#durable.seen, this.#self),
    }
    const confidant = this.#randomPeer()
    for (const peer of this.#linked) {
      this.#send([peer], { kind: 'row', rows: peer === confidant ? this.members.rowsFor(peer) : [] })
    }
  }

  #sendDigest(peer: string): void {
    this.counters.digestsSent++
    this.#digested.add(peer)
    this.#send([peer], { kind: 'digest', written: this.claims.written.hash(), fingerprint: this.store.fingerprint() })
  }

  /** While nothing differs there is little to ask. */
  #slowDigest(now: Now): void {
    this.counters.digestsSame++
    this.#nextDigestMs = Math.max(this.#nextDigestMs, now.monoMs + this.#jitter(this.#options.digestIdleMs))
  }

  /** Something was written: ask again at the usual pace. */
  #hurryDigest(): void {
    this.#nextDigestMs = Math.min(this.#nextDigestMs, this.#lastTickMs + this.#options.digestMs)
  }

  #wishPull(peer: string, now: Now): void {
    this.#asker.wish(peer)
    this.#beginPull(now)
  }

  #beginPull(now: Now): void {
    const begun = this.#asker.begin(() => this.claims.seen.toEntries(), now.monoMs)
    if (begun !== undefined) this.#send([begun.peer], begun.pull)
  }

  // Pieces of the above.

  readonly #isCurrent = (origin: OriginId): boolean => origin === this.#self || this.members.isCurrent(origin)

  #retire(origin: OriginId): void {
    this.claims.retire(origin)
    // Before the start the disk is ahead of nothing; later its claims follow as the record becomes durable.
    if (this.#appended === 0) this.#durable.retire(origin)
  }

  /** Merges entries into the store and returns those that became visible. */
  #merge(entries: readonly Entry[], now: Now): Entry[] {
    const horizon = this.#clock.horizon(now.wallMs)
    const shown: Entry[] = []
    for (const entry of entries) {
      this.#clock.observe(entry.time, now.wallMs)
      if (this.store.apply(entry, horizon)) shown.push(entry)
    }
    return shown
  }

  /** What a record says of V and W. The same for memory, for the disk's claims and at replay. */
  #absorb(claims: Claims, record: LogRecord): void {
    switch (record.kind) {
      case 'write':
        claims.wrote(record.origin, record.upTo)
        break
      case 'commit':
        claims.join(record.seen, record.written, this.#isCurrent)
        break
      case 'vector':
        for (const [origin, time] of record.seen) claims.silent(origin, time)
        break
      case 'origin':
      case 'member':
        // A name has a new run: the former runs are nobody's any more.
        for (const [origin] of claims.seen) {
          if (nameOf(origin) === nameOf(record.origin) && !this.#isCurrent(origin)) claims.retire(origin)
        }
        break
      case 'stage':
        break
    }
  }

  #unpark(now: Now): Entry[] {
    const come = this.store.unpark(this.#clock.horizon(now.wallMs))
    for (const { time } of come) this.#clock.observe(time, now.wallMs)
    return come
  }

  #append(record: LogRecord): void {
    this.#appended++
    this.#undurable.push(record)
    this.#effects.push({ kind: 'append', index: this.#appended, record })
  }

  #send(to: readonly string[], body: Body): void {
    this.#effects.push({ kind: 'send', to, message: { row: this.#row, body } })
  }

  #notify(entries: readonly Entry[]): void {
    if (entries.length > 0) this.#effects.push({ kind: 'notify', entries })
  }

  #say(level: 'info' | 'warn', fields: object, text: string): void {
    this.#effects.push({ kind: 'say', level, fields, text })
  }

  #takeEffects(): Effect[] {
    const effects = this.#effects
    this.#effects = []
    return effects
  }

  #randomPeer(): string | undefined {
    const peers = [...this.#linked]
    return peers[Math.floor(this.#options.rng() * peers.length)]
  }

  #jitter(ms: number): number {
    return ms * (0.9 + this.#options.rng() * 0.2)
  }
}
