/** Two stores that one deep pull compares over a channel that loses, doubles, delays and reorders, on a bench. */

import { compareEntries, type Entry, liveEntry, tombstone } from '../../../src/core/entry.ts'
import type { Ended } from '../../../src/core/message.ts'
import { DeepAsker, type DeepOutcome, type Finding } from '../../../src/core/repair/deep-asker.ts'
import { DeepGiver } from '../../../src/core/repair/deep-giver.ts'
import type { FrozenView } from '../../../src/core/repair/frozen-view.ts'
import type { RepairBody } from '../../../src/core/repair-message.ts'
import { Store } from '../../../src/core/store.ts'
import { ORIGINS } from '../arbitraries.ts'
import { SEED } from '../store-steps.ts'

const [ASKER = '', , GIVER = '', NEXT_GIVER = ''] = ORIGINS
export const TIMES = { exchangeTimeoutMs: 3_000, exchangeRetriesMax: 3, pieceWindow: 2 }
const LIMITS = { pieceBytesMax: 200, frozenForMs: 60_000 }

type Body = RepairBody | Ended
export type Tamper = (body: Body) => Body

/** A store that remembers what it held when it was frozen last. */
export class WatchedStore extends Store {
  frozen: ReadonlyMap<string, Entry> | undefined

  constructor() {
    super(
      SEED,
      () => {},
      () => 0,
    )
  }

  heldMap(): Map<string, Entry> {
    return new Map(this.all().map((entry) => [entry.key, entry]))
  }

  override freeze(): FrozenView {
    this.frozen = this.heldMap()
    return super.freeze()
  }
}

/** Writes `at`, which decides everything about the entry. */
export function write(store: Store, at: number, key: string): void {
  const time = 1_000 + at
  const entry = at % 5 === 0 ? tombstone(key, time, GIVER) : liveEntry(key, time, GIVER, new Uint8Array(at % 40))
  store.apply(entry, Number.POSITIVE_INFINITY)
}

export class DeepChannel {
  readonly mine = new WatchedStore()
  readonly theirs = new WatchedStore()
  readonly asker = new DeepAsker(TIMES, this.mine)
  readonly giver = new DeepGiver(LIMITS, this.theirs)
  readonly flying: Body[] = []
  finding: Finding | undefined
  failures = 0
  giverRun = GIVER
  nowMs = 0
  tamper: Tamper = (body) => body
  #exchange = 0
  #admitted = 0
  #isBusy = false

  begin(): void {
    this.flying.push(this.asker.begin('giver', ++this.#exchange, { seen: [], rest: undefined }, this.nowMs))
  }

  get isOver(): boolean {
    return this.asker.exchange === undefined
  }

  deliver(at: number, isKept: boolean): void {
    const body = this.flying[at]
    if (body === undefined) return
    if (!isKept) this.flying.splice(at, 1)
    switch (body.kind) {
      case 'compare':
      case 'split':
      case 'list':
      case 'want':
        this.#give(body)
        break
      case 'ended':
        if (this.asker.exchange !== body.exchange) break
        this.asker.end(body.exchange)
        this.failures++
        break
      default:
        this.#take(this.asker.hear('giver', body, this.nowMs))
    }
  }

  /** Both sides do a slice of what they have left. */
  work(): void {
    for (const { body } of this.giver.chore(this.giverRun)) this.flying.push(this.tamper(body))
    if (this.#isBusy) this.#take(this.asker.chore(this.nowMs))
  }

  pass(ms: number): void {
    this.nowMs += ms
    this.giver.tick(this.nowMs)
    this.#take(this.asker.tick(this.nowMs))
  }

  /** The giver starts again, and has forgotten everything about exchanges. */
  restartGiver(): void {
    this.giver.forgetPeer('asker')
    this.giverRun = NEXT_GIVER
    this.#admitted = 0
  }

  /** From here on nothing goes wrong. */
  finish(): void {
    for (let i = 0; i < 20_000 && !this.isOver; i++) {
      if (this.flying.length > 0) this.deliver(0, false)
      else if (this.giver.isBusy || this.#isBusy) this.work()
      else this.pass(1_000)
    }
    if (!this.isOver) throw new Error('the exchange never ends')
  }

  /** Keys that differ between what both froze. */
  difference(): string[] {
    const { mine, theirs } = { mine: this.mine.frozen, theirs: this.theirs.frozen }
    if (mine === undefined || theirs === undefined) throw new Error('nothing was frozen')
    return [...new Set([...mine.keys(), ...theirs.keys()])].filter((key) => !isSame(mine.get(key), theirs.get(key)))
  }

  /** What the asker would hold if it took over everything that was found. */
  explained(): Map<string, Entry> {
    const answers = this.finding?.answers ?? new Map<number, readonly Entry[]>()
    const held = new Map<string, Entry>()
    for (const [key, entry] of this.mine.frozen ?? []) {
      if (!answers.has(this.mine.summary.kOf(key))) held.set(key, entry)
    }
    for (const entries of answers.values()) for (const entry of entries) held.set(entry.key, entry)
    return held
  }

  #give(request: Parameters<DeepGiver['answer']>[1]): void {
    const answer = this.giver.answer('asker', request, this.giverRun, this.nowMs, () => {
      if (request.exchange <= this.#admitted) return undefined
      this.#admitted = request.exchange
      return { seen: [[ASKER, 5_000]], written: [], floor: 7 }
    })
    if (answer !== undefined) this.flying.push(this.tamper(answer))
  }

  #take(outcome: DeepOutcome): void {
    if (outcome.kind === 'on') {
      this.flying.push(...outcome.send)
      this.#isBusy = outcome.isBusy
    } else {
      this.#isBusy = false
      if (outcome.kind === 'found') this.finding = outcome.finding
      else this.failures++
    }
  }
}

function isSame(a: Entry | undefined, b: Entry | undefined): boolean {
  return a !== undefined && b !== undefined && compareEntries(a, b) === 0
}
