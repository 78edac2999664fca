/**
 * Peers whose digests differ although both have seen the same. Once may be chance, so twice in a row counts; and since
 * writes that cross on their way can look so for as long as they go on, a comparison that explains itself makes the next
 * one wait, longer each time.
 */

const PAUSE_MIN_MS = 10_000
const PAUSE_MAX_MS = 600_000

interface Suspicion {
  /** Whether the latest digest differed. */
  differed: boolean
  pauseMs: number
  notBeforeMs: number
}

export class Suspicions {
  readonly #byPeer = new Map<string, Suspicion>()
  #doubted: string | undefined

  /** Takes in a digest of `peer`. Whether all should be compared now. */
  judge(peer: string, differs: boolean, nowMs: number): boolean {
    let suspicion = this.#byPeer.get(peer)
    if (suspicion === undefined) {
      if (!differs) return false
      suspicion = { differed: false, pauseMs: PAUSE_MIN_MS, notBeforeMs: nowMs }
      this.#byPeer.set(peer, suspicion)
    }
    const isTwice = differs && suspicion.differed && nowMs >= suspicion.notBeforeMs
    if (differs && !isTwice && nowMs >= suspicion.notBeforeMs) this.#doubted = peer
    suspicion.differed = differs && !isTwice
    if (isTwice) suspicion.notBeforeMs = nowMs + suspicion.pauseMs
    return isTwice
  }

  /** Whose digest differed once: with many members a second one would come late unless the two go on with each other. */
  takeDoubted(): string | undefined {
    const peer = this.#doubted
    this.#doubted = undefined
    return peer
  }

  /** All was compared; `isDamaged`: there was something that neither side's writes explain. */
  compared(peer: string, isDamaged: boolean, nowMs: number): void {
    const suspicion = this.#byPeer.get(peer)
    if (suspicion === undefined) return
    suspicion.pauseMs = isDamaged ? PAUSE_MIN_MS : Math.min(2 * suspicion.pauseMs, PAUSE_MAX_MS)
    suspicion.notBeforeMs = isDamaged ? nowMs : nowMs + suspicion.pauseMs
  }

  forgetPeer(peer: string): void {
    if (this.#doubted === peer) this.#doubted = undefined
    this.#byPeer.delete(peer)
  }
}
