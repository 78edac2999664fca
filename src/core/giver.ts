/**
 * The answering side of a pull. At the first request it freezes the list of entries that the asker's vector does not
 * cover, together with its own vectors of that instant, and sends it in pieces within a window that the asker's further
 * requests move on. A list is kept until another pull of the same peer, or until nobody asked for it for a while.
 */

import type { Entry } from './entry.ts'
import type { GiverState } from './giver-state.ts'
import type { Ended, Piece, Pull } from './message.ts'
import type { OriginId } from './origin.ts'

export interface PieceLimits {
  /** A piece ends at the entry that passes this many bytes. */
  readonly pieceBytesMax: number
  /** Pieces on their way at once. */
  readonly pieceWindow: number
  /** A list that nobody asked for this long is dropped, ms. */
  readonly frozenForMs: number
}

/** A view of one instant: entries, and the vectors that they are judged by. */
export interface Frozen extends GiverState {
  readonly entries: readonly Entry[]
}

/** Runs of askers whose latest exchange is remembered; the one that asked longest ago is forgotten first. */
const ASKERS_MAX = 1_024

interface Given {
  readonly exchange: number
  readonly frozen: Frozen
  /** Where piece i begins; one more than the pieces cut so far. */
  readonly starts: number[]
  /** The greatest `next` asked for. */
  asked: number
  /** Pieces sent so far. */
  sent: number
  askedMs: number
}

export class Giver {
  readonly #limits: PieceLimits
  /** One list a peer. */
  readonly #given = new Map<string, Given>()
  /** Run of an asker → its latest exchange. Ids of one run rise, so an older one is never frozen a second time. */
  readonly #latest = new Map<OriginId, number>()

  constructor(limits: PieceLimits) {
    this.#limits = limits
  }

  /** Answers one request. `freeze` is called when it begins a new exchange. */
  answer(
    peer: string,
    asker: OriginId,
    pull: Pull,
    self: OriginId,
    nowMs: number,
    freeze: () => Frozen,
  ): readonly (Piece | Ended)[] {
    let given = this.#given.get(peer)
    if (given?.exchange !== pull.exchange) {
      if (pull.next !== 0 || !this.admit(asker, pull.exchange)) return [{ kind: 'ended', exchange: pull.exchange }]
      given = { exchange: pull.exchange, frozen: freeze(), starts: [0], asked: 0, sent: 0, askedMs: nowMs }
      this.#given.set(peer, given)
    }
    // An asker asks for the next piece that it lacks, so never beyond what it was sent.
    if (pull.next > given.sent) return [{ kind: 'ended', exchange: pull.exchange }]
    given.askedMs = nowMs
    // A request that does not move on means that something was lost: send again from there.
    if (pull.next <= given.asked) given.sent = Math.min(given.sent, pull.next)
    given.asked = Math.max(given.asked, pull.next)
    const pieces: Piece[] = []
    while (given.sent < pull.next + this.#limits.pieceWindow) {
      const piece = this.#cut(given, given.sent, self)
      if (piece === undefined) break
      pieces.push(piece)
      given.sent++
    }
    return pieces
  }

  /** Whether something may be frozen under this id. Twice under one id would be answers of two instants. */
  admit(asker: OriginId, exchange: number): boolean {
    if (exchange <= (this.#latest.get(asker) ?? -1)) return false
    this.#remember(asker, exchange)
    return true
  }

  #remember(asker: OriginId, exchange: number): void {
    this.#latest.delete(asker)
    this.#latest.set(asker, exchange)
    if (this.#latest.size <= ASKERS_MAX) return
    for (const oldest of this.#latest.keys()) {
      this.#latest.delete(oldest)
      break
    }
  }

  forgetPeer(peer: string): void {
    this.#given.delete(peer)
  }

  /** Drops lists that nobody asks for. */
  tick(nowMs: number): void {
    for (const [peer, given] of this.#given) {
      if (nowMs - given.askedMs > this.#limits.frozenForMs) this.#given.delete(peer)
    }
  }

  /** Piece `index` of the list; the same entries each time. `undefined` behind the last. */
  #cut(given: Given, index: number, self: OriginId): Piece | undefined {
    const { frozen, starts } = given
    const start = starts[index]
    if (start === undefined) return undefined
    let end = start
    for (let bytes = 0; end < frozen.entries.length && bytes < this.#limits.pieceBytesMax; end++) {
      bytes += entryBytes(frozen.entries[end])
    }
    const isLast = end === frozen.entries.length
    if (!isLast) starts[index + 1] = end
    return {
      kind: 'piece',
      exchange: given.exchange,
      giver: self,
      index,
      entries: frozen.entries.slice(start, end),
      end: isLast ? { seen: frozen.seen, written: frozen.written, floor: frozen.floor } : undefined,
    }
  }
}

/** About what an entry takes in a frame. */
export function entryBytes(
  entry: { readonly key: string; readonly value: Uint8Array | undefined } | undefined,
): number {
  return entry === undefined ? 0 : entry.key.length + (entry.value?.length ?? 0) + 16
}
