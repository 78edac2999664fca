/**
 * The clock of one simulated machine, which may be off, run fast or slow, jump, or stand still. What people set (the wall
 * clock) may go anywhere; what only runs (the monotonic clock, and timers with it) at most runs fast or slow. Each
 * disturbance is undone by itself; when none is left the wall clock is right again.
 */

import type { Clock } from '../src/core/ports.ts'
import { SIM_EPOCH_MS, type World } from './world.ts'

export interface ClockDisturbance {
  /** Ahead of true time, ms; behind when negative. */
  readonly offMs?: number
  /** Seconds of this clock in a true second. */
  readonly rate?: number
  /** The wall clock stands still. */
  readonly isFrozen?: boolean
}

interface Standing extends ClockDisturbance {
  readonly sinceMs: number
}

export class NodeClock implements Clock {
  /** The furthest that it ever was ahead of true time, ms. */
  aheadMostMs = 0
  /** The same since an operator set the node's stamps back, ms. */
  aheadLatelyMs = 0
  /** When it last began or ceased to be wrong, true ms. */
  changedMs: number = Number.NEGATIVE_INFINITY
  readonly #world: World
  readonly #standing = new Set<Standing>()
  #rate = 1
  /** The monotonic clock at `#rateSinceMs`. */
  #monoMs: number
  #rateSinceMs: number
  #isPlain = true

  /** `bootMs`: what the monotonic clock shows now. */
  constructor(world: World, bootMs: number) {
    this.#world = world
    this.#monoMs = bootMs
    this.#rateSinceMs = world.nowMs
  }

  disturb(disturbance: ClockDisturbance): () => void {
    const standing = { ...disturbance, sinceMs: this.#world.nowMs }
    this.#standing.add(standing)
    this.#changed()
    return () => {
      if (this.#standing.delete(standing)) this.#changed()
    }
  }

  /** How far the wall clock is ahead of true time, ms. */
  get offMs(): number {
    if (this.#isPlain) return 0
    let off = 0
    for (const { offMs = 0, rate = 1, isFrozen = false, sinceMs } of this.#standing) {
      const standsMs = this.#world.nowMs - sinceMs
      off += offMs + (rate - 1) * standsMs - (isFrozen ? standsMs : 0)
    }
    this.aheadMostMs = Math.max(this.aheadMostMs, off)
    this.aheadLatelyMs = Math.max(this.aheadLatelyMs, off)
    return off
  }

  /** An operator's word: what was ahead before is behind the node. */
  stampsWereReset(): void {
    this.aheadLatelyMs = Math.max(0, this.offMs)
  }

  /** The node does not know of that word any more. */
  resetWasLost(): void {
    this.aheadLatelyMs = this.aheadMostMs
  }

  wallMs(): number {
    return SIM_EPOCH_MS + this.#world.nowMs + this.offMs
  }

  monoMs(): number {
    return this.#monoMs + (this.#world.nowMs - this.#rateSinceMs) * this.#rate
  }

  /** True ms until this clock has run for `ms`. */
  trueMs(ms: number): number {
    return ms / this.#rate
  }

  #changed(): void {
    this.changedMs = this.#world.nowMs
    this.#monoMs = this.monoMs()
    this.#rateSinceMs = this.#world.nowMs
    this.#rate = 1
    for (const { rate = 1 } of this.#standing) this.#rate *= rate
    this.#isPlain = this.#standing.size === 0
  }
}
