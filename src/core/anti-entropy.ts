/**
 * How replicas find out that they differ, and one learns from the other: digests, pulls of what a vector does not cover,
 * and deep pulls where a vector cannot tell, since the giver may have collected what the asker never met. The two laws
 * are kept here: what is answered and the vectors it is judged by are frozen together, and what was staged goes in with
 * the giver's vectors in one step, at the end.
 */

import { Asker } from './asker.ts'
import { Claiming } from './claiming.ts'
import { hlcFromUnixMs } from './clock.ts'
import { Digests } from './digests.ts'
import type { Entry } from './entry.ts'
import type { Frozen } from './giver.ts'
import type { GiverState } from './giver-state.ts'
import { Giving } from './giving.ts'
import type { Shared } from './heartbeat.ts'
import type { Holdings } from './holdings.ts'
import type { Digest, Ended, Piece, Pull, Row, Unsafe, Whole } from './message.ts'
import type { OriginId } from './origin.ts'
import type { Outbox } from './outbox.ts'
import type { OwnRun } from './own-run.ts'
import type { Pace } from './pace.ts'
import { Mending } from './repair/mending.ts'
import type { RepairBody } from './repair-message.ts'
import type { ReplicaOptions } from './replica-options.ts'
import type { Salvage } from './salvage.ts'
import type { Staged } from './snapshot.ts'
import type { Now } from './step.ts'
import { Syncs } from './syncs.ts'

export class AntiEntropy {
  /** Members all of whose writes this node has once had since its start. */
  readonly compared: Set<string> = new Set()
  readonly #counts = {
    digestsSent: 0,
    digestsSame: 0,
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
  readonly #salvage: Salvage
  readonly #run: OwnRun
  readonly #outbox: Outbox
  readonly #pace: Pace
  readonly #asker: Asker
  readonly #giving: Giving
  readonly #mending: Mending
  readonly #syncs: Syncs
  readonly #sliceEntriesMax: number
  readonly #isCurrent: (origin: OriginId) => boolean
  /** Peers that were sent a digest and have not answered. */
  readonly #asked = new Set<string>()
  /** What a joining node takes over, slice by slice: nobody sees it before all is in. */
  #taking: { readonly staged: readonly Entry[]; at: number; readonly finish: (now: Now) => void } | undefined
  readonly #claiming: Claiming
  readonly #digests: Digests

