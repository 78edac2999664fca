/**
 * What is to happen, ordered by (virtual time, tie, sequence): a binary heap. Whoever plans something gives it a tie drawn
 * from the seed, so that things planned for one instant happen in an order that nobody may rely on.
 */

export interface PlannedEvent {
  readonly atMs: number
  readonly tie: number
  readonly sequence: number
  readonly call: () => void
}

export class EventHeap {
  readonly #heap: PlannedEvent[] = []
  #sequence = 0

  get size(): number {
    return this.#heap.length
  }

  /** The next one. */
  peek(): PlannedEvent | undefined {
    return this.#heap[0]
  }

  push(atMs: number, tie: number, call: () => void): void {
    const event: PlannedEvent = { atMs, tie, sequence: this.#sequence++, call }
    const heap = this.#heap
    let at = heap.length
    heap.push(event)
    while (at > 0) {
      const parent = (at - 1) >>> 1
      const above = heap[parent]
      if (above === undefined || isBefore(above, event)) break
      heap[at] = above
      at = parent
    }
    heap[at] = event
  }

  /** Takes the next one out. */
  pop(): PlannedEvent | undefined {
    const heap = this.#heap
    const first = heap[0]
    const last = heap.pop()
    if (last === undefined || heap.length === 0) return first
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
    return first
  }
}

function isBefore(a: PlannedEvent, b: PlannedEvent): boolean {
  if (a.atMs !== b.atMs) return a.atMs < b.atMs
  return a.tie !== b.tie ? a.tie < b.tie : a.sequence < b.sequence
}
