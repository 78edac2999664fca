/**
 * Virtual time. Everything that happens in a simulated run happens here, so a run is a function of its plan. The trace is
 * a running hash of what happened; two runs of one plan must agree. No chance is shared: each concern draws from a stream
 * of its own, so that leaving one event out does not shift the others.
 */

import { mix32 } from '../src/core/hash.ts'
import { type Rng, seededRng } from '../src/core/rng.ts'
import { EventHeap } from './event-heap.ts'

/** Unix ms of the start of every run. */
export const SIM_EPOCH_MS: number = Date.UTC(2026, 0, 1)

export class World {
  readonly seed: number
  nowMs = 0
  /** Events carried out. */
  events = 0
  /** Hears each line that is said, with the node that says it. */
  tell: ((text: string, node: string | undefined) => void) | undefined
  readonly #heap: EventHeap
  #traceA = 0x811c9dc5 | 0
  #traceB = 0x1b873593 | 0

  constructor(seed: number) {
    this.seed = seed
    this.#heap = new EventHeap(seed)
  }

  /** A stream of chance of its own. */
  rng(concern: string): Rng {
    return seededRng(this.hash(concern))
  }

  /** A number of its own for each concern of this seed: 32 bits. */
  hash(concern: string): number {
    let hash = mix32(this.seed)
    for (let i = 0; i < concern.length; i++) hash = mix32(hash ^ concern.charCodeAt(i))
    return hash
  }

  schedule(delayMs: number, call: () => void): void {
    this.#heap.push(this.nowMs + (delayMs > 0 ? delayMs : 0), call)
  }

  /** Carries out everything up to `untilMs`. */
  run(untilMs: number): void {
    while (this.step(untilMs));
    this.nowMs = untilMs
  }

  /** Carries out the next event, if it is due by `untilMs`. */
  step(untilMs: number): boolean {
    const next = this.#heap.peek()
    if (next === undefined || next.atMs > untilMs) return false
    this.#heap.pop()
    this.nowMs = next.atMs
    this.events++
    this.trace(next.atMs * 1024, next.sequence)
    next.call()
    return true
  }

  /** Goes into the trace hash. */
  trace(a: number, b: number): void {
    this.#traceA = mix32(this.#traceA ^ a)
    this.#traceB = mix32(this.#traceB + b)
  }

  traceText(text: string): void {
    for (let i = 0; i < text.length; i++) this.trace(text.charCodeAt(i), i)
  }

  /** Says what happened, to the trace and to whoever reads along. */
  say(text: string, node?: string): void {
    this.traceText(text)
    this.tell?.(text, node)
  }

  traceHash(): string {
    return (this.#traceA >>> 0).toString(16).padStart(8, '0') + (this.#traceB >>> 0).toString(16).padStart(8, '0')
  }
}
