/**
 * What two replicas ask each other first: whether they have seen the same writes, and whether they hold the same. While
 * writes go on the second has no answer as of now, so a digest also says what was held at a cut-off that lies back a
 * little, if its sender covers all members up to it.
 */

import { hlcFromUnixMs, unixMsFromHlc } from './clock.ts'
import type { Holdings } from './holdings.ts'
import type { Membership } from './membership.ts'
import type { Cutoff, Digest } from './message.ts'
import type { OwnRun } from './own-run.ts'
import type { Now } from './step.ts'
import { Suspicions } from './suspicions.ts'

/** How far a cut-off lies back: by then all know of each other's writes, and of their silence, HLC. */
const CUTOFF_BACK = 3_000 * 4_096
/** Clocks that are this much apart still let writes come in the order of their times, ms. */
const AHEAD_MS = 1_000
/** A cut-off is of no use to a node whose own clock is further on, HLC. */
const CUTOFF_AGE_MAX = 10_000 * 4_096

export class Digests {
  readonly #holdings: Holdings
  readonly #membership: Membership
  readonly #run: OwnRun
  readonly #suspicions = new Suspicions()

  constructor(holdings: Holdings, membership: Membership, run: OwnRun) {
    this.#holdings = holdings
    this.#membership = membership
    this.#run = run
  }

  make(now: Now): Digest {
    const { claims, store, clock } = this.#holdings
    const cutoff = this.#cutoff(clock.now(now.wallMs) - CUTOFF_BACK, now)
    return { kind: 'digest', written: claims.written.hash(), fingerprint: store.fingerprint(), cutoff }
  }

  /** Whether both have seen the same writes, and whether all should be compared although they have. */
  judge(peer: string, digest: Digest, now: Now): { readonly writtenIsSame: boolean; readonly isSuspect: boolean } {
    const { claims, store } = this.#holdings
    const writtenIsSame = digest.written === claims.written.hash()
    const isSame = writtenIsSame && digest.fingerprint === store.fingerprint()
    const then = isSame ? false : this.#differedThen(digest.cutoff, now)
    // Where both can name a moment ago that is what counts: now, an entry may be expiring on one side.
    const differs = then ?? (!isSame && writtenIsSame && !this.#holdings.isExpiring(now))
    return { writtenIsSame, isSuspect: this.#suspicions.judge(peer, differs, now.monoMs) }
  }

  /** All was compared with this peer. */
  compared(peer: string, isDamaged: boolean, nowMs: number): void {
    this.#suspicions.compared(peer, isDamaged, nowMs)
  }

  /** Who should be sent the next digest. */
  takeDoubted(): string | undefined {
    return this.#suspicions.takeDoubted()
  }

  forgetPeer(peer: string): void {
    this.#suspicions.forgetPeer(peer)
  }

  /** Whether both held something else at the peer's cut-off; `undefined` unless both knew everything up to it. */
  #differedThen(theirs: Cutoff | undefined, now: Now): boolean | undefined {
    const mine = theirs === undefined ? undefined : this.#cutoff(theirs.time, now)
    return mine === undefined || mine.view !== theirs?.view ? undefined : mine.fingerprint !== theirs.fingerprint
  }

  /** What everything looked like as of `time`, when all members' writes up to it are known here. */
  #cutoff(time: number, now: Now): Cutoff | undefined {
    const { claims, store, clock } = this.#holdings
    const { members } = this.#membership
    const self = this.#run.origin
    // A clock that ran ahead has put writes where the machine's has not been yet: they lie behind, and after the cut-off.
    if (clock.last - time > CUTOFF_AGE_MAX || clock.last > hlcFromUnixMs(now.wallMs + AHEAD_MS)) return undefined
    if (this.#run.isJoining || members.lowOf(claims.seen, self) < time) return undefined
    // What has expired by then must have been noticed.
    if (store.nextExpiry <= unixMsFromHlc(time)) return undefined
    const fingerprint = store.summary.fingerprintAsOf(time)
    if (fingerprint === undefined) return undefined
    return { time, fingerprint, view: members.hashOf(claims.seen, self) }
  }
}
