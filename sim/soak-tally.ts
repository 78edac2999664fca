/**
 * What many seeds showed together, for people and as plain values. All figures are sums or extremes, so the order in which
 * seeds ended does not matter; `trace` stands for the traces of all of them.
 */

import type { SeedReport } from './soak.ts'
import type { Sometimes } from './sometimes.ts'

export class SoakTally {
  ran = 0
  readonly failed: SeedReport[] = []
  readonly counts: Record<string, number> = {}
  #simulatedMs = 0
  #slowestAgreementMs = 0
  #acknowledged = 0
  #calls = 0
  #frames = 0
  #events = 0
  #trace = 0n

  add(one: SeedReport): void {
    this.ran++
    this.#simulatedMs += one.endedMs
    this.#slowestAgreementMs = Math.max(this.#slowestAgreementMs, one.agreedAfterMs)
    this.#acknowledged += one.acknowledged
    this.#calls += one.calls
    this.#frames += one.frames
    this.#events += one.events
    // Two seeds that changed their traces with each other would not be the same.
    this.#trace = BigInt.asUintN(64, this.#trace + BigInt(`0x${one.traceHash}`) * BigInt(2 * one.seed + 1))
    for (const [name, count] of Object.entries(one.counts)) this.counts[name] = (this.counts[name] ?? 0) + count
    if (one.violation !== undefined) this.failed.push(one)
  }

  /** Equal for two soaks in which every seed had the same trace. */
  get trace(): string {
    return this.#trace.toString(16).padStart(16, '0')
  }

  /** `seconds`: how long it took. `never`: what should have happened and has not. */
  lines(seconds: number, threads: number, never: readonly Sometimes[]): readonly string[] {
    const simulated = this.#simulatedMs / 1_000
    const each = (count: number): string => (count / simulated).toFixed(0)
    const counts = Object.entries(this.counts).sort(([a], [b]) => (a < b ? -1 : 1))
    const speed = `${seconds.toFixed(1)} s on ${threads === 1 ? 'one thread' : `${threads} threads`}, ${(simulated / seconds).toFixed(0)} simulated seconds a second`
    return [
      `${this.ran} seeds, ${this.failed.length} failures; ${speed}; trace ${this.trace}`,
      `a simulated second: ${each(this.#calls)} client calls, ${each(this.#frames)} frames, ${each(this.#events)} events`,
      `slowest agreement ${(this.#slowestAgreementMs / 1_000).toFixed(1)} s after faults and writes were over; ${this.#acknowledged} writes acknowledged`,
      `counts: ${counts.map(([name, count]) => `${name} ${count}`).join(', ')}`,
      ...never.map(({ name, text }) => `never happened: ${name} (${text})`),
      ...(this.failed.length === 0 ? [] : [`failed: ${this.failed.map(({ seed }) => seed).join(' ')}`]),
    ]
  }

  plain(seconds: number, never: readonly Sometimes[]): object {
    return {
      seeds: this.ran,
      seconds,
      simulatedSeconds: this.#simulatedMs / 1_000,
      slowestAgreementMs: this.#slowestAgreementMs,
      acknowledged: this.#acknowledged,
      calls: this.#calls,
      frames: this.#frames,
      events: this.#events,
      trace: this.trace,
      failures: this.failed.map(({ seed, violation }) => ({ seed, ...violation })),
      counts: this.counts,
      never: never.map(({ name }) => name),
    }
  }
}
