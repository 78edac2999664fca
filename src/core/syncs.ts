/**
 * Operators who asked for a pull from a peer and a comparison with it, and what they are told. One at a time for a peer.
 */

import type { Outbox } from './outbox.ts'

/** Longer than any exchange lives without progress, ms. */
const SYNC_TIMEOUT_MS = 60_000

export interface Comparison {
  /** Keys on which one side lacked what it had seen, and nothing newer explains it. */
  readonly unexplained: number
  readonly differed: number
  readonly taken: number
  readonly removed: number
  readonly bytes: number
}

interface Sync {
  readonly op: number
  readonly beganMs: number
  /** Entries that the pull brought; `undefined` before it ended. */
  pulled: number | undefined
}

export class Syncs {
  readonly #outbox: Outbox
  readonly #byPeer = new Map<string, Sync>()

  constructor(outbox: Outbox) {
    this.#outbox = outbox
  }

  begin(peer: string, op: number, nowMs: number): void {
    const former = this.#byPeer.get(peer)
    if (former !== undefined) this.#refuse(former, 'another sync with the same peer was asked for')
    this.#byPeer.set(peer, { op, beganMs: nowMs, pulled: undefined })
  }

  /** A pull from `peer` is in. Whether somebody waits for a comparison now. */
  pulled(peer: string, count: number): boolean {
    const sync = this.#byPeer.get(peer)
    if (sync === undefined || sync.pulled !== undefined) return false
    sync.pulled = count
    return true
  }

  compared(peer: string, { differed, taken, removed, bytes }: Comparison): void {
    const sync = this.#byPeer.get(peer)
    if (sync === undefined) return
    this.#byPeer.delete(peer)
    this.#outbox.synced(sync.op, { peer, pulled: sync.pulled ?? 0, differed, taken, removed, bytes })
  }

  forgetPeer(peer: string): void {
    const sync = this.#byPeer.get(peer)
    if (sync === undefined) return
    this.#byPeer.delete(peer)
    this.#refuse(sync, `the link to ${peer} broke`)
  }

  tick(nowMs: number): void {
    for (const [peer, sync] of this.#byPeer) {
      if (nowMs - sync.beganMs < SYNC_TIMEOUT_MS) continue
      this.#byPeer.delete(peer)
      this.#refuse(sync, `${peer} did not answer`)
    }
  }

  #refuse({ op }: Sync, reason: string): void {
    this.#outbox.refuse(op, 'ERR_TIMEOUT', reason)
  }
}
