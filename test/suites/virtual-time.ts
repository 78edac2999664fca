/**
 * A clock and timers that move only when a test says so. Promises get their turn after each timer, so that a test may
 * await what a timer settles.
 */

import type { Clock, Timers } from '../../src/core/ports.ts'

interface Timer {
  readonly atMs: number
  readonly call: () => void
}

export class VirtualTime implements Timers, Clock {
  #nowMs = 0
  readonly #timers = new Set<Timer>()

  wallMs(): number {
    return 1_800_000_000_000 + this.#nowMs
  }

  monoMs(): number {
    return this.#nowMs
  }

  /** Timers that wait. */
  get armed(): number {
    return this.#timers.size
  }

  after(ms: number, call: () => void): () => void {
    const timer = { atMs: this.#nowMs + ms, call }
    this.#timers.add(timer)
    return () => this.#timers.delete(timer)
  }

  afterTurn(call: () => void): void {
    this.after(0, call)
  }

  /** Runs everything that is due within the next `ms`, in order, and stands at their end. */
  async advance(ms: number): Promise<void> {
    const endMs = this.#nowMs + ms
    await promisesRun()
    while (this.#runNext(endMs)) await promisesRun()
    this.#nowMs = endMs
  }

  /** Runs one call that is due now, if there is one. */
  turn(): boolean {
    return this.#runNext(this.#nowMs)
  }

  /** Runs what is due now, and what that makes due. */
  async settle(): Promise<void> {
    await this.advance(0)
  }

  #runNext(endMs: number): boolean {
    const next = this.#nearest(endMs)
    if (next === undefined) return false
    this.#timers.delete(next)
    this.#nowMs = Math.max(this.#nowMs, next.atMs)
    next.call()
    return true
  }

  #nearest(endMs: number): Timer | undefined {
    let nearest: Timer | undefined
    for (const timer of this.#timers) {
      if (timer.atMs <= endMs && (nearest === undefined || timer.atMs < nearest.atMs)) nearest = timer
    }
    return nearest
  }
}

/** When every promise that can go on has gone on. */
export function promisesRun(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
