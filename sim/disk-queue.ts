/**
 * Operations on one simulated file or folder, carried out one after the other, each after a drawn delay. A crash ends
 * the queue for good: nobody is called back, and of what was waiting a first part may have happened.
 */

import type { SystemError } from '../src/core/ports.ts'
import type { Rng } from '../src/core/rng.ts'

/** Milliseconds, from the first to the second. */
export type DelayRange = readonly [leastMs: number, mostMs: number]

export interface DiskOperation {
  readonly delayMs: DelayRange
  /** Does it, or says why not. */
  readonly apply: () => SystemError | undefined
  /** Does a part of it, for a crash in the middle. */
  readonly applyPart?: ((rng: Rng) => void) | undefined
  /** Tells whoever asked. */
  readonly reply: (error: SystemError | undefined) => void
}

export interface DiskClock {
  /** Calls once, `delayMs` of virtual time from now; never before it returns. */
  schedule(delayMs: number, call: () => void): void
  /** Lets a process hear of what was done, now or when it listens again. */
  tell?(call: () => void): void
  readonly rng: Rng
}

export class DiskQueue {
  readonly #clock: DiskClock
  readonly #waiting: DiskOperation[] = []
  #isDead = false

  constructor(clock: DiskClock) {
    this.#clock = clock
  }

  add(operation: DiskOperation): void {
    if (this.#isDead) return
    this.#waiting.push(operation)
    if (this.#waiting.length === 1) this.#start(operation)
  }

  crash(rng: Rng): void {
    if (this.#isDead) return
    this.#isDead = true
    for (const operation of this.#waiting) {
      if (rng() < 0.5) operation.apply()
      else {
        operation.applyPart?.(rng)
        return
      }
    }
  }

  #start({ delayMs: [least, most] }: DiskOperation): void {
    this.#clock.schedule(least + this.#clock.rng() * (most - least), this.#carryOut)
  }

  /** One is under way at a time, so all can share one call. */
  readonly #carryOut = (): void => {
    const operation = this.#waiting[0]
    if (this.#isDead || operation === undefined) return
    const error = operation.apply()
    this.#waiting.shift()
    const next = this.#waiting[0]
    if (next !== undefined) this.#start(next)
    if (this.#clock.tell === undefined) operation.reply(error)
    else this.#clock.tell(() => operation.reply(error))
  }
}
