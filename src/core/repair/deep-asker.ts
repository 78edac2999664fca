/**
 * The asking side of a deep pull: finds out which keys differ from a frozen view of the giver, asks what that holds of
 * them, and hands over all of it or nothing. First by the sketch, whose size follows the differences; when there are too
 * many for it, or it does not explain the difference of the sums, by splitting ranges of keys. What was found is proved
 * by the giver's hash of everything before it counts. Work comes in slices; a lost message is asked for again.
 */

import type { Entry } from '../entry.ts'
import type { LaneSum } from '../hash.ts'
import type { OriginId } from '../origin.ts'
import type { Answer, Compare, Listed, Parts, RepairBody, SketchPart, SketchView, Want } from '../repair-message.ts'
import type { Store } from '../store.ts'
import type { VectorEntries } from '../vector.ts'
import { type Cells, cellsFromBytes, differenceOf } from './cells.ts'
import { Decoder } from './decoder.ts'
import { estimateOf } from './estimate.ts'
import type { FrozenView } from './frozen-view.ts'
import { RangeSearch } from './range-search.ts'
import { greatestOf } from './summary.ts'
import { CELLS_MAX } from './walk.ts'

export interface DeepTimes {
  readonly exchangeTimeoutMs: number
  readonly exchangeRetriesMax: number
  /** Batches of wanted keys under way at once. */
  readonly pieceWindow: number
}

/** What the asker claimed when it began. */
export interface DeepClaim {
  readonly seen: VectorEntries
  readonly rest: string | undefined
}

export interface Finding {
  readonly peer: string
  readonly exchange: number
  readonly view: SketchView
  /** What the giver holds under each k that differs. */
  readonly answers: ReadonlyMap<number, readonly Entry[]>
  /** Of both directions, about. */
  readonly bytes: number
}

export type DeepOutcome =
  | { readonly kind: 'on'; readonly send: readonly RepairBody[]; readonly isBusy: boolean }
  | { readonly kind: 'found'; readonly finding: Finding }
  /** Nothing has happened. */
  | { readonly kind: 'failed' }

/** Cells of the first request, when the last comparison says nothing about this one. */
const CELLS_FIRST_MIN = 8
const CELLS_FIRST_MAX = 96
const EXTENSIONS_MAX = 3
/** Keys wanted in one message. */
const BATCH_KEYS = 512
/** Work of one slice: cells looked at or peeled. */
const SLICE_WORK = 4_000
/** The same in keys, for ranges. */
const SLICE_KEYS = 4_000

const NOTHING: DeepOutcome = { kind: 'on', send: [], isBusy: false }
const FAILED: DeepOutcome = { kind: 'failed' }

interface Exchange {
  readonly peer: string
  readonly id: number
  readonly claim: DeepClaim
  giver: OriginId | undefined
  view: SketchView | undefined
  /** This side as it was when the giver's view came. */
  mine: FrozenView | undefined
  /** The hash of this side's view, with what was answered in place of what it holds. */
  proof: LaneSum | undefined
  decoder: Decoder | undefined
  isDecoding: boolean
  extensions: number
  search: RangeSearch | undefined
  /** Still to be asked for, or asked for again. */
  wanted: number[]
  readonly asked: Map<number, readonly number[]>
  nextBatch: number
  readonly answers: Map<number, Entry[]>
  /** The latest requests, for when no answer comes. */
  request: RepairBody | undefined
  progressMs: number
  retries: number
  bytes: number
}

export class DeepAsker {
  /** Comparisons that were given up. */
  abandoned = 0
  /** Comparisons that needed ranges. */
  searched = 0
  readonly #times: DeepTimes
  readonly #store: Store
  #exchange: Exchange | undefined
  /** Differences found by the latest comparison. */
  #recent = 0

  constructor(times: DeepTimes, store: Store) {
    this.#times = times
    this.#store = store
  }

  get peer(): string | undefined {
    return this.#exchange?.peer
  }

  get exchange(): number | undefined {
    return this.#exchange?.id
  }

