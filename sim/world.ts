/**
 * Virtual time: one heap of events ordered by (time, sequence). Everything that happens in a simulated run happens here,
 * so a run is a function of its seed. The trace is a running hash of what happened; two runs of one seed must agree.
 */

import { mix32 } from '../src/core/hash.ts'
import { type Rng, seededRng } from '../src/core/rng.ts'

interface Happening {
  readonly atMs: number
  readonly sequence: number
  readonly call: () => void
}

/** Unix ms of the start of every run. */
export const SIM_EPOCH_MS: number = Date.UTC(2026, 0, 1)

export class World {
  readonly seed: number
  nowMs = 0
  /** Events carried out. */
  events = 0
  /** Lines for a person, when asked for. */
  readonly tell: ((line: string) => void) | undefined
  #sequence = 0
  #traceA = 0x811c9dc5 | 0
  #traceB = 0x1b873593 | 0
  readonly #heap: Happening[] = []

  constructor(seed: number, tell?: (line: string) => void) {
    this.seed = seed
    this.tell = tell
  }

  /** A stream of chance of its own: events taken from one concern do not shift another. */
  rng(concern: string): Rng {
    let hash = this.seed | 0
    for (let i = 0; i < concern.length; i++) hash = mix32(hash ^ concern.charCodeAt(i))
    return seededRng(hash)
  }

  schedule(delayMs: number, call: () => void): void {
    this.#push({ atMs: this.nowMs + Math.max(0, delayMs), sequence: this.#sequence++, call })
  }

  /** Carries out everything up to `untilMs`. */
  run(untilMs: number): void {
    for (;;) {
      const next = this.#heap[0]
      if (next === undefined || next.atMs > untilMs) break
      this.#pop()
      this.nowMs = next.atMs
      this.events++
      this.trace(next.atMs * 1024, next.sequence)
      next.call()
    }
    this.nowMs = untilMs
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
  say(line: string): void {
    this.traceText(line)
    this.tell?.(`${(this.nowMs / 1000).toFixed(3).padStart(8)} s  ${line}`)
  }

  traceHash(): string {
    return (this.#traceA >>> 0).toString(16).padStart(8, '0') + (this.#traceB >>> 0).toString(16).padStart(8, '0')
  }

  #push(happening: Happening): void {
    const heap = this.#heap
    let at = heap.length
    heap.push(happening)
    while (at > 0) {
      const parent = (at - 1) >>> 1
      const above = heap[parent]
      if (above === undefined || isBefore(above, happening)) break
      heap[at] = above
      at = parent
    }
    heap[at] = happening
  }

  #pop(): void {
    const heap = this.#heap
    const last = heap.pop()
    if (last === undefined || heap.length === 0) return
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      let below = heap[child]
      if (below === undefined) break
      const right = heap[child + 1]
      if (right !== undefined && isBefore(right, below)) {
        below = right
        child++
      }
      if (isBefore(last, below)) break
      heap[at] = below
      at = child
    }
    heap[at] = last
  }
}

function isBefore(a: Happening, b: Happening): boolean {
  return a.atMs !== b.atMs ? a.atMs < b.atMs : a.sequence < b.sequence
}
