/**
 * What this node says of itself when it asks a peer: its V, of its members' runs or whole, and what it asks for.
 */

import type { Claim } from './asker.ts'
import type { Holdings } from './holdings.ts'
import type { Membership } from './membership.ts'
import type { Outbox } from './outbox.ts'
import type { OwnRun } from './own-run.ts'
import type { Salvage } from './salvage.ts'
import type { VectorEntries } from './vector.ts'

/** With so few origins V goes whole: leaving out what both have in common would save little. */
const WHOLE_MAX = 64
/** Runs that V may name, old ones too: less than a message carries. */
const ORIGINS_KNOWN_MAX = 200_000

export class Claiming {
  readonly #holdings: Holdings
  readonly #membership: Membership
  readonly #run: OwnRun
  readonly #salvage: Salvage
  readonly #outbox: Outbox
  /** Peers whose V differs from ours outside the members' runs. */
  readonly #needWhole = new Set<string>()

  constructor(holdings: Holdings, membership: Membership, run: OwnRun, salvage: Salvage, outbox: Outbox) {
    this.#holdings = holdings
    this.#membership = membership
    this.#run = run
    this.#salvage = salvage
    this.#outbox = outbox
  }

  /** The next time `peer` hears the whole V. */
  needsWhole(peer: string): void {
    this.#needWhole.add(peer)
  }

  forgetPeer(peer: string): void {
    this.#needWhole.delete(peer)
  }

  /** For a pull. */
  toPull(peer: string): Claim {
    const row = this.#membership.members.get(peer)?.row
    const isSalvage = !this.#run.isJoining && row !== undefined && this.#salvage.mustAsk(row) === 'salvaged'
    return isSalvage ? { seen: [], rest: undefined, of: 'salvaged' } : this.of(peer)
  }

  /** For an exchange of any other kind. */
  of(peer: string): Claim {
    const { seen } = this.#holdings.claims
    const of = this.#run.isJoining ? 'all' : 'missing'
    if (this.#needWhole.delete(peer) || seen.size <= WHOLE_MAX) return { seen: seen.toEntries(), rest: undefined, of }
    const runs = this.#membership.members.runs(this.#run.origin)
    return { seen: seen.toEntriesOf(runs), rest: seen.hashWithout(runs), of }
  }

  /** V with more origins than a message may carry could never be given to anybody. */
  mayKnow(seen: VectorEntries): boolean {
    const known = this.#holdings.claims.seen
    let size = known.size
    for (const [origin] of seen) if (!known.has(origin)) size++
    if (size <= ORIGINS_KNOWN_MAX) return true
    this.#outbox.say(
      'warn',
      { origins: size },
      'A peer names more runs than a cluster can have; what it gave is not taken',
    )
    return false
  }
}
