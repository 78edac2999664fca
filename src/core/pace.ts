/**
 * When the next beat and the next digest are due, and whether this process has been standing still. Digests slow down
 * while they find nothing and hurry when something was written.
 */

import type { Rng } from './rng.ts'

export interface PaceTimes {
  /** A row to every peer this often, ms; ± 10 %. */
  readonly beatMs: number
  /** A digest to a random peer this often, ms; ± 10 %. */
  readonly digestMs: number
  /** The same while the last digest found no difference, ms. */
  readonly digestIdleMs: number
}

export class Pace {
  readonly #times: PaceTimes
  readonly #rng: Rng
  #tickMs: number
  #beatDueMs: number
  #digestDueMs: number

  constructor(times: PaceTimes, rng: Rng, nowMs: number) {
    this.#times = times
    this.#rng = rng
    this.#tickMs = nowMs
    this.#beatDueMs = nowMs
    this.#digestDueMs = nowMs
  }

  /** Milliseconds since the last tick. */
  tick(nowMs: number): number {
    const sinceMs = nowMs - this.#tickMs
    this.#tickMs = nowMs
    return sinceMs
  }

  /** Whether a beat is due; if so, the next one is planned. */
  takeBeat(nowMs: number): boolean {
    if (nowMs < this.#beatDueMs) return false
    this.#beatDueMs = nowMs + this.#jitter(this.#times.beatMs)
    return true
  }

  /** Whether a digest is due; if so, the next one is planned. */
  takeDigest(nowMs: number): boolean {
    if (nowMs < this.#digestDueMs) return false
    this.#digestDueMs = nowMs + this.#jitter(this.#times.digestMs)
    return true
  }

  /** The last digest found no difference. */
  slowDigest(nowMs: number): void {
    this.#digestDueMs = Math.max(this.#digestDueMs, nowMs + this.#jitter(this.#times.digestIdleMs))
  }

  /** Something was written. */
  hurryDigest(): void {
    this.#digestDueMs = Math.min(this.#digestDueMs, this.#tickMs + this.#times.digestMs)
  }

  #jitter(ms: number): number {
    return ms * (0.9 + this.#rng() * 0.2)
  }
}
