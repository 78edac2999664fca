/**
 * The keys of a store in byte order, for range reads. Sorted blocks of at most `BLOCK_KEYS_MAX` keys, found by binary
 * search, so that a new key moves one block and not the whole list. New keys wait unsorted until a range is read, a key
 * is removed or `FRESH_KEYS_MAX` have come, since sorting many at once costs a fraction of placing each. A key is here
 * at most once: it is added when it is not here and removed when it is.
 */

import { compareKeys } from './key.ts'
import type { KeyRange } from './range.ts'

const BLOCK_KEYS_MAX = 512
/** A block with fewer is joined to the next when both together fill no more than half of one. */
const BLOCK_KEYS_MIN = 128
const FRESH_KEYS_MAX = 8192

/** Units from here on sort differently by UTF-16 than by UTF-8. */
const WIDE = /[\ud800-\uffff]/

export class OrderedKeys {
  /** None empty but the only one; sorted, and sorted among each other. */
  readonly #blocks: string[][] = [[]]
  /** Added and not yet in a block. */
  #fresh: string[] = []
  /** Whether some key here needs `compareKeys`; until then the engine's own order is the same and faster. */
  #wide = false

  /** `key` must not be here yet. */
  add(key: string): void {
    if (!this.#wide && WIDE.test(key)) this.#widen()
    this.#fresh.push(key)
    if (this.#fresh.length >= FRESH_KEYS_MAX) this.#settle()
  }

  /** Takes out `key`, which may be added again; changes nothing when it is not here. */
  remove(key: string): void {
    this.#settle()
    const index = this.#blockOf(key)
    const block = this.#blocks[index] ?? []
    const slot = this.#slotOf(block, key, false)
    if (block[slot] !== key) return
    block.splice(slot, 1)
    if (block.length < BLOCK_KEYS_MIN) this.#shrink(index, block)
  }

  /** Visits the keys of `range` in order, or in reverse, until `visit` returns false. `visit` must not add or remove. */
  walk(range: KeyRange, reverse: boolean, visit: (key: string) => boolean): void {
    if (!this.#wide && WIDE.test(`${range.gt ?? ''}${range.gte ?? ''}${range.lt ?? ''}${range.lte ?? ''}`))
      this.#widen()
    this.#settle()
    if (reverse) this.#walkDown(range, visit)
    else this.#walkUp(range, visit)
  }

  #walkUp(range: KeyRange, visit: (key: string) => boolean): void {
    const from = range.gt ?? range.gte
    let block = from === undefined ? 0 : this.#blockOf(from)
    let at = from === undefined ? 0 : this.#slotOf(this.#blocks[block], from, range.gt !== undefined)
    const to = range.lt ?? range.lte
    for (; block < this.#blocks.length; block++, at = 0) {
      const keys = this.#blocks[block] ?? []
      for (; at < keys.length; at++) {
        const key = keys[at] ?? ''
        if (to !== undefined) {
          const order = this.#compare(key, to)
          if (order > 0 || (order === 0 && range.lt !== undefined)) return
        }
        if (!visit(key)) return
      }
    }
  }

  #walkDown(range: KeyRange, visit: (key: string) => boolean): void {
    const from = range.lt ?? range.lte
    let block = from === undefined ? this.#blocks.length - 1 : this.#blockOf(from)
    let at =
      (from === undefined
        ? this.#blocks[block]?.length
        : this.#slotOf(this.#blocks[block], from, range.lt === undefined)) ?? 0
    const to = range.gt ?? range.gte
    while (block >= 0) {
      const keys = this.#blocks[block] ?? []
      for (at--; at >= 0; at--) {
        const key = keys[at] ?? ''
        if (to !== undefined) {
          const order = this.#compare(key, to)
          if (order < 0 || (order === 0 && range.gt !== undefined)) return
        }
        if (!visit(key)) return
      }
      block--
      at = this.#blocks[block]?.length ?? 0
    }
  }

  /** Empty blocks go, and of two small neighbours one. */
  #shrink(index: number, block: readonly string[]): void {
    const next = this.#blocks[index + 1]
    if (block.length === 0 && this.#blocks.length > 1) this.#blocks.splice(index, 1)
    else if (next !== undefined && block.length + next.length <= BLOCK_KEYS_MAX / 2)
      this.#blocks.splice(index, 2, block.concat(next))
  }

  #settle(): void {
    if (this.#fresh.length === 0) return
    const fresh = this.#sort(this.#fresh)
    this.#fresh = []
    let index = 0
    for (const key of fresh) {
      index = this.#blockFrom(index, key)
      const block = this.#blocks[index] ?? []
      block.splice(this.#slotOf(block, key, false), 0, key)
      if (block.length <= BLOCK_KEYS_MAX) continue
      // Ascending inserts fill the last block: leave it nearly full instead of half empty.
      const keep = index === this.#blocks.length - 1 ? BLOCK_KEYS_MAX - 32 : BLOCK_KEYS_MAX / 2
      this.#blocks.splice(index + 1, 0, block.splice(keep))
    }
  }

  #widen(): void {
    this.#wide = true
    const all = this.#sort(this.#blocks.flat())
    this.#blocks.length = 0
    for (let i = 0; i < all.length; i += BLOCK_KEYS_MAX / 2) this.#blocks.push(all.slice(i, i + BLOCK_KEYS_MAX / 2))
    if (this.#blocks.length === 0) this.#blocks.push([])
  }

  #sort(keys: string[]): string[] {
    return this.#wide ? keys.sort(compareKeys) : keys.sort()
  }

  #compare(a: string, b: string): number {
    if (this.#wide) return compareKeys(a, b)
    return a < b ? -1 : a > b ? 1 : 0
  }

  /** `#blockOf` for a key that is in block `from` or behind it, and likely near: gallops ahead before it halves. */
  #blockFrom(from: number, key: string): number {
    let step = 1
    let low = from
    while (low + step < this.#blocks.length && this.#compare(this.#blocks[low + step]?.[0] ?? '', key) <= 0) {
      low += step
      step *= 2
    }
    return this.#blockOf(key, low, Math.min(low + step, this.#blocks.length))
  }

  /** The last block whose first key is at or before `key`; the first block when there is none. */
  #blockOf(key: string, low = 0, high: number = this.#blocks.length): number {
    while (high - low > 1) {
      const middle = (low + high) >>> 1
      if (this.#compare(this.#blocks[middle]?.[0] ?? '', key) <= 0) low = middle
      else high = middle
    }
    return low
  }

  /** Where `key` stands or would stand in the block; behind it when `after`. */
  #slotOf(block: readonly string[] | undefined, key: string, after: boolean): number {
    let low = 0
    let high = block?.length ?? 0
    while (low < high) {
      const middle = (low + high) >>> 1
      const order = this.#compare(block?.[middle] ?? '', key)
      if (order < 0 || (after && order === 0)) low = middle + 1
      else high = middle
    }
    return low
  }
}
