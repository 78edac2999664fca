/**
 * The keys of a store in byte order, for range reads. Sorted blocks of at most `BLOCK_KEYS_MAX` keys, found by binary
 * search, so that a new key moves one block and not the whole list. New keys wait unsorted until a range is read, a key
 * is removed or `FRESH_KEYS_MAX` have come, since sorting many at once costs a fraction of placing each. While a log is
 * read all of them wait: `advance` sorts them in slices later, or the first who needs the order. A key is here at most
 * once: it is added when it is not here and removed when it is.
 */

import { compareKeys } from './key.ts'
import { isWide, sortKeys, sortSteps } from './key-sort.ts'
import type { KeyRange } from './range.ts'

const BLOCK_KEYS_MAX = 512
/** A block with fewer is joined to the next when both together fill no more than half of one. */
const BLOCK_KEYS_MIN = 128
const FRESH_KEYS_MAX = 8192
/** More fresh keys than one in so many of those in blocks: all are sorted again. */
const BULK_SHARE = 4
/** Keys that a step looks at, makes blocks of, and puts in or out of them. */
const STEP_KEYS = 16_384
const STEP_MOVES = 1_024

export class OrderedKeys {
  /** None empty but the only one; sorted, and sorted among each other. */
  #blocks: string[][] = [[]]
  #blockKeys = 0
  /** Added and not yet in a block. */
  #fresh: string[] = []
  /** All other keys are being sorted: none is in a block. Or they are, and what came since is put in and out. */
  #steps: Iterator<void, void> | undefined
  /** Removed while many were fresh, and still among them or in a block. */
  readonly #gone = new Set<string>()
  /** All fresh keys wait until the order is needed. */
  #isLoading = false
  /** Whether some key in a block needs `compareKeys`; until then the engine's own order is the same and faster. */
  #wide = false

  /** Many keys will come before their order is needed, which ends it. */
  load(): void {
    this.#isLoading = true
  }

  /** `key` must not be here yet. */
  add(key: string): void {
    if (this.#gone.size > 0 && this.#gone.delete(key)) return
    this.#fresh.push(key)
    if (this.#fresh.length >= FRESH_KEYS_MAX && !this.#isLoading) this.#settle()
  }

  /** Takes out `key`, which may be added again; changes nothing when it is not here. Since `load` it must be. */
  remove(key: string): void {
    if (this.#isLoading) {
      this.#gone.add(key)
      return
    }
    this.#settle()
    this.#take(key)
  }

  /** A slice of what is to be sorted; it is of use between `load` and the first need. Whether there is more. */
  advance(): boolean {
    if (!this.#isLoading) return false
    this.#steps ??= this.#sortAll()
    if (this.#steps.next().done === true) this.#endLoading()
    return this.#isLoading
  }

  /** Visits the keys of `range` in order, or in reverse, until `visit` returns false. `visit` must not add or remove. */
  walk(range: KeyRange, reverse: boolean, visit: (key: string) => boolean): void {
    this.#settle()
    if (!this.#wide && isWide(`${range.gt ?? ''}${range.gte ?? ''}${range.lt ?? ''}${range.lte ?? ''}`)) this.#widen()
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
    const isMany = this.#fresh.length > FRESH_KEYS_MAX && this.#fresh.length * BULK_SHARE > this.#blockKeys
    if (this.#steps === undefined && isMany) this.#steps = this.#sortAll()
    while (this.#steps !== undefined && this.#steps.next().done !== true);
    this.#endLoading()
    if (this.#fresh.length > 0) this.#settleFresh(this.#fresh.splice(0))
    for (const key of this.#gone) this.#take(key)
    this.#gone.clear()
  }

  #endLoading(): void {
    this.#steps = undefined
    this.#isLoading = false
  }

  /** Takes all keys together, and makes blocks of what is still here; then those that came and went meanwhile. */
  *#sortAll(): Generator<void, void> {
    const fresh = this.#fresh
    this.#fresh = []
    const keys = this.#blockKeys === 0 ? fresh : this.#blocks.flat().concat(fresh)
    this.#blocks = [[]]
    this.#blockKeys = 0
    for (let i = 0; i < keys.length && !this.#wide; i++) {
      this.#wide = isWide(keys[i] ?? '')
      if (i % STEP_KEYS === STEP_KEYS - 1) yield
    }
    yield* sortSteps(keys, this.#wide)
    yield* this.#place(keys)
    let step = 0
    for (const key of this.#gone) {
      if (this.#take(key)) this.#gone.delete(key)
      if (++step % STEP_MOVES === 0) yield
    }
    while (this.#fresh.length > STEP_MOVES) {
      this.#settleFresh(this.#fresh.splice(-STEP_MOVES))
      yield
    }
  }

  *#place(keys: readonly string[]): Generator<void, void> {
    const blocks: string[][] = []
    let block: string[] = []
    let count = 0
    for (let i = 0; i < keys.length; i++) {
      if (i % STEP_KEYS === STEP_KEYS - 1) yield
      const key = keys[i] ?? ''
      if (this.#gone.size > 0 && this.#gone.delete(key)) continue
      if (block.length === BLOCK_KEYS_MAX / 2) block = []
      if (block.length === 0) blocks.push(block)
      block.push(key)
      count++
    }
    if (blocks.length === 0) blocks.push(block)
    this.#blocks = blocks
    this.#blockKeys = count
  }

  #settleFresh(keys: string[]): void {
    const fresh = this.#gone.size === 0 ? keys : keys.filter((key) => !this.#gone.delete(key))
    if (!this.#wide && fresh.some(isWide)) this.#widen()
    sortKeys(fresh, this.#wide)
    this.#blockKeys += fresh.length
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

  /** Out of its block. Whether it was in one. */
  #take(key: string): boolean {
    const index = this.#blockOf(key)
    const block = this.#blocks[index] ?? []
    const slot = this.#slotOf(block, key, false)
    if (block[slot] !== key) return false
    block.splice(slot, 1)
    this.#blockKeys--
    if (block.length < BLOCK_KEYS_MIN) this.#shrink(index, block)
    return true
  }

  #widen(): void {
    this.#wide = true
    const keys = this.#blocks.flat()
    sortKeys(keys, true)
    this.#fill(keys)
  }

  /** Blocks of these keys, which are sorted, and of no others. */
  #fill(keys: readonly string[]): void {
    this.#blocks = []
    this.#blockKeys = keys.length
    for (let i = 0; i < keys.length; i += BLOCK_KEYS_MAX / 2) this.#blocks.push(keys.slice(i, i + BLOCK_KEYS_MAX / 2))
    if (this.#blocks.length === 0) this.#blocks.push([])
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
