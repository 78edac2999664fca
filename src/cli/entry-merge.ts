/**
 * Two ordered scans walked side by side, key by key, with a page of each in memory. Tombstones come along, so that a
 * delete on one side and an older value on the other show as what they are; without a value on either side, or with one
 * that has expired, nothing differs: nodes let go of those at times of their own.
 */

import { compareEntries, type Entry, isExpired } from '../core/entry.ts'
import { compareKeys } from '../core/key.ts'

/** `undefined`: the node has nothing under the key, not even a tombstone. */
export type Side = Entry | undefined

export interface Difference {
  readonly kind: 'only-a' | 'only-b' | 'newer-a' | 'newer-b'
  readonly a: Side
  readonly b: Side
}

/** The entries of a scan, one after the other. */
export class EntryCursor {
  readonly #pages: AsyncIterator<readonly Entry[]>
  #page: readonly Entry[] = []
  #at = 0

  constructor(pages: AsyncIterator<readonly Entry[]>) {
    this.#pages = pages
  }

  /** The entry that it stands at; `undefined` before the first `fill` and behind the last. */
  get entry(): Side {
    return this.#page[this.#at]
  }

  /** Gets the next page when this one is read. Returns at once when there is one. */
  async fill(): Promise<void> {
    while (this.#at >= this.#page.length) {
      const next = await this.#pages.next()
      if (next.done === true) return
      this.#page = next.value
      this.#at = 0
    }
  }

  /** Whether `fill` has something to do. */
  get isRead(): boolean {
    return this.#at >= this.#page.length
  }

  advance(): void {
    this.#at++
  }
}

/** Every key that either side has something under, with the difference if there is one. */
export async function* differences(
  a: EntryCursor,
  b: EntryCursor,
): AsyncIterableIterator<{ readonly key: string; readonly difference: Difference | undefined }> {
  while (true) {
    if (a.isRead || b.isRead) await Promise.all([a.fill(), b.fill()])
    const order = compareHeads(a.entry, b.entry)
    if (order === undefined) return
    const mine = order <= 0 ? a.entry : undefined
    const theirs = order >= 0 ? b.entry : undefined
    if (mine !== undefined) a.advance()
    if (theirs !== undefined) b.advance()
    yield { key: (mine ?? theirs)?.key ?? '', difference: compareSides(mine, theirs) }
  }
}

function compareHeads(a: Side, b: Side): number | undefined {
  if (a === undefined) return b === undefined ? undefined : 1
  return b === undefined ? -1 : compareKeys(a.key, b.key)
}

export function compareSides(a: Side, b: Side): Difference | undefined {
  if (isGone(a) && isGone(b)) return undefined
  if (a === undefined) return { kind: 'only-b', a, b }
  if (b === undefined) return { kind: 'only-a', a, b }
  // Values were not asked for, so only a delete and a value of one version can differ beside the version.
  const order = compareEntries(a, b)
  if (order === 0) return undefined
  return { kind: order > 0 ? 'newer-a' : 'newer-b', a, b }
}

function isGone(side: Side): boolean {
  return side === undefined || side.kind === 'tombstone' || isExpired(side, Date.now())
}
