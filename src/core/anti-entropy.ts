/**
 * How replicas find out that they differ, and one learns from the other: digests, pulls of what a vector does not cover,
 * and deep pulls where a vector cannot tell, since the giver may have collected what the asker never met. The two laws
 * are kept here: what is answered and the vectors it is judged by are frozen together, and what was staged goes in with
 * the giver's vectors in one step, at the end.
 */

import { Asker, type Claim } from './asker.ts'
import { unixMsFromHlc } from './clock.ts'
import { type Frozen, Giver } from './giver.ts'
import type { GiverState } from './giver-state.ts'
import type { Holdings } from './holdings.ts'
import type { Membership } from './membership.ts'
import type { Cutoff, Digest, Ended, Piece, Pull, Unsafe, Whole } from './message.ts'
import type { OriginId } from './origin.ts'
import type { Outbox } from './outbox.ts'
import type { OwnRun } from './own-run.ts'
import type { Pace } from './pace.ts'
import { Mending } from './repair/mending.ts'
import type { RepairBody } from './repair-message.ts'
import type { ReplicaOptions } from './replica-options.ts'
import type { Now } from './step.ts'
import { Suspicions } from './suspicions.ts'
import { Syncs } from './syncs.ts'
import { type VectorEntries, VersionVector } from './vector.ts'

/** With so few origins V goes whole: leaving out what both have in common would save little. */
const WHOLE_MAX = 64
/** How far a cut-off lies back: by then all know of each other's writes, and of their silence, HLC. */
const CUTOFF_BACK = 3_000 * 4_096

/** A cut-off is of no use to a node whose own clock is further on, HLC. */
const CUTOFF_AGE_MAX = 10_000 * 4_096

