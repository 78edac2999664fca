/** What operators order: to forget a member, to compare with a peer, to set a clock back that ran far ahead. */

import type { AntiEntropy } from './anti-entropy.ts'
import { hlcFromUnixMs } from './clock.ts'
import type { Holdings } from './holdings.ts'
import type { Journal } from './journal.ts'
import type { Membership } from './membership.ts'
import type { Outbox } from './outbox.ts'
import type { Now } from './step.ts'
import type { TakingBack } from './taking-back.ts'

export class Orders {
  readonly #maxClockSkewMs: number
  readonly #holdings: Holdings
  readonly #membership: Membership
  readonly #antiEntropy: AntiEntropy
  readonly #takingBack: TakingBack
  readonly #journal: Journal
  readonly #outbox: Outbox
  readonly #linked: ReadonlySet<string>

  constructor(
    { maxClockSkewMs }: { readonly maxClockSkewMs: number },
    holdings: Holdings,
    membership: Membership,
    antiEntropy: AntiEntropy,
    takingBack: TakingBack,
    journal: Journal,
    outbox: Outbox,
    linked: ReadonlySet<string>,
  ) {
    this.#maxClockSkewMs = maxClockSkewMs
    this.#holdings = holdings
    this.#membership = membership
    this.#antiEntropy = antiEntropy
    this.#takingBack = takingBack
    this.#journal = journal
    this.#outbox = outbox
    this.#linked = linked
  }

  forget(op: number, name: string): void {
    const run = this.#membership.members.get(name)?.row.origin ?? this.#takingBack.runOf(name)
    if (run === undefined) {
      this.#outbox.refuse(op, 'ERR_NO_SUCH_MEMBER', `there is no member ${name} beside this node`)
      return
    }
    this.#membership.forget(run, 'by an operator')
    this.#journal.wait({ op, version: { time: 0, origin: run } })
  }

  sync(op: number, peer: string, now: Now): void {
    if (this.#linked.has(peer)) this.#antiEntropy.sync(peer, op, now)
    else this.#outbox.refuse(op, 'ERR_NO_SUCH_MEMBER', `there is no link to ${peer}`)
  }

  /** Above all that stays shown and all that peers have said, below what a bad clock made of this one. A new run follows. */
  resetClock(now: Now): void {
    const limit = hlcFromUnixMs(now.wallMs + this.#maxClockSkewMs)
    let to = hlcFromUnixMs(now.wallMs)
    for (const { row } of this.#membership.members.values()) if (row.clear <= limit) to = Math.max(to, row.clear)
    for (const { time } of this.#holdings.store.all()) if (time <= limit) to = Math.max(to, time)
    this.#outbox.append({ kind: 'clock', to })
    this.#outbox.notify(this.#holdings.resetClock(to))
  }
}
