/**
 * What this node's callers write: stamped and shown at once, in the log and on its way to the peers when the turn of the
 * loop ends, answered when the log has it as the fsync mode promises.
 */

import type { Change } from './change.ts'
import { unixMsFromHlc } from './clock.ts'
import type { ClockState } from './clock-guard.ts'
import { type Entry, liveEntry, tombstone } from './entry.ts'
import type { Holdings } from './holdings.ts'
import type { Journal } from './journal.ts'
import { nameOf, type OriginId } from './origin.ts'
import type { Outbox } from './outbox.ts'
import type { OwnRun } from './own-run.ts'
import type { Pace } from './pace.ts'
import type { Now } from './step.ts'
import { Turn } from './turn.ts'

export class OwnWrites {
  readonly counters = { writesDeferred: 0, writesRefused: 0 }
  readonly #pushBytesMax: number
  readonly #holdings: Holdings
  readonly #run: OwnRun
  readonly #journal: Journal
  readonly #outbox: Outbox
  readonly #pace: Pace
  readonly #linked: ReadonlySet<string>
  /** Since the last turn ended. */
  readonly #turn = new Turn()
  /** Writes that came before the origin was durable. The host bounds how many may wait. */
  #deferred: { op: number; changes: readonly Change[] }[] = []

  constructor(
    { pushBytesMax }: { readonly pushBytesMax: number },
    holdings: Holdings,
    run: OwnRun,
    journal: Journal,
    outbox: Outbox,
    pace: Pace,
    linked: ReadonlySet<string>,
  ) {
    this.#pushBytesMax = pushBytesMax
    this.#holdings = holdings
    this.#run = run
    this.#journal = journal
    this.#outbox = outbox
    this.#pace = pace
    this.#linked = linked
  }

  write(op: number, changes: readonly Change[], clock: ClockState, now: Now): void {
    if (clock !== 'ok') {
      this.counters.writesRefused++
      const reason = `this node's clock is ${clock === 'ahead' ? 'ahead of' : 'behind'} those of most members`
      this.#outbox.refuse(op, 'ERR_CLOCK_SKEW', reason)
    } else if (this.#run.isDurable) this.#apply(op, changes, now)
    else {
      this.counters.writesDeferred++
      this.#deferred.push({ op, changes })
    }
  }

  /** The origin is durable. */
  takeDeferred(now: Now): void {
    const deferred = this.#deferred
    this.#deferred = []
    for (const { op, changes } of deferred) this.#apply(op, changes, now)
    this.endTurn()
  }

  /** One record and one push for all that was written since the last turn; several when it is much. */
  endTurn(): void {
    const { pieces, callers } = this.#turn.end(this.#pushBytesMax)
    if (callers.length === 0) return
    const { origin } = this.#run
    const peers = [...this.#linked]
    for (const entries of pieces) {
      const upTo = entries[entries.length - 1]?.time ?? 0
      this.#outbox.append({ kind: 'write', origin, upTo, entries })
      this.#outbox.send(peers, { kind: 'push', origin, after: this.#run.pushedUpTo, upTo, entries })
      this.#run.pushedUpTo = upTo
    }
    for (const caller of callers) this.#journal.wait(caller)
    this.#pace.hurryDigest()
  }

  #apply(op: number, changes: readonly Change[], now: Now): void {
    const { store, clock, claims } = this.#holdings
    const { origin } = this.#run
    const shown: Entry[] = []
    let time = 0
    for (const { key, value, ttlMs } of changes) {
      time = clock.stamp(now.wallMs)
      const prior = priorOf(store.shown(key), origin)
      const expiresAt = ttlMs === undefined ? undefined : unixMsFromHlc(time) + ttlMs
      const entry =
        value === undefined
          ? tombstone(key, time, origin, prior)
          : liveEntry(key, time, origin, value, prior, expiresAt)
      // An own write is shown whatever the clock says: its author must read it back.
      if (store.apply(entry, Number.POSITIVE_INFINITY)) shown.push(entry)
      this.#turn.add(entry)
    }
    if (time > 0) claims.wrote(origin, time)
    this.#turn.addCaller({ op, version: { time, origin } })
    this.#outbox.notify(shown)
  }
}

/** What an author had seen of others when it replaced `former`: through its own writes that it replaced before. */
function priorOf(former: Entry | undefined, origin: OriginId): number {
  if (former === undefined) return 0
  return nameOf(former.origin) === nameOf(origin) ? former.prior : former.time
}
