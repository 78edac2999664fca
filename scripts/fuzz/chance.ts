/** What is drawn by chance: numbers, places, spans and bytes, all from one stream. */

import type { Rng } from '../../src/core/rng.ts'

export class Chance {
  readonly #rng: Rng

  constructor(rng: Rng) {
    this.#rng = rng
  }

  /** A whole number from 0. */
  below(max: number): number {
    return Math.floor(this.#rng() * max)
  }

  pick<T>(items: readonly T[]): T {
    const item = items[this.below(items.length)]
    if (item === undefined) throw new Error('there is nothing to pick from')
    return item
  }

  /** Short ones most of all. */
  span(size: number): { from: number; to: number } {
    const from = this.below(size + 1)
    const most = this.pick([4, 40, 400, size])
    return { from, to: Math.min(size, from + 1 + this.below(most)) }
  }

  bytes(length: number): Buffer {
    const kind = this.below(5)
    const low = this.below(256)
    const bytes = Uint8Array.from({ length }, (_, i) => {
      if (kind === 0) return 0
      if (kind === 1) return 0xff
      // Small numbers of four bytes: they look like lengths.
      if (kind === 2) return i % 4 === 0 ? low : i % 4 === 1 ? low & 3 : 0
      return this.below(256)
    })
    return Buffer.from(bytes.buffer)
  }
}

export function concat(...parts: readonly Uint8Array[]): Buffer {
  return Buffer.concat(parts)
}
