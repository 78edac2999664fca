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
  readonly #heap: EventHeap = new EventHeap()
  /** Of the event that happens now, and how many it has planned. */
  #tie: number
  #planned = 0
  #traceA = 0x811c9dc5 | 0
  #traceB = 0x1b873593 | 0

  constructor(seed: number) {
    this.seed = seed
    this.#tie = mix32(seed)
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

  /**
   * Calls in `delayMs`. What is planned for one instant happens in an order of chance, which hangs on who planned it and on
   * nothing else: an event that is left out changes no order among others.
   */
  schedule(delayMs: number, call: () => void): void {
    const tie = mix32(this.#tie ^ Math.imul(++this.#planned, 0x9e3779b1))
    this.#heap.push(this.nowMs + (delayMs > 0 ? delayMs : 0), tie, call)
  }

  /** The same for something from outside, which stands for itself: `tie` is a hash of what it is. */
  scheduleOutside(delayMs: number, tie: number, call: () => void): void {
    this.#heap.push(this.nowMs + (delayMs > 0 ? delayMs : 0), mix32(this.seed ^ tie), call)
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
    this.#tie = next.tie
    this.#planned = 0
    this.events++
    this.trace(next.atMs * 1024, next.tie)
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
