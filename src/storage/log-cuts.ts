/**
 * Where checkpoints cut the log. One is cut between two steps of the replica, and begins when the segment behind the cut
 * has; at its end it waits until the log is durable up to the newest that it holds. Only one waits at a time.
 */

import type { Timers } from '../core/ports.ts'
import type { LogRecord } from '../core/record.ts'
import type { CheckpointOrder } from './checkpoint-writer.ts'
import type { Checkpoints, LoggedState } from './checkpoints.ts'
import type { LogMarks } from './log-marks.ts'
import type { FilePlace, Owner } from './segment.ts'

type Cut = Pick<CheckpointOrder, 'state' | 'records'>

export interface CutsOptions {
  readonly state?: LoggedState | undefined
  readonly timers: Timers
  readonly owner: Owner
  readonly marks: LogMarks
  readonly checkpoints: Checkpoints
  /** Records that were in the log when it was opened. */
  readonly recovered: number
  /** A checkpoint has begun to wait for the log. */
  awaits(): void
}

export class LogCuts {
  readonly #options: CutsOptions
  /** A checkpoint of what was appended up to now: everything behind goes to the next segment. */
  #cut: Cut | undefined
  /** Who waits until the log is durable up to a position. */
  #awaited: { readonly position: number; readonly done: () => void } | undefined

  constructor(options: CutsOptions) {
    this.#options = options
  }

  /** The next segment is due, for a checkpoint to begin before it. */
  get isCut(): boolean {
    return this.#cut !== undefined
  }

  /** A checkpoint waits for the log. */
  get isAwaited(): boolean {
    return this.#awaited !== undefined
  }

  /** Cuts here, if a checkpoint is due, and says whether it did. `bytes`: of the segment that is appended to. */
  cutHere(bytes: number): boolean {
    const { checkpoints, recovered, marks } = this.#options
    const state = checkpoints.due(bytes)
    if (state === undefined) return false
    this.#cut = { state, records: recovered + marks.appendedIndex }
    return true
  }

  /** Cuts where the log begins anew. */
  cutAnew(state: Iterator<LogRecord>): void {
    this.#cut = { state, records: this.#options.recovered + this.#options.marks.appendedIndex }
  }

  drop(): void {
    this.#cut = undefined
  }

  /** The segment at `place` has begun: if it was cut before it, the checkpoint begins. */
  begun(place: Omit<FilePlace, 'kind'>, done?: Parameters<Checkpoints['begin']>[1]): void {
    const { checkpoints, owner, state, marks } = this.#options
    if (this.#cut === undefined) return
    const cut = this.#cut
    this.#cut = undefined
    const end = (): number => {
      state?.endTurn()
      return marks.appended
    }
    const whenDurable = (position: number, durable: () => void): void => this.#whenDurable(position, durable)
    checkpoints.begin({ ...cut, owner, place: { ...place, kind: 'checkpoint' }, end, whenDurable }, done)
  }

  /** Tells who waits, if the log is durable as far as that. */
  tell(): void {
    if (this.#awaited !== undefined && this.#options.marks.synced >= this.#awaited.position) this.release()
  }

  /** Lets go of who waits: it has what it waited for, or was given up. */
  release(): void {
    const awaited = this.#awaited
    this.#awaited = undefined
    awaited?.done()
  }

  #whenDurable(position: number, done: () => void): void {
    this.#awaited = { position, done }
    this.#options.timers.afterTurn(() => this.#options.awaits())
  }
}
