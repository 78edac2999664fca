/**
 * The asking side of a pull. One exchange at a time, so that the same backlog is not fetched from several peers; a wish
 * that comes meanwhile is remembered once a peer. Pieces are staged out of sight, and only the last one lets the caller
 * commit: an early piece may claim a write whose replacement is still to come.
 */

import type { Entry } from './entry.ts'
import type { Piece, Pull, PullOf } from './message.ts'
import type { OriginId } from './origin.ts'
import type { VectorEntries } from './vector.ts'

/** What an asker says of itself when an exchange begins. */
export interface Claim {
  /** Its V: of its members' runs, or whole. */
  readonly seen: VectorEntries
  /** Hash of the rest; `undefined` when there is none. */
  readonly rest: string | undefined
  readonly of: PullOf
}

export interface AskerTimes {
  /** Without a piece for this long the request is sent again, ms. */
  readonly exchangeTimeoutMs: number
  /** So many times; then the exchange ends with nothing done. */
  readonly exchangeRetriesMax: number
  /** Ask for more when this many of the window have come. */
  readonly pieceWindow: number
}

export interface Exchange {
  readonly peer: string
  readonly id: number
  /** Sent with the first request only. */
  readonly claim: Claim
  /** Pieces that have arrived. */
  next: number
  giver: OriginId | undefined
  readonly staged: Entry[]
  /** `next` at the latest request. */
  asked: number
  retries: number
  progressMs: number
}

/** What a piece means to the caller. */
export type PieceOutcome =
  | { readonly kind: 'ignored' }
  /** Staged; the caller logs it, and sends `pull` when there is one. */
  | { readonly kind: 'staged'; readonly pull: Pull | undefined }
  /** The last: everything may go in, with the giver's vectors. */
  | { readonly kind: 'complete'; readonly exchange: Exchange; readonly end: NonNullable<Piece['end']> }
  /** Over, with nothing done. */
  | { readonly kind: 'ended' }

const NO_CLAIM: Claim = { seen: [], rest: undefined, of: 'missing' }

export class Asker {
  /** Exchanges that were given up. */
  abandoned = 0
  readonly #times: AskerTimes
  readonly #wishes = new Set<string>()
  #exchange: Exchange | undefined
  #latestId: number

  /** `firstId`: ids rise from here. Drawn for each run, so that records of two runs cannot be taken for one exchange. */
  constructor(times: AskerTimes, firstId: number) {
    this.#times = times
    this.#latestId = firstId
  }

  get exchange(): Exchange | undefined {
    return this.#exchange
  }

  /** Remembers that `peer` may have something. */
  wish(peer: string): void {
    this.#wishes.add(peer)
  }

  /** A number for an exchange, above every one before it. */
  nextId(): number {
    return ++this.#latestId
  }

  /** Begins the next exchange that was wished for, when none is under way. */
  begin(claimTo: (peer: string) => Claim, nowMs: number): { readonly peer: string; readonly pull: Pull } | undefined {
    if (this.#exchange !== undefined) return undefined
    const [peer] = this.#wishes
    if (peer === undefined) return undefined
    this.#wishes.delete(peer)
    const claim = claimTo(peer)
    const id = this.nextId()
    this.#exchange = {
      peer,
      id,
      claim,
      next: 0,
      giver: undefined,
      staged: [],
      asked: 0,
      retries: 0,
      progressMs: nowMs,
    }
    return { peer, pull: { kind: 'pull', exchange: id, next: 0, ...claim } }
  }

  /** Takes a piece in. Staged entries are in `exchange.staged`, those of the last piece included. */
  take(peer: string, piece: Piece, nowMs: number): PieceOutcome {
    const exchange = this.#exchange
    if (exchange === undefined || exchange.peer !== peer || exchange.id !== piece.exchange) return { kind: 'ignored' }
    if (exchange.giver !== undefined && exchange.giver !== piece.giver) {
      this.end(piece.exchange)
      return { kind: 'ended' }
    }
    if (piece.index !== exchange.next) return { kind: 'ignored' }
    exchange.giver = piece.giver
    exchange.next++
    exchange.retries = 0
    exchange.progressMs = nowMs
    for (const entry of piece.entries) exchange.staged.push(entry)
    if (piece.end !== undefined) {
      this.#exchange = undefined
      return { kind: 'complete', exchange, end: piece.end }
    }
    const askAgain = exchange.next - exchange.asked >= this.#times.pieceWindow / 2
    return { kind: 'staged', pull: askAgain ? this.#ask(exchange) : undefined }
  }

  /** Ends the exchange of this id, with nothing done. Its peer is asked again later. */
  end(id: number): void {
    if (this.#exchange?.id !== id) return
    this.#wishes.add(this.#exchange.peer)
    this.#exchange = undefined
  }

  /** Ends the exchange of this id, and its peer is not asked again for now. */
  drop(id: number): void {
    if (this.#exchange?.id === id) this.#exchange = undefined
  }

  /** Nothing comes from `peer` any more. */
  forgetPeer(peer: string): void {
    this.#wishes.delete(peer)
    if (this.#exchange?.peer === peer) this.#exchange = undefined
  }

  /** Repeats a request that went unanswered, or gives up. */
  tick(nowMs: number): { readonly peer: string; readonly pull: Pull } | undefined {
    const exchange = this.#exchange
    if (exchange === undefined || nowMs - exchange.progressMs < this.#times.exchangeTimeoutMs) return undefined
    if (exchange.retries >= this.#times.exchangeRetriesMax) {
      // Not wished again at once: the next digest will tell whether there is still a need.
      this.#exchange = undefined
      this.abandoned++
      return undefined
    }
    exchange.retries++
    exchange.progressMs = nowMs
    return { peer: exchange.peer, pull: this.#ask(exchange) }
  }

  #ask(exchange: Exchange): Pull {
    exchange.asked = exchange.next
    const claim = exchange.next === 0 ? exchange.claim : NO_CLAIM
    return { kind: 'pull', exchange: exchange.id, next: exchange.next, ...claim }
  }
}