  begin(peer: string, id: number, claim: DeepClaim, nowMs: number): Compare {
    const to = Math.min(Math.max(2 * this.#recent + 8, CELLS_FIRST_MIN), CELLS_FIRST_MAX)
    const request: Compare = { kind: 'compare', exchange: id, from: 0, to, ...claim }
    this.#exchange = {
      peer,
      id,
      claim,
      giver: undefined,
      view: undefined,
      mine: undefined,
      proof: undefined,
      decoder: undefined,
      isDecoding: false,
      extensions: 0,
      search: undefined,
      wanted: [],
      asked: new Map(),
      nextBatch: 0,
      answers: new Map(),
      request,
      progressMs: nowMs,
      retries: 0,
      bytes: 0,
    }
    return request
  }

  /** Takes an answer in. */
  hear(peer: string, body: SketchPart | Parts | Listed | Answer, nowMs: number): DeepOutcome {
    const exchange = this.#exchange
    if (exchange === undefined || exchange.peer !== peer || exchange.id !== body.exchange) return NOTHING
    if (exchange.giver !== undefined && exchange.giver !== body.giver) return this.#fail()
    if (exchange.mine?.isOverrun === true) return this.#fail()
    exchange.giver = body.giver
    exchange.progressMs = nowMs
    exchange.retries = 0
    switch (body.kind) {
      case 'sketch':
        return this.#hearSketch(exchange, body)
      case 'answer':
        return this.#hearAnswer(exchange, body)
      case 'parts':
      case 'listed':
        return this.#hearRanges(exchange, body)
    }
  }

  /** The next slice of work. */
  chore(nowMs: number): DeepOutcome {
    const exchange = this.#exchange
    if (exchange === undefined) return NOTHING
    if (exchange.mine?.isOverrun === true) return this.#fail()
    // While this side works the other has nothing to answer.
    if (exchange.isDecoding || (exchange.request === undefined && exchange.asked.size === 0))
      exchange.progressMs = nowMs
    if (exchange.isDecoding) return this.#decode(exchange)
    if (exchange.search !== undefined && exchange.request === undefined) return this.#searchOn(exchange)
    return NOTHING
  }

  /** Asks again when no answer came, or gives up. */
  tick(nowMs: number): DeepOutcome {
    const exchange = this.#exchange
    if (exchange === undefined || nowMs - exchange.progressMs < this.#times.exchangeTimeoutMs) return NOTHING
    if (exchange.retries >= this.#times.exchangeRetriesMax) return this.#fail()
    exchange.retries++
    exchange.progressMs = nowMs
    const wants = [...exchange.asked].map(([batch, ks]): Want => ({ kind: 'want', exchange: exchange.id, batch, ks }))
    return this.#on(exchange, exchange.request === undefined ? wants : [exchange.request])
  }

  /** The exchange is over, with nothing done. */
  end(id: number | undefined): void {
    const exchange = this.#exchange
    if (exchange === undefined || exchange.id !== id) return
    if (exchange.mine !== undefined) this.#store.summary.release(exchange.mine)
    this.#exchange = undefined
  }

  #fail(): DeepOutcome {
    this.abandoned++
    this.end(this.#exchange?.id)
    return FAILED
  }

  #on(exchange: Exchange, send: readonly RepairBody[]): DeepOutcome {
    for (const body of send) exchange.bytes += 16 + (body.kind === 'want' ? 4 * body.ks.length : 0)
    const isBusy = exchange.isDecoding || (exchange.search !== undefined && exchange.request === undefined)
    return { kind: 'on', send, isBusy: isBusy && exchange.asked.size === 0 }
  }

  // By the sketch.

  #hearSketch(exchange: Exchange, { from, cells: bytes, view }: SketchPart): DeepOutcome {
    const { request } = exchange
    // A repeated request may be answered twice.
    if (request?.kind !== 'compare' || request.from !== from || exchange.isDecoding) return NOTHING
    const theirs = cellsFromBytes(bytes, from)
    if (theirs === undefined || (from === 0) !== (view !== undefined)) return this.#fail()
    exchange.bytes += bytes.length + 100
    exchange.request = undefined
    if (view !== undefined) {
      exchange.view = view
      exchange.mine = this.#store.freeze()
      exchange.proof = exchange.mine.sumCopy()
      if (exchange.mine.sum === view.sum && exchange.mine.count === view.count) return this.#found(exchange)
    }
    const mine = exchange.mine?.cells.copy(theirs.count, from)
    if (mine === undefined) return this.#fail()
    return this.#explain(exchange, differenceOf(theirs, mine))
  }

  #explain(exchange: Exchange, difference: Cells): DeepOutcome {
    if (exchange.decoder === undefined) exchange.decoder = new Decoder(difference)
    else exchange.decoder.extend(difference)
    exchange.isDecoding = true
    return this.#decode(exchange)
  }

