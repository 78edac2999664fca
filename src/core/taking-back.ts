/**
 * Takes back in what lay behind damage in the log, slice by slice, when every member was asked: first for what it has
 * salvaged itself and then for what it has taken in. Nobody else is known to have what V does not cover then.
 */

import type { AntiEntropy } from './anti-entropy.ts'
import { isAbove } from './gone.ts'
import type { Shared } from './heartbeat.ts'
import { nameOf, type OriginId } from './origin.ts'
import type { SalvageReport } from './report.ts'
import type { Salvage } from './salvage.ts'
import type { Now } from './step.ts'

export class TakingBack {
  readonly #hasSeeds: boolean
  readonly #shared: Shared
  readonly #salvage: Salvage
  readonly #antiEntropy: Pick<AntiEntropy, 'wish' | 'admit' | 'isExchanging'>
  readonly #latest = new Map<string, OriginId>()
  /** Of how many origins `#latest` was made. */
  #countedOrigins = -1

  constructor(
    hasSeeds: boolean,
    shared: Shared,
    salvage: Salvage,
    antiEntropy: Pick<AntiEntropy, 'wish' | 'admit' | 'isExchanging'>,
  ) {
    this.#hasSeeds = hasSeeds
    this.#shared = shared
    this.#salvage = salvage
    this.#antiEntropy = antiEntropy
  }

  /** What waits; `undefined` when nothing does, or ever did. */
  get report(): SalvageReport | undefined {
    const { isPending, entries } = this.#salvage
    return isPending ? { entries: entries.length, awaits: this.#unasked() } : undefined
  }

  /** There is nobody left to ask: what is shown before the end would be less than this node has. */
  get isUnderWay(): boolean {
    return this.#salvage.isPending && this.#hasAskedAll()
  }

  /** `linked`: who can be asked now. */
  tick(linked: ReadonlySet<string>, now: Now): void {
    const { run } = this.#shared
    if (!this.#salvage.isPending || !run.isDurable || run.isJoining) return
    for (const peer of this.#unasked()) if (linked.has(peer)) this.#antiEntropy.wish(peer, now)
    // What a pull brings must be in before V covers it.
    if (this.#hasAskedAll() && !this.#antiEntropy.isExchanging) this.#takeSlice(now)
  }

  chore(now: Now): void {
    if (this.#salvage.isTaking) this.#takeSlice(now)
  }

  #takeSlice(now: Now): void {
    const { holdings, outbox } = this.#shared
    const entries = this.#salvage.take(holdings.claims.seen)
    if (entries.length > 0) {
      this.#antiEntropy.admit(entries, now)
      outbox.chore()
      return
    }
    const { entriesSalvaged } = this.#salvage.counters
    outbox.say(
      'info',
      { entries: entriesSalvaged },
      'What lay behind damage in the log is in again, as far as nobody else had it',
    )
  }

  /** Of those who may be members, as far as is known without what is damaged. */
  #hasAskedAll(): boolean {
    if (this.#salvage.isTaking) return true
    // Whoever has answered has told of the members, too.
    if (this.#hasSeeds && !this.#salvage.hasHeardAny) return false
    return this.#unasked().length === 0
  }

  /** Also those of whom nothing is known any more but that they have written. */
  #unasked(): string[] {
    const { membership, run } = this.#shared
    const all = [...membership.members.values()]
    const unasked = all.filter(({ row }) => this.#salvage.mustAsk(row) !== undefined).map(({ name }) => name)
    for (const name of this.#writers().keys()) {
      const isKnown = membership.members.get(name) !== undefined || membership.gone.of(name) !== undefined
      if (!isKnown && name !== nameOf(run.origin)) unasked.push(name)
    }
    return unasked
  }

  /** The latest run of a name that is waited for and is no member; an operator may forget it. */
  runOf(name: string): OriginId | undefined {
    return this.#salvage.isPending ? this.#writers().get(name) : undefined
  }

  /** Name → its latest run, of all that V and the salvage tell of. */
  #writers(): ReadonlyMap<string, OriginId> {
    const { seen } = this.#shared.holdings.claims
    const count = seen.size + this.#salvage.origins.size
    if (count === this.#countedOrigins) return this.#latest
    this.#countedOrigins = count
    this.#latest.clear()
    const note = (origin: OriginId): void => {
      const known = this.#latest.get(nameOf(origin))
      if (known === undefined || isAbove(origin, known)) this.#latest.set(nameOf(origin), origin)
    }
    for (const [origin] of seen) note(origin)
    for (const origin of this.#salvage.origins) note(origin)
    return this.#latest
  }
}
