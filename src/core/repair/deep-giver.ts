/**
 * The answering side of a deep pull. It freezes a view when an exchange begins and answers everything by it: cells of the
 * sketch, sums of ranges, entries. Requests may be repeated; answers change nothing. An exchange that it does not have, or
 * whose view was overrun by writes, is `ended`.
 */

import type { Entry } from '../entry.ts'
import { entryBytes } from '../giver.ts'
import type { GiverState } from '../giver-state.ts'
import type { Ended } from '../message.ts'
import type { OriginId } from '../origin.ts'
import type { Answer, Compare, List, Listed, Parts, RepairBody, SketchPart, Split, Want } from '../repair-message.ts'
import type { Store } from '../store.ts'
import { VersionVector } from '../vector.ts'
import type { FrozenView } from './frozen-view.ts'
import { Leaves, PART_WORDS } from './leaves.ts'
import { CELLS_MAX } from './walk.ts'

/** Views at one time, about 1 MB each beside what changes under them. */
const VIEWS_MAX = 4
/** Nobody says that it is done with a view: one that was not asked for this long makes room for another, ms. */
const VIEW_IDLE_MS = 1_000
/** Keys that one slice of work looks at. */
const SLICE_KEYS = 4_000

export interface DeepLimits {
  readonly pieceBytesMax: number
  /** A view that nobody asked about for this long is released, ms. */
  readonly frozenForMs: number
}

interface Given {
  readonly exchange: number
  readonly view: FrozenView
  readonly state: GiverState
  /** What the view's instant covers of those origins that it names; asked for what is shown beside a parked entry. */
  readonly seen: VersionVector
  leaves: Leaves | undefined
  /** A request that waits for the leaves. */
  waiting: Split | List | undefined
  askedMs: number
}

type Request = Compare | Split | List | Want

export class DeepGiver {
  readonly #limits: DeepLimits
  readonly #store: Store
  /** One a peer. */
  readonly #given = new Map<string, Given>()

  constructor(limits: DeepLimits, store: Store) {
    this.#limits = limits
    this.#store = store
  }

  /** `state` is called when the exchange is new and may begin: what is claimed at this instant, or `undefined`. */
  answer(
    peer: string,
    request: Request,
    self: OriginId,
    nowMs: number,
    state: () => GiverState | undefined,
  ): RepairBody | Ended | undefined {
    let given = this.#given.get(peer)
    if (given?.exchange !== request.exchange && request.kind === 'compare' && request.from === 0) {
      given = this.#begin(peer, request.exchange, nowMs, state)
    }
    if (given?.exchange !== request.exchange || given.view.isOverrun) {
      return { kind: 'ended', exchange: request.exchange }
    }
    given.askedMs = nowMs
    switch (request.kind) {
      case 'compare':
        return cellsOf(given, request, self)
      case 'want':
        return this.#entriesOf(given, request, self)
      case 'split':
      case 'list':
        given.leaves ??= new Leaves(given.view, this.#store.summary)
        given.waiting = request
        return undefined
    }
  }

  /** Whether some answer waits for work. */
  get isBusy(): boolean {
    for (const { waiting } of this.#given.values()) if (waiting !== undefined) return true
    return false
  }

  /** Does a slice of work; what it finished goes to its peer. */
  chore(self: OriginId): readonly { readonly peer: string; readonly body: Parts | Listed }[] {
    for (const [peer, given] of this.#given) {
      const { waiting, leaves } = given
      if (waiting === undefined || leaves === undefined) continue
      if (!leaves.run(SLICE_KEYS)) return []
      given.waiting = undefined
      const body = waiting.kind === 'split' ? partsOf(waiting, leaves, self) : listOf(waiting, leaves, self)
      return [{ peer, body }]
    }
    return []
  }

  forgetPeer(peer: string): void {
    const given = this.#given.get(peer)
    if (given === undefined) return
    this.#store.summary.release(given.view)
    this.#given.delete(peer)
  }

  tick(nowMs: number): void {
    for (const [peer, { askedMs, view }] of this.#given) {
      if (nowMs - askedMs > this.#limits.frozenForMs || view.isOverrun) this.forgetPeer(peer)
    }
  }

  #begin(peer: string, exchange: number, nowMs: number, state: () => GiverState | undefined): Given | undefined {
    const claims = this.#makeRoom(peer, nowMs) ? state() : undefined
    // A late copy of an old request leaves the present exchange alone.
    if (claims === undefined) return undefined
    this.forgetPeer(peer)
    const view = this.#store.freeze()
    const seen = new VersionVector()
    seen.union(claims.seen)
    const given = { exchange, view, state: claims, seen, leaves: undefined, waiting: undefined, askedMs: nowMs }
    this.#given.set(peer, given)
    return given
  }

  /** Whether there may be a view for this peer, in place of its former one or of one that is idle. */
  #makeRoom(peer: string, nowMs: number): boolean {
    if (this.#given.has(peer) || this.#given.size < VIEWS_MAX) return true
    for (const [other, { askedMs }] of this.#given) {
      if (nowMs - askedMs < VIEW_IDLE_MS) continue
      this.forgetPeer(other)
      return true
    }
    return false
  }

  /** As many as fit, from the first; at least one. */
  #entriesOf({ view, seen }: Given, { exchange, batch, ks }: Want, giver: OriginId): Answer {
    const entries: Entry[] = []
    let answered = 0
    for (let bytes = 0; answered < ks.length && bytes < this.#limits.pieceBytesMax; answered++) {
      for (const held of view.heldUnder(ks[answered] ?? 0)) {
        entries.push(held)
        bytes += entryBytes(held)
        // What readers see beside an entry from the future, if it was there at that instant.
        for (const beside of this.#store.allOf(held.key).slice(1)) {
          if (beside.time < held.time && seen.has(beside.origin) && seen.covers(beside)) entries.push(beside)
        }
      }
    }
    return { kind: 'answer', exchange, giver, batch, answered, entries }
  }
}

function cellsOf({ view, state }: Given, { exchange, from, to }: Compare, giver: OriginId): SketchPart {
  const end = Math.min(to, CELLS_MAX)
  const cells = view.cells.copy(Math.max(0, end - from), Math.min(from, end)).toBytes()
  const { count, sum, estimator } = view
  return {
    kind: 'sketch',
    exchange,
    giver,
    from,
    cells,
    view: from > 0 ? undefined : { ...state, count, sum, estimator },
  }
}

function partsOf({ exchange, depth, ranges }: Split, leaves: Leaves, giver: OriginId): Parts {
  const sums = new Uint32Array(ranges.length * 16 * PART_WORDS)
  ranges.forEach((range, index) => {
    sums.set(leaves.split(depth, range), index * 16 * PART_WORDS)
  })
  return { kind: 'parts', exchange, giver, depth, ranges, sums }
}

function listOf({ exchange, depth, ranges }: List, leaves: Leaves, giver: OriginId): Listed {
  const pairs: number[] = []
  for (const range of ranges) leaves.list(depth, range, pairs)
  return { kind: 'listed', exchange, giver, depth, ranges, pairs: Uint32Array.from(pairs) }
}