  #decode(exchange: Exchange): DeepOutcome {
    const { decoder } = exchange
    if (decoder === undefined) return this.#fail()
    const state = decoder.run(SLICE_WORK)
    if (state === 'working') return this.#on(exchange, [])
    exchange.isDecoding = false
    if (state === 'stuck') return this.#askMoreCells(exchange, decoder.count)
    return this.#want(
      exchange,
      decoder.differences.map(({ k }) => k),
    )
  }

  #askMoreCells(exchange: Exchange, count: number): DeepOutcome {
    const { view, mine } = exchange
    const estimate = view && mine ? estimateOf(view.estimator, mine.estimator) : undefined
    if (estimate === undefined) return this.#fail()
    const target = exchange.extensions === 0 ? Math.ceil(1.55 * estimate + 12) : Math.ceil(count * 1.18)
    const to = Math.min(Math.max(target, count + CELLS_FIRST_MIN), CELLS_MAX)
    if (estimate > 0.7 * CELLS_MAX || exchange.extensions >= EXTENSIONS_MAX || to <= count)
      return this.#search(exchange)
    exchange.extensions++
    const request: Compare = { kind: 'compare', exchange: exchange.id, from: count, to, seen: [], rest: undefined }
    exchange.request = request
    return this.#on(exchange, [request])
  }

  // By ranges.

  #search(exchange: Exchange): DeepOutcome {
    if (exchange.mine === undefined || exchange.search !== undefined) return this.#fail()
    this.searched++
    exchange.decoder = undefined
    exchange.search = new RangeSearch(exchange.mine, this.#store.summary)
    return this.#on(exchange, [])
  }

  #searchOn(exchange: Exchange): DeepOutcome {
    const { search } = exchange
    if (search === undefined || !search.run(SLICE_KEYS)) return this.#on(exchange, [])
    const request = search.next(exchange.id)
    if (request === undefined) {
      exchange.request = undefined
      const ks = search.differing.filter((k) => !exchange.answers.has(k))
      exchange.search?.finish()
      return this.#want(exchange, ks)
    }
    exchange.request = request
    return this.#on(exchange, [request])
  }

  #hearRanges(exchange: Exchange, body: Parts | Listed): DeepOutcome {
    const { search, request } = exchange
    const isAsked = body.kind === 'parts' ? request?.kind === 'split' : request?.kind === 'list'
    if (search === undefined || !isAsked) return NOTHING
    exchange.bytes += 40 + (body.kind === 'parts' ? body.sums.byteLength : body.pairs.byteLength)
    const isRight = body.kind === 'parts' ? search.hearParts(body) : search.hearListed(body)
    // An answer to an earlier request, doubled on its way.
    if (!isRight) return NOTHING
    exchange.request = undefined
    return this.#searchOn(exchange)
  }

  // What the giver holds of them.

  #want(exchange: Exchange, ks: readonly number[]): DeepOutcome {
    exchange.wanted = [...ks]
    return this.#ask(exchange)
  }

  #ask(exchange: Exchange): DeepOutcome {
    const send: Want[] = []
    while (exchange.wanted.length > 0 && exchange.asked.size < this.#times.pieceWindow) {
      const ks = exchange.wanted.splice(0, BATCH_KEYS)
      const batch = exchange.nextBatch++
      exchange.asked.set(batch, ks)
      send.push({ kind: 'want', exchange: exchange.id, batch, ks })
    }
    if (exchange.asked.size > 0) return this.#on(exchange, send)
    if (exchange.proof?.toHex() === exchange.view?.sum) return this.#found(exchange)
    return exchange.search === undefined ? this.#search(exchange) : this.#fail()
  }

  #hearAnswer(exchange: Exchange, { batch, answered, entries }: Answer): DeepOutcome {
    const ks = exchange.asked.get(batch)
    if (ks === undefined) return NOTHING
    exchange.asked.delete(batch)
    const byK = new Map<number, Entry[]>()
    for (const k of ks.slice(0, answered)) byK.set(k, [])
    for (const entry of entries) {
      exchange.bytes += entry.key.length + (entry.value?.length ?? 0) + 24
      byK.get(this.#store.summary.kOf(entry.key))?.push(entry)
    }
    for (const [k, found] of byK) this.#prove(exchange, k, found)
    for (const k of ks.slice(answered)) exchange.wanted.push(k)
    if (answered === 0) return this.#fail()
    return this.#ask(exchange)
  }

  /** Puts what the giver holds under k in place of what this side's view does: at the end the sums must be equal. */
  #prove({ mine, proof, answers }: Exchange, k: number, entries: Entry[]): void {
    if (mine === undefined || proof === undefined || answers.has(k)) return
    const { summary } = this.#store
    for (const entry of mine.heldUnder(k)) summary.addTo(proof, entry, -1)
    for (const entry of heldOf(entries)) summary.addTo(proof, entry, 1)
    answers.set(k, entries)
  }

  #found(exchange: Exchange): DeepOutcome {
    const { peer, id, view, answers, bytes } = exchange
    if (view === undefined) return this.#fail()
    this.#recent = answers.size
    this.end(id)
    return { kind: 'found', finding: { peer, exchange: id, view, answers, bytes } }
  }
}

/** Without what is only shown beside an entry from the future: one a key. */
function heldOf(entries: readonly Entry[]): Entry[] {
  const byKey = new Map<string, Entry[]>()
  for (const entry of entries) {
    const list = byKey.get(entry.key)
    if (list === undefined) byKey.set(entry.key, [entry])
    else list.push(entry)
  }
  const held: Entry[] = []
  for (const list of byKey.values()) {
    const greatest = greatestOf(list)
    if (greatest !== undefined) held.push(greatest)
  }
  return held
}
