/**
 * What one end of a link was given to send and could not yet, since the path has a cap. Leaves in order, each frame after
 * the time that its bytes take; when the cap is gone, all at once. `drained` follows as the port says: once the queue
 * has been above the high-water mark and then falls to the low one.
 */

import type { World } from '../world.ts'
import { Fifo } from './fifo.ts'
import type { Parcel, Path } from './path.ts'

export interface QueueLimits {
  readonly highWaterBytes: number
  readonly lowWaterBytes: number
  /** With more than this queued, in more than one frame, the link breaks. */
  readonly queueBytesMax: number
}

/** Small, so that short runs meet full queues and broken links. */
export const QUEUE_DEFAULTS: QueueLimits = {
  highWaterBytes: 4 * 1024,
  lowWaterBytes: 1024,
  queueBytesMax: 32 * 1024,
}

export class SendQueue {
  /** Of frames that have not left. */
  bytes = 0
  readonly #world: World
  readonly #path: Path
  readonly #limits: QueueLimits
  readonly #leave: (parcel: Parcel) => void
  readonly #drained: () => void
  readonly #waiting = new Fifo<Parcel>()
  #isFull = false
  /** An event of an earlier turn finds that it is not meant any more. */
  #turn = 0

  constructor(world: World, path: Path, limits: QueueLimits, leave: (parcel: Parcel) => void, drained: () => void) {
    this.#world = world
    this.#path = path
    this.#limits = limits
    this.#leave = leave
    this.#drained = drained
  }

  get isEmpty(): boolean {
    return this.#waiting.length === 0
  }

  /** False when the queue is longer than it may be. */
  push(parcel: Parcel): boolean {
    this.#waiting.push(parcel)
    this.bytes += parcel.bytes?.length ?? 0
    if (this.bytes > this.#limits.highWaterBytes) this.#isFull = true
    if (this.#waiting.length === 1) {
      this.#path.queues.add(this)
      this.#setTimer()
    }
    return this.bytes <= this.#limits.queueBytesMax || this.#waiting.length === 1
  }

  capChanged(): void {
    if (!this.isEmpty) this.#setTimer()
  }

  /** What waits never leaves. */
  clear(): void {
    this.#turn++
    this.#waiting.clear()
    this.bytes = 0
    this.#path.queues.delete(this)
  }

  #setTimer(): void {
    const turn = ++this.#turn
    const { bytesPerSecond } = this.#path.weather
    const ms = ((this.#waiting.peek()?.bytes?.length ?? 0) * 1_000) / bytesPerSecond
    this.#world.schedule(ms, () => {
      if (turn !== this.#turn) return
      do this.#leaveOne()
      while (!this.isEmpty && this.#path.weather.bytesPerSecond === Number.POSITIVE_INFINITY)
      if (this.isEmpty) this.#path.queues.delete(this)
      else this.#setTimer()
      if (!this.#isFull || this.bytes > this.#limits.lowWaterBytes) return
      this.#isFull = false
      this.#drained()
    })
  }

  #leaveOne(): void {
    const parcel = this.#waiting.shift()
    if (parcel === undefined) return
    this.bytes -= parcel.bytes?.length ?? 0
    this.#leave(parcel)
  }
}
