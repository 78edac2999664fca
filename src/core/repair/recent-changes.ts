/**
 * What the fingerprint gained and lost lately, so that it can be told as of a moment ago: two replicas that take writes
 * never have equal fingerprints now, but they have as of a time up to which both know everything. A ring; when it has
 * run over what is asked for, it says so.
 */

import type { LaneSum } from '../hash.ts'

const CAPACITY_MIN = 64
/** Changes remembered: 24 bytes each. */
const CAPACITY_MAX = 8_192

export class RecentChanges {
  #times = new Float64Array(CAPACITY_MIN)
  #lanes = new Int32Array(2 * CAPACITY_MIN)
  #count = 0
  /** The latest clock at which something was forgotten. */
  #forgotten: number
  #clocks = new Float64Array(CAPACITY_MIN)

  /** `forgotten`: changes up to this clock are not known. */
  constructor(forgotten: number) {
    this.#forgotten = forgotten
  }

  /** `time`: as of this HLC and later the change is in. `clock`: the HLC when it came, never falling. */
  add(time: number, clock: number, a: number, b: number): void {
    if (this.#count === this.#times.length && this.#count < CAPACITY_MAX) this.#grow()
    const at = this.#count % this.#times.length
    if (this.#count >= this.#times.length) this.#forgotten = this.#clocks[at] ?? 0
    this.#times[at] = time
    this.#clocks[at] = clock
    this.#lanes[2 * at] = a
    this.#lanes[2 * at + 1] = b
    this.#count++
  }

  /** Takes out of `sum` what came in after `time`. False when some of it is forgotten; `sum` is of no use then. */
  undoSince(time: number, sum: LaneSum): boolean {
    if (this.#forgotten > time) return false
    const kept = Math.min(this.#count, this.#times.length)
    for (let at = 0; at < kept; at++) {
      if ((this.#times[at] ?? 0) > time) sum.subtract(this.#lanes[2 * at] ?? 0, this.#lanes[2 * at + 1] ?? 0)
    }
    return true
  }

  #grow(): void {
    const capacity = 2 * this.#times.length
    const times = new Float64Array(capacity)
    const clocks = new Float64Array(capacity)
    const lanes = new Int32Array(2 * capacity)
    times.set(this.#times)
    clocks.set(this.#clocks)
    lanes.set(this.#lanes)
    this.#times = times
    this.#clocks = clocks
    this.#lanes = lanes
  }
}
