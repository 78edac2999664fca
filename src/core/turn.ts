/**
 * Own writes of one turn of the loop: they go to the log and to the peers together when it ends, in as few pieces as the
 * limit on a push allows.
 */

import type { Entry } from './entry.ts'
import { entryBytes } from './giver.ts'
import type { Waiting } from './journal.ts'

export class Turn {
  #entries: Entry[] = []
  #callers: Waiting[] = []

  add(entry: Entry): void {
    this.#entries.push(entry)
  }

  /** The caller whose entries were added last. */
  addCaller(caller: Waiting): void {
    this.#callers.push(caller)
  }

  /** Ends the turn: its entries in order, cut after the one that passes `bytesMax`, and its callers. */
  end(bytesMax: number): { readonly pieces: readonly (readonly Entry[])[]; readonly callers: readonly Waiting[] } {
    const entries = this.#entries
    const callers = this.#callers
    if (callers.length === 0) return { pieces: [], callers }
    this.#entries = []
    this.#callers = []
    const pieces: Entry[][] = []
    for (let start = 0, end = 0; start < entries.length; start = end) {
      for (let bytes = 0; end < entries.length && bytes < bytesMax; end++) bytes += entryBytes(entries[end])
      pieces.push(start === 0 && end === entries.length ? entries : entries.slice(start, end))
    }
    return { pieces, callers }
  }
}
