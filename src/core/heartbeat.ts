/**
 * This node's row, made anew once a beat and told to all peers: to one of them with what is known of the others. What it
 * promises (`low`, `h`) comes from the disk's claims, what a crash now would leave; a joining node promises nothing.
 */

import { CLOCK_UNLOGGED_MAX, type Holdings } from './holdings.ts'
import type { Journal } from './journal.ts'
import type { Membership } from './membership.ts'
import type { Outbox } from './outbox.ts'
import type { OwnRun } from './own-run.ts'
import type { Now } from './step.ts'

export interface Shared {
  readonly run: OwnRun
  readonly holdings: Holdings
  readonly membership: Membership
  readonly outbox: Outbox
}

export class Heartbeat {
  readonly #address: string
  readonly #shared: Shared
  readonly #journal: Journal
  readonly #linked: ReadonlySet<string>

  constructor(address: string, shared: Shared, journal: Journal, linked: ReadonlySet<string>) {
    this.#address = address
    this.#shared = shared
    this.#journal = journal
    this.#linked = linked
  }

  /** The log must have all own writes of before: it learns here what V claims by silence. */
  renew(now: Now): void {
    const { run, holdings, membership, outbox } = this.#shared
    const { origin, isJoining, isDurable } = run
    const { claims } = holdings
    const { risen, members } = membership
    const clear = holdings.clock.now(now.wallMs)
    if (!isJoining && claims.silent(origin, clear)) risen.add(origin)
    const seen = [...risen].map((one) => [one, claims.seen.get(one)] as const)
    risen.clear()
    if (seen.length > 0) outbox.append({ kind: 'vector', seen })
    const durable = this.#journal.claims.seen
    outbox.row = {
      origin,
      seq: outbox.row.seq + 1,
      address: this.#address,
      last: claims.written.get(origin),
      clear,
      low: isDurable && !isJoining ? members.lowOf(durable, origin) : -1,
      h: members.hashOf(durable, origin),
      wallMs: Math.max(0, Math.floor(now.wallMs)),
      gone: membership.gone.hash(),
      joining: isJoining,
    }
  }

  /** What shows because this clock followed a peer's must show after a restart, too: the log must hear of a leap. */
  get hasLeapt(): boolean {
    const { run, holdings } = this.#shared
    if (run.isJoining || !run.isDurable) return false
    return holdings.clock.last - holdings.claims.seen.get(run.origin) > CLOCK_UNLOGGED_MAX
  }

  /** As in `renew`, the log must have all own writes of before. */
  logLeap(): void {
    const { run, holdings, outbox } = this.#shared
    const { last } = holdings.clock
    holdings.claims.silent(run.origin, last)
    outbox.append({ kind: 'vector', seen: [[run.origin, last]] })
  }

  /** `confidant`: the peer that also hears of the others. */
  send(confidant: string | undefined): void {
    if (confidant === undefined) return
    const { outbox, membership } = this.#shared
    outbox.send([confidant], { kind: 'row', rows: membership.members.rowsFor(confidant) })
    outbox.send(
      [...this.#linked].filter((peer) => peer !== confidant),
      { kind: 'row', rows: [] },
    )
  }
}
