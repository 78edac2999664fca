/**
 * What replicas say to each other. Every message travels with the sender's row in front of its body, so that the
 * receiver knows the member before it judges what the member says. The bytes are the wire format's (PROTOCOL.md);
 * the rules are in ARCHITECTURE.md. A `Message` that reaches the replica has passed the decoder: types and bounds hold.
 */

import type { Entry } from './entry.ts'
import type { GiverState } from './giver-state.ts'
import type { OriginId } from './origin.ts'
import type { RepairBody } from './repair-message.ts'
import type { VectorEntries } from './vector.ts'

/** A member's heartbeat. Of two rows of one name the greater (run, seq) wins. */
export interface Row {
  /** The run that speaks; the member's name is part of it. */
  readonly origin: OriginId
  /** Counts this run’s rows, from 1; 0 in a row remembered from a log, which promises nothing. */
  readonly seq: number
  /** Where the member can be dialled, `ws://host:port`; empty when it cannot. */
  readonly address: string
  /** Time of the latest write of this run; its birth when there is none. */
  readonly last: number
  /** Every later write of this run will be above this. `last ≤ clear`. */
  readonly clear: number
  /** The least durable V[o] over the origins of the members that the sender knows; −1 while it can promise nothing. */
  readonly low: number
  /** Hash of the sender's membership and of its durable V outside it. Lows may be compared only when this is equal. */
  readonly h: string
  /** The sender's own clock when it made the row, Unix ms: what peers measure their offset by. */
  readonly wallMs: number
  /** Hash of the marks of forgotten runs that the sender has. Who has others sends them. */
  readonly gone: string
  /** It began with nothing and has not taken over yet what others have: it gives nothing and its `low` is −1. */
  readonly joining: boolean
}

/** Writes of one turn of one author's loop, in order. A receiver takes all or nothing. */
export interface Push {
  readonly kind: 'push'
  readonly origin: OriginId
  /** Time of the author's write before these; its birth when there is none. A receiver that has less has a gap. */
  readonly after: number
  /** Time of the last of these writes. */
  readonly upTo: number
  /** All by `origin`, times rising, in (after, upTo]. */
  readonly entries: readonly Entry[]
}

/** The heartbeat on its own, with the rows of others that the receiver is not known to have. */
export interface RowMessage {
  readonly kind: 'row'
  readonly rows: readonly Row[]
}

/** Runs that are forgotten for good: of a name, this run and all before it. */
export interface Gone {
  readonly kind: 'gone'
  readonly marks: readonly OriginId[]
}

/** The same question about an instant that lies back far enough for all to know of it. */
export interface Cutoff {
  /** An HLC. The sender covers all members' writes up to it. */
  readonly time: number
  /** Fingerprint of what it holds, as of then. */
  readonly fingerprint: string
  /** Hash of its membership and of its V outside it. */
  readonly view: string
}

/** “Do we differ?” Answered by `same`, or by a `pull` from the receiver. */
export interface Digest {
  readonly kind: 'digest'
  /** Hash over the newest writes that V covers, 16 hex digits. */
  readonly written: string
  /** Fingerprint of the live entries held, 16 hex digits. */
  readonly fingerprint: string
  /** `undefined` while the sender cannot name one. */
  readonly cutoff: Cutoff | undefined
}

export interface Same {
  readonly kind: 'same'
}

/**
 * `missing`: what the vector does not cover. `all`: the same, of an asker that holds nothing and claims nothing, so that
 * whatever the giver has collected, it cannot have. `salvaged`: what the giver itself cannot take in yet.
 */
export type PullOf = 'missing' | 'all' | 'salvaged'

/** “Send me what this vector does not cover.” Sent again with a greater `next` to ask for further pieces. */
export interface Pull {
  readonly kind: 'pull'
  /** Names the exchange at both ends: a random start for each run of the asker, then rising. At most 48 bits. */
  readonly exchange: number
  /** The piece that the asker needs next, from 0. All before it have arrived. */
  readonly next: number
  /** The asker's V when the exchange began: of its members' runs, or whole. The giver reads it once, at piece 0. */
  readonly seen: VectorEntries
  /** Hash of the rest of that V; `undefined` when `seen` is the whole. A giver with another rest answers `whole`. */
  readonly rest: string | undefined
  readonly of: PullOf
}

/** One piece of a frozen list. The asker shows nothing of it before the last one is there. */
export interface Piece {
  readonly kind: 'piece'
  readonly exchange: number
  /** The giver's run: a piece of another run ends the exchange. */
  readonly giver: OriginId
  /** 0 for the first. */
  readonly index: number
  readonly entries: readonly Entry[]
  /** In the last piece only: the giver's V and its newest writes, of the same instant as the list. */
  readonly end: GiverState | undefined
}

/** The giver's V differs from the asker's outside the members' runs: ask again with the whole of it. */
export interface Whole {
  readonly kind: 'whole'
  readonly exchange: number
}

/** The giver may have collected tombstones that the asker never met: a list of what it lacks would not be enough. */
export interface Unsafe {
  readonly kind: 'unsafe'
  readonly exchange: number
  readonly seen: VectorEntries
  readonly floor: number
}

/** The giver has no such list (any more): the exchange is over and nothing has happened. */
export interface Ended {
  readonly kind: 'ended'
  readonly exchange: number
}

export type Body = Push | RowMessage | Gone | Digest | Same | Pull | Piece | Ended | Whole | Unsafe | RepairBody

export interface Message {
  /** The sender's own row, handled before the body. */
  readonly row: Row
  readonly body: Body
}
