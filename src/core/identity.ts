/**
 * Who this node is among those of its name: what rows of its own name and marks of forgotten runs mean for it. It draws a
 * new run when a later one is known, since then its disk is not the newest of the name, and when its present one is
 * forgotten; it stops when another living process of the name goes on calling.
 */

import { isAbove } from './gone.ts'
import type { Shared } from './heartbeat.ts'
import type { Row } from './message.ts'
import { nameOf, type OriginId } from './origin.ts'
import type { OwnWrites } from './own-writes.ts'
import type { Now } from './step.ts'

/** Pause between calls to another process of this name, ms. */
const TWIN_CALL_MS = 1_000

export class Identity {
  readonly counters = { runsRedrawn: 0 }
  readonly #name: string
  readonly #shared: Shared
  readonly #writes: OwnWrites
  #callsTwinFromMs = 0

  constructor(name: string, shared: Shared, writes: OwnWrites) {
    this.#name = name
    this.#shared = shared
    this.#writes = writes
  }

  /** Takes in a row of any name: whether its run is forgotten, or this node drew a new one for it. */
  learn(row: Row, from: string, now: Now): 'taken' | 'forgotten' | 'redrawn' {
    const { run, membership } = this.#shared
    if (nameOf(row.origin) === this.#name) return this.#meetOwnName(row, now) ? 'redrawn' : 'taken'
    return membership.learn(row, from, !run.isJoining, now) ? 'taken' : 'forgotten'
  }

  /** Whether this node drew a new run. */
  hearMarks(marks: readonly OriginId[], from: string, now: Now): boolean {
    const { run, membership, outbox } = this.#shared
    membership.hearMarks(marks, from)
    const above = run.runAboveMark(marks)
    if (above === undefined) return false
    outbox.say('warn', { mine: run.origin }, 'The others have forgotten this run: starting a new one')
    this.redraw(above, now)
    return true
  }

  /** A process of this name said hello. Whether this node drew a new run. */
  meetTwin(row: Row, now: Now): boolean {
    const { run, holdings, outbox } = this.#shared
    holdings.clock.observe(row.clear, now.wallMs)
    if (!run.mustYield(row)) return this.#meetOwnName(row, now)
    const reason = `another running node is called ${this.#name}; writes that only this one acknowledged stay on its disk`
    outbox.stop('ERR_NAME_IN_USE', reason)
    return false
  }

  redraw(run: number, now: Now): void {
    this.counters.runsRedrawn++
    this.draw(run, now)
  }

  /** What was written as the former run is told as its own first. */
  draw(number: number, now: Now): void {
    const { run, membership } = this.#shared
    this.#writes.endTurn()
    const former = run.origin
    run.draw(number, now)
    membership.risen.delete(former)
  }

  /** A later run of this name at another address may be a living process, which nobody else would bring together with this. */
  #callTwin({ origin, address }: Row, now: Now): void {
    const { run, outbox } = this.#shared
    const isElsewhere = address !== '' && address !== outbox.row.address
    if (!isElsewhere || !isAbove(origin, run.origin) || now.monoMs < this.#callsTwinFromMs) return
    this.#callsTwinFromMs = now.monoMs + TWIN_CALL_MS
    outbox.call(address)
  }

  /** A row of another run of this name. A greater one means that this disk is not the newest of the name. */
  #meetOwnName(row: Row, now: Now): boolean {
    const { run, outbox } = this.#shared
    if (row.origin === run.origin) return false
    this.#callTwin(row, now)
    const above = run.runAbove(row)
    if (above === undefined) return false
    const fields = { known: row.origin, mine: run.origin }
    outbox.say('warn', fields, 'A later run of this name is known: starting a new run above it')
    this.redraw(above, now)
    return true
  }
}