  /** `isCurrent`: whether an origin is the present run of a member or of this node. */
  constructor(
    options: ReplicaOptions,
    { holdings, membership, run, outbox }: Shared,
    salvage: Salvage,
    pace: Pace,
    isCurrent: (origin: OriginId) => boolean,
  ) {
    this.#holdings = holdings
    this.#salvage = salvage
    this.#run = run
    this.#outbox = outbox
    this.#pace = pace
    this.#asker = new Asker(options, Math.floor(options.rng() * 2 ** 47))
    this.#giving = new Giving(options, holdings, salvage, outbox)
    this.#sliceEntriesMax = options.sliceEntriesMax
    this.#isCurrent = isCurrent
    this.#digests = new Digests(holdings, membership, run)
    this.#claiming = new Claiming(holdings, membership, run, salvage, outbox)
    this.#mending = new Mending(options, holdings, outbox, isCurrent, (peer) =>
      horizonOf(membership.members.get(peer)?.row, options.maxClockSkewMs),
    )
    this.#syncs = new Syncs(outbox)
  }

  get counters(): Readonly<Record<string, number>> {
    return {
      ...this.#counts,
      pullsGiven: this.#giving.count,
      pullsAbandoned: this.#asker.abandoned,
      ...this.#mending.counters,
    }
  }

  sendDigest(peer: string, now: Now): void {
    this.#counts.digestsSent++
    this.#asked.add(peer)
    this.#outbox.send([peer], this.#digests.make(now))
  }

  /** To `chosen`, or to somebody whose own was doubtful. */
  digestTo(chosen: string | undefined, now: Now): void {
    const peer = this.#digests.takeDoubted() ?? chosen
    if (peer !== undefined) this.sendDigest(peer, now)
  }

  hearDigest(from: string, digest: Digest, now: Now): void {
    const { writtenIsSame, isSuspect } = this.#digests.judge(from, digest, now)
    if (isSuspect) this.#mending.wish(from, 'suspected')
    if (writtenIsSame) {
      this.compared.add(from)
      this.#outbox.send([from], { kind: 'same' })
    } else this.#asker.wish(from)
    this.#begin(now)
  }

  hearSame(from: string, now: Now): void {
    if (!this.#asked.delete(from)) return
    this.compared.add(from)
    this.#counts.digestsSame++
    this.#pace.slowDigest(now.monoMs)
  }

  /** `asker`: the run that asks. */
  hearPull(from: string, asker: OriginId, pull: Pull, now: Now): void {
    this.#giving.answer(from, asker, pull, this.#run.origin, now.monoMs)
    // A pull that answers our digest says that we differ: the peer may have what we lack.
    if (pull.of === 'missing' && this.#asked.delete(from)) this.wish(from, now)
  }

  hearPiece(from: string, piece: Piece, now: Now): void {
    const outcome = this.#asker.take(from, piece, now.monoMs)
    switch (outcome.kind) {
      case 'ignored':
        this.#counts.piecesIgnored++
        return
      case 'staged':
        this.#counts.piecesStaged++
        if (this.#asker.exchange?.claim.of !== 'salvaged')
          this.#outbox.append({ kind: 'stage', exchange: piece.exchange, entries: piece.entries })
        if (outcome.pull !== undefined) this.#outbox.send([from], outcome.pull)
        return
      case 'ended':
        this.#counts.pullsEnded++
        break
      case 'complete': {
        if (outcome.exchange.claim.of === 'salvaged') {
          this.#salvage.hear(from, piece.giver, outcome.exchange.staged)
          // What it has taken in since then is still to come.
          this.#asker.wish(from)
          break
        }
        const { seen, written } = this.#ofOthers(outcome.end)
        if (!this.#claiming.mayKnow(seen)) break
        // Only who had nothing may have missed everything up to the giver's floor.
        const floor = outcome.exchange.claim.of === 'all' ? outcome.end.floor : 0
        const commit = (staged: readonly Entry[], then: Now): void => {
          const { exchange, entries } = piece
          this.#outbox.append({ kind: 'commit', exchange, entries, seen, written, floor })
          const count = this.#commit(staged, { seen, written, floor }, then)
          this.#pulled(from)
          if (this.#syncs.pulled(from, count)) this.#mending.wish(from, 'asked')
        }
        const { staged } = outcome.exchange
        if (!this.#run.isJoining) commit(staged, now)
        else {
          this.#taking = { staged, at: 0, finish: (then) => commit([], then) }
          this.#takeSlice(now)
        }
        break
      }
    }
    this.#begin(now)
  }

  hearEnded(from: string, { exchange }: Ended, now: Now): void {
    if (this.#mending.ended(from, exchange)) this.#counts.pullsEnded++
    else if (this.#asker.exchange?.id === exchange) {
      this.#counts.pullsEnded++
      // Who had begun to give is asked again at once; who gives nothing, when the next digest says so.
      if (this.#asker.exchange.next > 0) this.#asker.end(exchange)
      else this.#asker.drop(exchange)
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
    this.#claiming.needsWhole(from)
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
        if (body.from === 0 && !this.#giving.hasSameRest(body.seen, body.rest)) {
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
      body.kind === 'compare' && this.#giving.admit(asker, body.exchange) ? this.#giving.stateFor(body) : undefined
    this.#mending.give(from, body, this.#run.origin, state, now)
  }

  /** `peer` may have something: pull from it, now or when the present exchange is over. */
  wish(peer: string, now: Now): void {
    this.#asker.wish(peer)
    this.#begin(now)
  }

  /** Takes in what nobody else has any more; by rising time. */
  admit(entries: readonly Entry[], now: Now): void {
    const last = new Map(entries.map(({ origin, time }) => [origin, time] as const))
    const state = { seen: [...last], written: [...last], floor: 0 }
    this.#outbox.append({ kind: 'commit', exchange: this.#asker.nextId(), entries, ...state })
    this.#commit(entries, state, now)
  }

  pullOnce(peer: string, now: Now): void {
    if (this.#asker.exchange === undefined && !this.isTaking) this.wish(peer, now)
  }

  /** It has asked somebody for what it will take in. */
  get isExchanging(): boolean {
    return this.#asker.exchange !== undefined || this.#mending.isAsking || this.isTaking
  }

  /** Not all of what has come of a source is merged in. */
  get isTaking(): boolean {
    return this.#taking !== undefined
  }

  /** What has come of a pull that goes on. */
  get staged(): Staged | undefined {
    const { exchange } = this.#asker
    if (exchange === undefined || exchange.claim.of === 'salvaged') return undefined
    return { exchange: exchange.id, entries: exchange.staged.slice() }
  }

  /** This node goes on with what it has: an exchange that relied on having nothing must not be committed. */
  stopJoining(): void {
    const { exchange } = this.#asker
    if (exchange?.claim.of === 'all') this.#asker.end(exchange.id)
  }

  /** Pulls from the peer and compares everything; `op` hears of it. */
  sync(peer: string, op: number, now: Now): void {
    this.#syncs.begin(peer, op, now.monoMs)
    this.wish(peer, now)
  }

  tick(now: Now): void {
    this.#giving.tick(now.monoMs)
    const again = this.#asker.tick(now.monoMs)
    if (again !== undefined) {
      this.#counts.pullsRetried++
      this.#outbox.send([again.peer], again.pull)
    }
    this.#mending.tick(now)
    this.#mended(now)
    this.#syncs.tick(now.monoMs)
  }

  chore(now: Now): void {
    this.#giving.give()
    this.#takeSlice(now)
    this.#mending.chore(this.#run.origin, now)
    this.#mended(now)
  }

  /** Nothing comes from `peer` any more, and nothing reaches it. */
  forgetPeer(peer: string): void {
    this.#asked.delete(peer)
    this.#giving.forgetPeer(peer)
    this.#claiming.forgetPeer(peer)
    this.#digests.forgetPeer(peer)
    this.#asker.forgetPeer(peer)
    this.#mending.forgetPeer(peer)
    this.#syncs.forgetPeer(peer)
  }

  #commit(staged: Frozen['entries'], { seen, written, floor }: GiverState, now: Now): number {
    const { claims, clock } = this.#holdings
    // What came by a push meanwhile is covered already.
    const fresh = staged.filter((entry) => !claims.seen.covers(entry) && entry.origin !== this.#run.origin)
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

  /** A joining node serves nothing yet, so it may merge at its leisure what no V of its own covers before the end. */
  #takeSlice(now: Now): void {
    const taking = this.#taking
    if (taking === undefined) return
    const slice = taking.staged.slice(taking.at, taking.at + this.#sliceEntriesMax)
    taking.at += slice.length
    this.#counts.entriesPulled += slice.length
    this.#holdings.merge(slice, now)
    if (taking.at < taking.staged.length) {
      this.#outbox.chore()
      return
    }
    this.#taking = undefined
    taking.finish(now)
  }

  /** Nobody else knows better what this run has written. */
  #ofOthers({ seen, written }: Pick<GiverState, 'seen' | 'written'>): Pick<GiverState, 'seen' | 'written'> {
    const isOther = ([origin]: readonly [OriginId, number]): boolean => origin !== this.#run.origin
    return { seen: seen.filter(isOther), written: written.filter(isOther) }
  }

  #pulled(peer: string): void {
    this.compared.add(peer)
    this.#salvage.pulled(peer)
  }

  #mended(now: Now): void {
    const finding = this.#mending.takeFinding()
    if (finding !== undefined && this.#claiming.mayKnow(finding.view.seen)) {
      const report = this.#mending.commit(finding, this.#ofOthers(finding.view), now)
      this.#pulled(finding.peer)
      this.#digests.compared(finding.peer, report.unexplained > 0, now.monoMs)
      if (report.taken + report.removed > 0) this.#pace.hurryDigest()
      this.#syncs.compared(finding.peer, report)
    }
    this.#begin(now)
  }

  /** One exchange at a time, of either kind. */
  #begin(now: Now): void {
    if (this.#mending.isAsking || this.isTaking || this.#salvage.isTaking) return
    const begun = this.#asker.begin((peer) => this.#claiming.toPull(peer), now.monoMs)
    if (begun !== undefined) this.#outbox.send([begun.peer], begun.pull)
    else if (this.#asker.exchange === undefined && !this.#run.isJoining) {
      this.#mending.begin(
        (peer) => this.#claiming.of(peer),
        () => this.#asker.nextId(),
        now,
      )
    }
  }
}

/** Up to which HLC entries show at a member, as far as its latest row tells. */
function horizonOf(row: Row | undefined, maxClockSkewMs: number): number {
  return row === undefined ? 0 : Math.max(row.clear, hlcFromUnixMs(row.wallMs + maxClockSkewMs))
}
