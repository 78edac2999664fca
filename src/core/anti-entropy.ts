/**
 * Digest and pull: how replicas find out that they differ, and one learns from the other what its V does not cover. The
 * two laws are kept here: the giver's list and vectors are frozen together, and what the asker has staged goes in with the
 * giver's vectors in one step and one record, at the last piece.
 */

import { Asker } from './asker.ts'
import { type Frozen, Giver } from './giver.ts'
import type { Holdings } from './holdings.ts'
import type { Digest, Ended, Piece, Pull } from './message.ts'
import type { OriginId } from './origin.ts'
import type { Outbox } from './outbox.ts'
import type { Pace } from './pace.ts'
import type { ReplicaOptions } from './replica-options.ts'
import type { Now } from './step.ts'
import { type VectorEntries, VersionVector } from './vector.ts'

export class AntiEntropy {
  readonly #counts = {
    digestsSent: 0,
    digestsSame: 0,
    pullsGiven: 0,
    pullsCommitted: 0,
    pullsEnded: 0,
    pullsRetried: 0,
    piecesStaged: 0,
    piecesIgnored: 0,
    entriesPulled: 0,
    fingerprintDiffers: 0,
  }
  readonly #holdings: Holdings
  readonly #outbox: Outbox
  readonly #pace: Pace
  readonly #asker: Asker
  readonly #giver: Giver
  readonly #isCurrent: (origin: OriginId) => boolean
  /** Peers that were sent a digest and have not answered. */
  readonly #asked = new Set<string>()

  /** `isCurrent`: whether an origin is the present run of a member or of this node. */
  constructor(
    options: ReplicaOptions,
    holdings: Holdings,
    outbox: Outbox,
    pace: Pace,
    isCurrent: (origin: OriginId) => boolean,
  ) {
    this.#holdings = holdings
    this.#outbox = outbox
    this.#pace = pace
    this.#asker = new Asker(options, Math.floor(options.rng() * 2 ** 47))
    this.#giver = new Giver(options)
    this.#isCurrent = isCurrent
  }

  get counters(): Readonly<Record<string, number>> {
    return { ...this.#counts, pullsAbandoned: this.#asker.abandoned }
  }

  sendDigest(peer: string): void {
    const { claims, store } = this.#holdings
    this.#counts.digestsSent++
    this.#asked.add(peer)
    this.#outbox.send([peer], { kind: 'digest', written: claims.written.hash(), fingerprint: store.fingerprint() })
  }

  hearDigest(from: string, digest: Digest, now: Now): void {
    const { claims, store } = this.#holdings
    const writtenIsSame = digest.written === claims.written.hash()
    const fingerprintIsSame = digest.fingerprint === store.fingerprint()
    if (writtenIsSame && fingerprintIsSame) {
      this.#outbox.send([from], { kind: 'same' })
      return
    }
    // The same writes and other entries: damage or a bug, which a pull by vectors cannot mend.
    if (writtenIsSame) this.#counts.fingerprintDiffers++
    this.wish(from, now)
  }

  /** While nothing differs there is little to ask. */
  hearSame(from: string, now: Now): void {
    if (!this.#asked.delete(from)) return
    this.#counts.digestsSame++
    this.#pace.slowDigest(now.monoMs)
  }

  /** `asker`: the run that asks. */
  hearPull(from: string, asker: OriginId, pull: Pull, self: OriginId, now: Now): void {
    const freeze = (): Frozen => this.#freeze(pull.seen)
    const answers = this.#giver.answer(from, asker, pull, self, now.monoMs, freeze)
    for (const answer of answers) this.#outbox.send([from], answer)
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
      case 'complete':
        this.#outbox.append({ kind: 'commit', exchange: piece.exchange, entries: piece.entries, ...outcome.end })
        this.#commit(outcome.exchange.staged, outcome.end, now)
        break
    }
    this.#begin(now)
  }

  hearEnded({ exchange }: Ended, now: Now): void {
    if (this.#asker.exchange?.id !== exchange) return
    this.#counts.pullsEnded++
    this.#asker.end(exchange)
    this.#begin(now)
  }

  /** `peer` may have something: pull from it, now or when the present exchange is over. */
  wish(peer: string, now: Now): void {
    this.#asker.wish(peer)
    this.#begin(now)
  }

  tick(now: Now): void {
    this.#giver.tick(now.monoMs)
    const again = this.#asker.tick(now.monoMs)
    if (again !== undefined) {
      this.#counts.pullsRetried++
      this.#outbox.send([again.peer], again.pull)
    }
    this.#begin(now)
  }

  /** Nothing comes from `peer` any more, and nothing reaches it. */
  forgetPeer(peer: string): void {
    this.#asked.delete(peer)
    this.#asker.forgetPeer(peer)
    this.#giver.forgetPeer(peer)
  }

  #freeze(theirs: VectorEntries): Frozen {
    const { claims, store } = this.#holdings
    this.#counts.pullsGiven++
    const seen = new VersionVector()
    seen.union(theirs)
    return {
      entries: store.notCoveredBy(seen),
      seen: claims.seen.toEntries(),
      written: claims.written.toEntries(),
    }
  }

  #commit(staged: Frozen['entries'], { seen, written }: NonNullable<Piece['end']>, now: Now): void {
    const { claims, clock } = this.#holdings
    // What came by a push meanwhile is covered already.
    const fresh = staged.filter((entry) => !claims.seen.covers(entry))
    const shown = this.#holdings.merge(fresh, now)
    for (const [, time] of seen) clock.observe(time, now.wallMs)
    claims.join(seen, written, this.#isCurrent)
    this.#counts.pullsCommitted++
    this.#counts.entriesPulled += fresh.length
    this.#outbox.notify(shown)
    if (fresh.length > 0) this.#pace.hurryDigest()
  }

  #begin(now: Now): void {
    const begun = this.#asker.begin(() => this.#holdings.claims.seen.toEntries(), now.monoMs)
    if (begun !== undefined) this.#outbox.send([begun.peer], begun.pull)
  }
}
