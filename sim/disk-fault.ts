/**
 * How a simulated disk is made to fail: what it asks before each operation, and the list of what stands at present. What
 * failing does to the bytes is decided in `disk-mount.ts` and `disk-bytes.ts`.
 */

import type { SystemError } from '../src/core/ports.ts'

export type DiskVerb = 'list' | 'open' | 'remove' | 'rename' | 'syncFolder' | 'read' | 'write' | 'sync' | 'truncate'

export interface DiskFailure extends SystemError {
  /** Of a write, the share of bytes that is written all the same, 0 to 1: a short write. */
  readonly writtenShare?: number | undefined
  /** Of a sync: it says that it went well. */
  readonly isSilent?: boolean
}

/**
 * Asked when an operation is about to happen. A failure makes it fail without effect, but for a short write, and for a
 * sync, which loses what it should have made durable. `name` is the file's, empty for the folder.
 */
export type DiskFault = (verb: DiskVerb, name: string) => DiskFailure | undefined

/** An error as the operating system makes it. */
export function systemError(code: string, text: string, writtenShare?: number): DiskFailure {
  return Object.assign(new Error(`${code}: ${text}`), { code, writtenShare })
}

/** Things that stand until they are taken back, in any order. May change while somebody goes through `items`. */
export class Standing<T> {
  items: readonly T[] = []
  #held: readonly { readonly item: T }[] = []

  /** What it returns takes it back; again is fine. */
  add(item: T): () => void {
    const held = { item }
    this.#set([...this.#held, held])
    return () => this.#set(this.#held.filter((other) => other !== held))
  }

  #set(held: readonly { readonly item: T }[]): void {
    this.#held = held
    this.items = held.map(({ item }) => item)
  }
}
