/**
 * Operators who asked for something that takes a while, and whom to tell. Their numbers stand apart from those of writes.
 */

import { HearsayError } from '../core/errors.ts'
import type { Timers } from '../core/ports.ts'
import type { SyncReport } from '../core/report.ts'

export type OperatorDone = (error: HearsayError | undefined, report: SyncReport | undefined) => void

/** Writes are numbered from 1 up; so far a process never gets. */
const FIRST = 2 ** 52
/** Who wait at one time. */
const WAITING_MAX = 1_000

export class Operators {
  readonly #timers: Timers
  readonly #waiting = new Map<number, OperatorDone>()
  #next = FIRST

  constructor(timers: Timers) {
    this.#timers = timers
  }

  /** Takes one in and gives the number; `undefined` when it is told of an error instead: `refusal`, or `ERR_OVERLOADED`. */
  take(done: OperatorDone, refusal: HearsayError | undefined): number | undefined {
    const isFull = this.#waiting.size >= WAITING_MAX
    const error = refusal ?? (isFull ? new HearsayError('ERR_OVERLOADED', 'too many operators wait') : undefined)
    if (error !== undefined) {
      this.#timers.afterTurn(() => done(error, undefined))
      return undefined
    }
    const op = this.#next++
    this.#waiting.set(op, done)
    return op
  }

  has(op: number): boolean {
    return this.#waiting.has(op)
  }

  /** Never calls back before it returns. */
  answer(op: number, error: HearsayError | undefined, report: SyncReport | undefined): void {
    const done = this.#waiting.get(op)
    if (done === undefined) return
    this.#waiting.delete(op)
    this.#timers.afterTurn(() => done(error, report))
  }

  rejectAll(error: HearsayError): void {
    const waiting = [...this.#waiting.values()]
    this.#waiting.clear()
    for (const done of waiting) done(error, undefined)
  }
}
