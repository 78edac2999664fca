/**
 * The giving side of a node: whether a plain list is enough for an asker, what this node claims at that instant, and the
 * pieces that wait to go out, one a turn of the loop.
 */

import type { Claim } from './asker.ts'
import { type Frozen, Giver, type PieceLimits } from './giver.ts'
import type { GiverState } from './giver-state.ts'
import type { Holdings } from './holdings.ts'
import type { Ended, Piece, Pull } from './message.ts'
import type { OriginId } from './origin.ts'
import type { Outbox } from './outbox.ts'
import type { Salvage } from './salvage.ts'
import { type VectorEntries, VersionVector } from './vector.ts'

export class Giving {
  /** Lists frozen so far. */
  count = 0
  readonly #holdings: Holdings
  readonly #salvage: Salvage
  readonly #outbox: Outbox
  readonly #giver: Giver
  /** Pieces that wait for their turn of the loop. */
  #toGive: { readonly peer: string; readonly answer: Piece | Ended }[] = []

  constructor(limits: PieceLimits, holdings: Holdings, salvage: Salvage, outbox: Outbox) {
    this.#holdings = holdings
    this.#salvage = salvage
    this.#outbox = outbox
    this.#giver = new Giver(limits)
  }

  /** Answers a pull: with a list, or with why a list will not do. `asker`: the run that asks; `self`: ours. */
  answer(from: string, asker: OriginId, pull: Pull, self: OriginId, nowMs: number): void {
    const isFirst = pull.next === 0
    if (isFirst && !this.hasSameRest(pull.seen, pull.rest)) {
      this.#outbox.send([from], { kind: 'whole', exchange: pull.exchange })
      return
    }
    if (isFirst && pull.of === 'missing' && !this.#isSafeFor(pull)) {
      const { seen, floor } = this.stateFor(pull)
      this.#outbox.send([from], { kind: 'unsafe', exchange: pull.exchange, seen, floor })
      return
    }
    const freeze = (): Frozen => this.#freeze(pull)
    this.#queue(from, this.#giver.answer(from, asker, pull, self, nowMs, freeze))
    this.give()
  }

  /** Whether something may be frozen under this id. */
  admit(asker: OriginId, exchange: number): boolean {
    return this.#giver.admit(asker, exchange)
  }

  tick(nowMs: number): void {
    this.#giver.tick(nowMs)
  }

  forgetPeer(peer: string): void {
    this.#toGive = this.#toGive.filter((waiting) => waiting.peer !== peer)
    this.#giver.forgetPeer(peer)
  }

  /** At most a window of pieces waits for a peer: those that are sent again need not wait twice, nor those of a former list. */
  #queue(peer: string, answers: readonly (Piece | Ended)[]): void {
    const [first] = answers
    // Nothing new to send, or a late request for a former list: what waits is still owed.
    if (first?.kind === 'piece') {
      this.#toGive = this.#toGive.filter(
        ({ peer: other, answer }) =>
          other !== peer ||
          (answer.kind === 'piece' && answer.exchange === first.exchange && answer.index < first.index),
      )
    }
    for (const answer of answers) this.#toGive.push({ peer, answer })
  }

  /** One piece at a time: several would hold the loop while they become bytes. */
  give(): void {
    const next = this.#toGive.shift()
    if (next === undefined) return
    this.#outbox.send([next.peer], next.answer)
    if (this.#toGive.length > 0) this.#outbox.chore()
  }

  /** Whether what the asker left out of its V is equal here. */
  hasSameRest(seen: VectorEntries, rest: string | undefined): boolean {
    return rest === undefined || rest === this.#holdings.claims.seen.hashWithout(seen.map(([origin]) => origin))
  }

  /**
   * Whether a list of what the asker lacks is all it needs: it has seen of every origin what this node has seen of it up
   * to the floor. Else a tombstone may have been collected here that it never met.
   */
  #isSafeFor(pull: Pull): boolean {
    const { floor } = this.#holdings
    if (floor === 0) return true
    const { seen } = this.stateFor(pull)
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
  stateFor({ seen, rest }: Pick<Claim, 'seen' | 'rest'>): GiverState {
    const { claims, floor } = this.#holdings
    if (rest === undefined) return { seen: claims.seen.toEntries(), written: claims.written.toEntries(), floor }
    const origins = seen.map(([origin]) => origin)
    return { seen: claims.seen.toEntriesOf(origins), written: claims.written.toEntriesOf(origins), floor }
  }

  #freeze(pull: Pull): Frozen {
    this.count++
    if (pull.of === 'salvaged') return { entries: this.#salvage.entries, seen: [], written: [], floor: 0 }
    const entries = this.#holdings.store.notCoveredBy(this.#seenBy(pull))
    return { entries, ...this.stateFor(pull) }
  }
}
