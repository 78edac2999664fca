/**
 * How long this process's loop was held, and how much of that was garbage collection or a wait for a core: a timer of
 * one millisecond that comes late was held. A collection counts towards the hold that it lies in. What is short is left
 * out, so a list stays short however long it is collected.
 */

import { PerformanceObserver } from 'node:perf_hooks'
import { machineMs } from '../child.ts'
import { CoreWait } from './core-wait.ts'

/** A stretch of the machine's clock, ms. */
export interface Stretch {
  readonly beganMs: number
  readonly endedMs: number
}

/** A hold of the loop. `gcMs` of it were garbage collection, `waitMs` no core was free: the two may overlap. */
export interface Hold extends Stretch {
  readonly gcMs: number
  readonly waitMs: number
}

export interface Held {
  /** Each of `LEAST_MS` or more. */
  readonly holds: readonly Hold[]
  /** Each of `LEAST_MS` or more. */
  readonly collections: readonly Stretch[]
}

const TIMER_MS = 1
const LEAST_MS = 1

export class LoopHolds {
  #holds: Omit<Hold, 'gcMs'>[] = []
  #collections: Stretch[] = []
  #tickedMs = 0
  #waitedMs = 0
  readonly #coreWait = new CoreWait()
  readonly #observer = new PerformanceObserver((list) => this.#collected(list.getEntries()))

  start(): void {
    this.#observer.observe({ entryTypes: ['gc'] })
    this.#tickedMs = machineMs()
    this.#waitedMs = this.#coreWait.ms
    setInterval(() => this.#tick(), TIMER_MS)
  }

  /** What was since the last call. */
  async take(): Promise<Held> {
    // The observer is told of a collection in a later turn.
    for (let turn = 0; turn < 2; turn++) await new Promise((resolve) => setImmediate(resolve))
    this.#collected(this.#observer.takeRecords())
    const collections = this.#collections
    const holds = this.#holds.map((hold) => ({ ...hold, gcMs: within(hold, collections) }))
    this.#holds = []
    this.#collections = []
    return { holds, collections: collections.filter(({ beganMs, endedMs }) => endedMs - beganMs >= LEAST_MS) }
  }

  #tick(): void {
    const nowMs = machineMs()
    // The timer's own pace is not a hold.
    const beganMs = this.#tickedMs + TIMER_MS
    const waitedMs = this.#coreWait.ms
    const waitMs = waitedMs - this.#waitedMs
    if (nowMs - beganMs >= LEAST_MS) this.#holds.push({ beganMs, endedMs: nowMs, waitMs })
    this.#tickedMs = nowMs
    this.#waitedMs = waitedMs
  }

  #collected(entries: readonly { startTime: number; duration: number }[]): void {
    // Entries count from the start of the process.
    const zeroMs = machineMs() - performance.now()
    for (const { startTime, duration } of entries) {
      this.#collections.push({ beganMs: zeroMs + startTime, endedMs: zeroMs + startTime + duration })
    }
  }
}

function within(hold: Stretch, collections: readonly Stretch[]): number {
  const shared = collections.map((one) => Math.min(one.endedMs, hold.endedMs) - Math.max(one.beganMs, hold.beganMs))
  return shared.reduce((sum, ms) => sum + Math.max(0, ms), 0)
}