export class AntiEntropy {
  readonly #counts = {
    digestsSent: 0,
    digestsSame: 0,
    pullsGiven: 0,
    pullsCommitted: 0,
    pullsEnded: 0,
    pullsRetried: 0,
    pullsUnsafe: 0,
    pullsWhole: 0,
    piecesStaged: 0,
    piecesIgnored: 0,
    entriesPulled: 0,
  }
  readonly #holdings: Holdings
  readonly #membership: Membership
  readonly #run: OwnRun
  readonly #outbox: Outbox
  readonly #pace: Pace
  readonly #asker: Asker
  readonly #giver: Giver
  readonly #mending: Mending
  readonly #syncs: Syncs
  readonly #isCurrent: (origin: OriginId) => boolean
  /** Peers that were sent a digest and have not answered. */
  readonly #asked = new Set<string>()
  /** Peers whose V differs from ours outside the members' runs. */
  readonly #needWhole = new Set<string>()
  readonly #suspicions = new Suspicions()

  /** `isCurrent`: whether an origin is the present run of a member or of this node. */
  constructor(
    options: ReplicaOptions,
    holdings: Holdings,
    membership: Membership,
    run: OwnRun,
    outbox: Outbox,
    pace: Pace,
    isCurrent: (origin: OriginId) => boolean,
  ) {
    this.#holdings = holdings
    this.#membership = membership
    this.#run = run
    this.#outbox = outbox
    this.#pace = pace
    this.#asker = new Asker(options, Math.floor(options.rng() * 2 ** 47))
    this.#giver = new Giver(options)
    this.#isCurrent = isCurrent
    this.#mending = new Mending(options, holdings, outbox, isCurrent)
    this.#syncs = new Syncs(outbox)
  }

  get counters(): Readonly<Record<string, number>> {
    return { ...this.#counts, pullsAbandoned: this.#asker.abandoned, ...this.#mending.counters }
  }

  sendDigest(peer: string, now: Now): void {
    const { claims, store } = this.#holdings
    this.#counts.digestsSent++
    this.#asked.add(peer)
    const cutoff = this.#cutoff(this.#holdings.clock.now(now.wallMs) - CUTOFF_BACK)
    this.#outbox.send([peer], {
      kind: 'digest',
      written: claims.written.hash(),
      fingerprint: store.fingerprint(),
      cutoff,
    })
  }

  hearDigest(from: string, digest: Digest, now: Now): void {
    const { claims, store } = this.#holdings
    const writtenIsSame = digest.written === claims.written.hash()
    const isSame = writtenIsSame && digest.fingerprint === store.fingerprint()
    const then = isSame ? false : this.#differedThen(digest.cutoff)
    // Where both can name a moment ago that is what counts: now, an entry may be expiring on one side.
    const differs = then ?? (!isSame && writtenIsSame && !this.#holdings.isExpiring(now))
    if (this.#suspicions.judge(from, differs, now.monoMs)) this.#mending.wish(from, 'suspected')
    if (writtenIsSame) this.#outbox.send([from], { kind: 'same' })
    else this.#asker.wish(from)
    this.#begin(now)
  }

  /** While nothing differs there is little to ask. */
  hearSame(from: string, now: Now): void {
    if (!this.#asked.delete(from)) return
    this.#counts.digestsSame++
    this.#pace.slowDigest(now.monoMs)
  }

  /** `asker`: the run that asks. */
  hearPull(from: string, asker: OriginId, pull: Pull, now: Now): void {
    const isFirst = pull.next === 0
    if (isFirst && !this.#hasSameRest(pull.seen, pull.rest)) {
      this.#outbox.send([from], { kind: 'whole', exchange: pull.exchange })
    } else if (isFirst && !pull.isEmpty && !this.#isSafeFor(pull)) {
      const { seen, floor } = this.#stateFor(pull)
      this.#outbox.send([from], { kind: 'unsafe', exchange: pull.exchange, seen, floor })
    } else {
      const freeze = (): Frozen => this.#freeze(pull)
      const answers = this.#giver.answer(from, asker, pull, this.#run.origin, now.monoMs, freeze)
      for (const answer of answers) this.#outbox.send([from], answer)
    }
    // A pull that answers our digest says that we differ: the peer may have what we lack.
    if (this.#asked.delete(from)) this.wish(from, now)
  }

  hearPiece(from: string, piece: Piece, now: Now): void {
    const outcome = this.#asker.take(from, piece, now.monoMs)
    switch (outcome.kind) {
      case 'ignored':
        this.#counts.piecesIgnored++
        return
      case 'staged':
        this.#counts.piecesStaged++
        this.#outbox.append({ kind: 'stage', exchange: piece.exchange, entries: piece.entries })
        if (outcome.pull !== undefined) this.#outbox.send([from], outcome.pull)
        return
      case 'ended':
        this.#counts.pullsEnded++
        break
      case 'complete': {
        const { seen, written } = outcome.end
        // Only who had nothing may have missed everything up to the giver's floor.
        const floor = outcome.exchange.claim.isEmpty ? outcome.end.floor : 0
        this.#outbox.append({ kind: 'commit', exchange: piece.exchange, entries: piece.entries, seen, written, floor })
        const count = this.#commit(outcome.exchange.staged, { seen, written, floor }, now)
        if (this.#syncs.pulled(from, count)) this.#mending.wish(from, 'asked')
        break
      }
    }
    this.#begin(now)
  }

  hearEnded(from: string, { exchange }: Ended, now: Now): void {
    if (this.#mending.ended(from, exchange)) this.#counts.pullsEnded++
    else if (this.#asker.exchange?.id === exchange) {
      this.#counts.pullsEnded++
      this.#asker.end(exchange)
    }
    this.#begin(now)
  }

  hearWhole(from: string, { exchange }: Whole, now: Now): void {
    if (this.#mending.exchange === exchange) {
      this.#mending.ended(from, exchange)
      this.#mending.wish(from, 'again')
    } else if (this.#asker.exchange?.id === exchange && this.#asker.exchange.peer === from) this.#asker.end(exchange)
    else return
    this.#counts.pullsWhole++
    this.#needWhole.add(from)
    this.#begin(now)
  }

  /** Judged again: by now V may cover what it did not when the pull was sent. */
  hearUnsafe(from: string, { exchange, seen, floor }: Unsafe, now: Now): void {
    if (this.#asker.exchange?.id !== exchange || this.#asker.exchange.peer !== from) return
    this.#counts.pullsUnsafe++
    this.#asker.drop(exchange)
    const isSafe = seen.every(([origin, time]) => this.#holdings.claims.seen.get(origin) >= Math.min(time, floor))
    if (isSafe) this.#asker.wish(from)
    else this.#mending.wish(from, 'unsafe')
    this.#begin(now)
  }

  hearRepair(from: string, asker: OriginId, body: RepairBody, now: Now): void {
    switch (body.kind) {
      case 'compare':
        if (body.from === 0 && !this.#hasSameRest(body.seen, body.rest)) {
          this.#outbox.send([from], { kind: 'whole', exchange: body.exchange })
          return
        }
        break
      case 'split':
      case 'list':
      case 'want':
        break
      case 'sketch':
      case 'parts':
      case 'listed':
      case 'answer':
        this.#mending.hearAnswer(from, body, now)
        this.#mended(now)
        return
    }
    const state = (): GiverState | undefined =>
      body.kind === 'compare' && this.#giver.admit(asker, body.exchange) ? this.#stateFor(body) : undefined
    this.#mending.give(from, body, this.#run.origin, state, now)
  }

  /** `peer` may have something: pull from it, now or when the present exchange is over. */
  wish(peer: string, now: Now): void {
    this.#asker.wish(peer)
    this.#begin(now)
  }

  /** Pulls from the peer unless an exchange is under way. */
  pullOnce(peer: string, now: Now): void {
    if (this.#asker.exchange === undefined) this.wish(peer, now)
  }

  /** This node goes on with what it has: an exchange that relied on having nothing must not be committed. */
  stopJoining(): void {
    const { exchange } = this.#asker
    if (exchange?.claim.isEmpty === true) this.#asker.end(exchange.id)
  }

  /** Pulls from the peer and compares everything; `op` hears of it. */
  sync(peer: string, op: number, now: Now): void {
    this.#syncs.begin(peer, op, now.monoMs)
    this.wish(peer, now)
  }

  tick(now: Now): void {
    this.#giver.tick(now.monoMs)
    const again = this.#asker.tick(now.monoMs)
    if (again !== undefined) {
      this.#counts.pullsRetried++
      this.#outbox.send([again.peer], again.pull)
    }
    this.#mending.tick(now)
    this.#mended(now)
    this.#syncs.tick(now.monoMs)
  }

  /** The next slice of what is left to do. */
  chore(now: Now): void {
    this.#mending.chore(this.#run.origin, now)
    this.#mended(now)
  }

  /** Nothing comes from `peer` any more, and nothing reaches it. */
  forgetPeer(peer: string): void {
    this.#asked.delete(peer)
    this.#needWhole.delete(peer)
    this.#suspicions.forgetPeer(peer)
    this.#asker.forgetPeer(peer)
    this.#giver.forgetPeer(peer)
    this.#mending.forgetPeer(peer)
    this.#syncs.forgetPeer(peer)
  }

  #claimTo(peer: string): Claim {
    const { seen } = this.#holdings.claims
    const isEmpty = this.#run.isJoining
    if (this.#needWhole.delete(peer) || seen.size <= WHOLE_MAX) {
      return { seen: seen.toEntries(), rest: undefined, isEmpty }
    }
    const runs = this.#membership.members.runs(this.#run.origin)
    return { seen: seen.toEntriesOf(runs), rest: seen.hashWithout(runs), isEmpty }
  }

  #hasSameRest(seen: VectorEntries, rest: string | undefined): boolean {
    return rest === undefined || rest === this.#holdings.claims.seen.hashWithout(seen.map(([origin]) => origin))
  }

  /**
   * Whether a list of what the asker lacks is all it needs: it has seen of every origin what this node has seen of it up
   * to the floor. Else a tombstone may have been collected here that it never met.
   */
  #isSafeFor(pull: Pull): boolean {
    const { floor } = this.#holdings
    if (floor === 0) return true
    const { seen } = this.#stateFor(pull)
    const theirs = this.#seenBy(pull)
    return seen.every(([origin, time]) => theirs.get(origin) >= Math.min(time, floor))
  }

  /** The asker's V: what it said of it, and the rest, which is equal to ours. */
  #seenBy({ seen, rest }: Pull): Pick<VersionVector, 'get'> {
    const said = new VersionVector()
    said.union(seen)
    if (rest === undefined) return said
    const named = new Set(seen.map(([origin]) => origin))
    const mine = this.#holdings.claims.seen
    return { get: (origin) => (named.has(origin) ? said : mine).get(origin) }
  }

  /** What this node claims now, without what the asker has just the same. */
  #stateFor({ seen, rest }: Pick<Claim, 'seen' | 'rest'>): GiverState {
    const { claims, floor } = this.#holdings
    if (rest === undefined) return { seen: claims.seen.toEntries(), written: claims.written.toEntries(), floor }
    const origins = seen.map(([origin]) => origin)
    return { seen: claims.seen.toEntriesOf(origins), written: claims.written.toEntriesOf(origins), floor }
  }

  #freeze(pull: Pull): Frozen {
    this.#counts.pullsGiven++
    const entries = this.#holdings.store.notCoveredBy(this.#seenBy(pull))
    return { entries, ...this.#stateFor(pull) }
  }

  #commit(staged: Frozen['entries'], { seen, written, floor }: GiverState, now: Now): number {
    const { claims, clock } = this.#holdings
    // What came by a push meanwhile is covered already.
    const fresh = staged.filter((entry) => !claims.seen.covers(entry))
    const shown = this.#holdings.merge(fresh, now)
    for (const [, time] of seen) clock.observe(time, now.wallMs)
    claims.join(seen, written, this.#isCurrent)
    this.#holdings.floor = Math.max(this.#holdings.floor, floor)
    this.#counts.pullsCommitted++
    this.#counts.entriesPulled += fresh.length
    this.#outbox.notify(shown)
    if (fresh.length > 0) this.#pace.hurryDigest()
    this.#run.isJoining = false
    return fresh.length
  }

  /** Whether both held something else at the peer's cut-off; `undefined` unless both knew everything up to it. */
  #differedThen(theirs: Cutoff | undefined): boolean | undefined {
    const mine = theirs === undefined ? undefined : this.#cutoff(theirs.time)
    return mine === undefined || mine.view !== theirs?.view ? undefined : mine.fingerprint !== theirs.fingerprint
  }

  /** What everything looked like as of `time`, when all members' writes up to it are known here. */
  #cutoff(time: number): Cutoff | undefined {
    const { claims, store, clock } = this.#holdings
    const { members } = this.#membership
    const self = this.#run.origin
    // A clock that ran far ahead has put its own writes where others have not been yet.
    if (clock.last - time > CUTOFF_AGE_MAX) return undefined
    if (this.#run.isJoining || members.lowOf(claims.seen, self) < time) return undefined
    // What has expired by then must have been noticed.
    if (store.nextExpiry <= unixMsFromHlc(time)) return undefined
    const fingerprint = store.summary.fingerprintAsOf(time)
    if (fingerprint === undefined) return undefined
    return { time, fingerprint, view: members.hashOf(claims.seen, self) }
  }

  #mended(now: Now): void {
    const finding = this.#mending.takeFinding()
    if (finding !== undefined) {
      const report = this.#mending.commit(finding, now)
      this.#suspicions.compared(finding.peer, report.unexplained > 0, now.monoMs)
      if (report.taken + report.removed > 0) this.#pace.hurryDigest()
      this.#syncs.compared(finding.peer, report)
    }
    this.#begin(now)
  }

  /** One exchange at a time, of either kind. */
  #begin(now: Now): void {
    if (this.#mending.isAsking) return
    const begun = this.#asker.begin((peer) => this.#claimTo(peer), now.monoMs)
    if (begun !== undefined) this.#outbox.send([begun.peer], begun.pull)
    else if (this.#asker.exchange === undefined && !this.#run.isJoining) {
      this.#mending.begin(
        (peer) => this.#claimTo(peer),
        () => this.#asker.nextId(),
        now,
      )
    }
  }
}
