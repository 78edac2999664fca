/**
 * How a node comes in. One that has something shows it when it has compared with a member, since what it last knew may be
 * deleted by now; or soon, when nobody can be reached: a node by itself must be of use. One with an empty disk takes over everything from one source by a plain pull, which is enough for
 * whoever has nothing: it cannot hold what was deleted. Until then it takes no pushes, writes and gives nothing, and
 * promises nothing. Where all are new, the least name begins; where nobody is reached for a while, it goes on alone, as a
 * node that has not met the others yet.
 */

import type { Members } from './members.ts'

/** Long enough for links to come up that were called at one time. */
const SETTLE_MS = 300
/** How long a node that has something waits for a link before it shows what it has, ms. */
const MEET_MS = 1_000

/** What a joining node should do now. */
export type JoinStep = 'wait' | 'found' | { readonly source: string }

export class Joining {
  readonly #name: string
  readonly #timeoutMs: number
  /** Since when no source is there. */
  #sinceMs: number
  /** When a peer was first linked. */
  #metMs: number | undefined
  /** When a node that comes back began to look for the others. */
  #returnedMs: number | undefined

  constructor(name: string, timeoutMs: number, nowMs: number) {
    this.#name = name
    this.#timeoutMs = timeoutMs
    this.#sinceMs = nowMs
  }

  /** The node has something to show, and others to ask first. */
  comesBack(nowMs: number): void {
    this.#returnedMs = nowMs
  }

  /** Whether a node that comes back still waits to show what it has. */
  mustAsk(isLinked: boolean, nowMs: number): boolean {
    if (this.#returnedMs === undefined) return false
    return nowMs - this.#returnedMs < (isLinked ? this.#timeoutMs : Math.min(MEET_MS, this.#timeoutMs))
  }

  /** Asked at every tick. `linked`: peers with a link now. */
  next(linked: ReadonlySet<string>, members: Members, nowMs: number): JoinStep {
    let isLeast = true
    for (const peer of linked) {
      const row = members.get(peer)?.row
      if (row !== undefined && !row.joining) {
        this.#sinceMs = nowMs
        return { source: peer }
      }
      if (peer < this.#name) isLeast = false
    }
    if (linked.size > 0) this.#metMs ??= nowMs
    else this.#metMs = undefined
    if (isLeast && this.#metMs !== undefined && linked.size > 0 && nowMs - this.#metMs >= SETTLE_MS) return 'found'
    return nowMs - this.#sinceMs >= this.#timeoutMs ? 'found' : 'wait'
  }
}
