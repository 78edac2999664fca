/**
 * What is to be done when its time has come: items by time, the earliest first. A binary heap, times apart in a typed
 * array; items of one time come in any order. It cannot find an item: an owner that changes its mind leaves the item in,
 * passes over it when it is taken, and calls `keepOnly` before stale items are more than half, which bounds the queue at
 * twice what is due. What an item means, and the unit of time, are the owner's.
 */

const CAPACITY_MIN = 16
/** Below this a queue that has become shorter keeps its memory. */
const CAPACITY_KEPT = 1_024

export class DueQueue<T> {
  /** A heap: none earlier than its parent, which of the one at i is at (i − 1) / 2. May be longer than `#items`. */
  #times = new Float64Array(CAPACITY_MIN)
  /** `#items[i]` is due at `#times[i]`. */
  #items: T[] = []

  get size(): number {
    return this.#items.length
  }

  add(at: number, item: T): void {
    const size = this.#items.length
    if (size === this.#times.length) this.#resize(size * 2)
    this.#items.push(item)
    this.#rise(size, at, item)
  }

  /** When the earliest is due; `Infinity` when there is none. */
  peekAt(): number {
    return this.#items.length === 0 ? Number.POSITIVE_INFINITY : (this.#times[0] ?? 0)
  }

  /** Takes out the earliest; `undefined` when there is none. */
  take(): T | undefined {
    const earliest = this.#items[0]
    const at = this.#times[this.#items.length - 1] ?? 0
    const last = this.#items.pop()
    if (this.#items.length > 0) this.#sink(0, at, last as T)
    if (this.#times.length > CAPACITY_KEPT && this.#items.length * 8 < this.#times.length) this.#shrink()
    return earliest
  }

  /** Drops all items of which this is not true, in time that follows `size`. */
  keepOnly(isStillDue: (item: T, at: number) => boolean): void {
    let kept = 0
    for (const [i, item] of this.#items.entries()) {
      const at = this.#times[i] ?? 0
      if (!isStillDue(item, at)) continue
      this.#times[kept] = at
      this.#items[kept++] = item
    }
    this.#items.length = kept
    if (kept * 4 < this.#times.length) this.#resize(Math.max(CAPACITY_MIN, kept * 2))
    // Floyd, 1964: sinking from the last parent up to the first takes linear time, adding one by one does not.
    for (let i = (kept >>> 1) - 1; i >= 0; i--) this.#sink(i, this.#times[i] ?? 0, this.#items[i] as T)
  }

  /** Puts the item at the free place `hole` or above. */
  #rise(hole: number, at: number, item: T): void {
    const times = this.#times
    const items = this.#items
    while (hole > 0) {
      const parent = (hole - 1) >>> 1
      const parentAt = times[parent] ?? 0
      if (parentAt <= at) break
      times[hole] = parentAt
      items[hole] = items[parent] as T
      hole = parent
    }
    times[hole] = at
    items[hole] = item
  }

  /** Puts the item at the free place `hole` or below. */
  #sink(hole: number, at: number, item: T): void {
    const times = this.#times
    const items = this.#items
    const size = items.length
    for (let child = 2 * hole + 1; child < size; child = 2 * hole + 1) {
      if (child + 1 < size && (times[child + 1] ?? 0) < (times[child] ?? 0)) child++
      const childAt = times[child] ?? 0
      if (at <= childAt) break
      times[hole] = childAt
      items[hole] = items[child] as T
      hole = child
    }
    times[hole] = at
    items[hole] = item
  }

  /** After a million deletes nothing should be left of them. */
  #shrink(): void {
    this.#resize(Math.max(CAPACITY_MIN, this.#items.length * 2))
    // An array keeps the room that it had.
    this.#items = this.#items.slice()
  }

  #resize(capacity: number): void {
    const times = new Float64Array(capacity)
    times.set(this.#times.subarray(0, Math.min(capacity, this.#items.length)))
    this.#times = times
  }
}
