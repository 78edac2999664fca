/** Virtual time for tests of storage: a queue of calls by due time, then by the order they were asked for. */

import type { DiskClock } from '../../sim/disk-queue.ts'
import type { Timers } from '../../src/core/ports.ts'
import type { Rng } from '../../src/core/rng.ts'

interface Due {
  readonly atMs: number
  readonly order: number
  readonly call: () => void
}

export class VirtualTime implements Timers, DiskClock {
  readonly rng: Rng
  nowMs = 0
  #order = 0
  #due: Due[] = []

  constructor(rng: Rng) {
    this.rng = rng
  }

  schedule(delayMs: number, call: () => void): void {
    this.#add(delayMs, call)
  }

  after(ms: number, call: () => void): () => void {
    const due = this.#add(ms, call)
    return () => {
      this.#due = this.#due.filter((other) => other !== due)
    }
  }

  afterTurn(call: () => void): void {
    this.#add(0, call)
  }

  /** Makes the next call; false when there is none. */
  step(): boolean {
    this.#due.sort((a, b) => a.atMs - b.atMs || a.order - b.order)
    const due = this.#due.shift()
    if (due === undefined) return false
    this.nowMs = due.atMs
    due.call()
    return true
  }

  runUntilIdle(): void {
    while (this.step());
  }

  /** Forgets everything that waits: the process is gone. */
  clear(): void {
    this.#due = []
  }

  #add(delayMs: number, call: () => void): Due {
    const due = { atMs: this.nowMs + delayMs, order: this.#order++, call }
    this.#due.push(due)
    return due
  }
}
