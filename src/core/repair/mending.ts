/**
 * Deep pulls from both ends: wishes for one, the one that is under way, the views that others ask about, and the commit:
 * what was found goes in with the giver's vectors and floor in one step and one record, or not at all. One direction
 * only: each side pulls for itself. Old writes keep their versions.
 */

import type { Claim } from '../asker.ts'
import { compareEntries, type Entry } from '../entry.ts'
import { entryBytes } from '../giver.ts'
import type { GiverState } from '../giver-state.ts'
import type { Holdings } from '../holdings.ts'
import { nameOf, type OriginId } from '../origin.ts'
import type { Outbox } from '../outbox.ts'
import type { Answer, Compare, List, Listed, Parts, SketchPart, Split, Want } from '../repair-message.ts'
import type { Now } from '../step.ts'
import type { Comparison } from '../syncs.ts'
import { VersionVector } from '../vector.ts'
import { DeepAsker, type DeepOutcome, type DeepTimes, type Finding } from './deep-asker.ts'
import { DeepGiver, type DeepLimits } from './deep-giver.ts'
import { greatestOf } from './summary.ts'
import { standing } from './verdict.ts'

/** `suspected`: digests differed although both had seen the same. */
type Reason = 'unsafe' | 'suspected' | 'asked'

const NOTHING_MENDED = { kind: 'mend', entries: [], seen: [], written: [] } as const

const DAMAGE = 'A peer had seen the same writes and held something else, by damage or a bug: this node follows it now'

export class Mending {
  readonly #counts = {
    deepPullsGiven: 0,
    deepPullsCommitted: 0,
    entriesMended: 0,
    keysRemoved: 0,
    fingerprintDiffers: 0,
  }
  readonly #holdings: Holdings
  readonly #outbox: Outbox
  readonly #pieceBytesMax: number
  readonly #asker: DeepAsker
  readonly #giver: DeepGiver
  readonly #wishes = new Map<string, Reason>()
  /** Why the one under way was wished for. */
  #reason: Reason = 'asked'
  /** What the asker did not say of its V, since the giver has the same: as it was when the exchange began. */
  #rest: VersionVector | undefined
  #found: Finding | undefined
  readonly #isCurrent: (origin: OriginId) => boolean
  /** Up to which HLC entries show at a peer, about. */
  readonly #horizonOf: (peer: string) => number

  constructor(
    options: DeepTimes & DeepLimits,
    holdings: Holdings,
    outbox: Outbox,
    isCurrent: (origin: OriginId) => boolean,
    horizonOf: (peer: string) => number,
  ) {
    this.#holdings = holdings
    this.#outbox = outbox
    this.#pieceBytesMax = options.pieceBytesMax
    this.#asker = new DeepAsker(options, holdings.store)
    this.#giver = new DeepGiver(options, holdings.store)
    this.#isCurrent = isCurrent
    this.#horizonOf = horizonOf
  }

  get counters(): Readonly<Record<string, number>> {
    return { ...this.#counts, deepPullsAbandoned: this.#asker.abandoned, deepPullsSearched: this.#asker.searched }
  }

  get isAsking(): boolean {
    return this.#asker.exchange !== undefined
  }

  get exchange(): number | undefined {
    return this.#asker.exchange
  }

  wish(peer: string, reason: Reason | 'again'): void {
    this.#wishes.set(peer, reason === 'again' ? this.#reason : reason)
  }

  /** Begins the next one that was wished for, if any. */
  begin(claimTo: (peer: string) => Claim, nextId: () => number, now: Now): void {
    const [wish] = this.#wishes
    if (wish === undefined) return
    const [peer, reason] = wish
    this.#wishes.delete(peer)
    this.#reason = reason
    const { seen, rest } = claimTo(peer)
    this.#rest = undefined
    if (rest !== undefined) {
      this.#rest = new VersionVector()
      this.#rest.union(this.#holdings.claims.seen.toEntries())
    }
    this.#outbox.send([peer], this.#asker.begin(peer, nextId(), { seen, rest }, now.monoMs))
  }

  hearAnswer(peer: string, body: SketchPart | Parts | Listed | Answer, now: Now): void {
    this.#goOn(peer, this.#asker.hear(peer, body, now.monoMs))
  }

  give(
    peer: string,
    request: Compare | Split | List | Want,
    self: OriginId,
    state: () => GiverState | undefined,
    now: Now,
  ): void {
    const counted = (): GiverState | undefined => {
      const claims = state()
      if (claims !== undefined) this.#counts.deepPullsGiven++
      return claims
    }
    const answer = this.#giver.answer(peer, request, self, now.monoMs, counted)
    if (answer !== undefined) this.#outbox.send([peer], answer)
    if (this.#giver.isBusy) this.#outbox.chore()
  }

  /** The giver ended it, or does not want it so. Whether it was under way. */
  ended(peer: string, exchange: number): boolean {
    if (this.#asker.exchange !== exchange || this.#asker.peer !== peer) return false
    this.#asker.end(exchange)
    return true
  }

  chore(self: OriginId, now: Now): void {
    for (const { peer, body } of this.#giver.chore(self)) this.#outbox.send([peer], body)
    if (this.#giver.isBusy) this.#outbox.chore()
    const { peer } = this.#asker
    if (peer !== undefined) this.#goOn(peer, this.#asker.chore(now.monoMs))
    this.#giver.tick(now.monoMs)
  }

  tick(now: Now): void {
    this.#giver.tick(now.monoMs)
    const { peer } = this.#asker
    if (peer !== undefined) this.#goOn(peer, this.#asker.tick(now.monoMs))
  }

  forgetPeer(peer: string): void {
    this.#wishes.delete(peer)
    this.#giver.forgetPeer(peer)
    if (this.#asker.peer === peer) this.#asker.end(this.#asker.exchange)
  }

  /** What a comparison found, once. */
  takeFinding(): Finding | undefined {
    const finding = this.#found
    this.#found = undefined
    return finding
  }

  /** All of it goes in, with what the giver claims of others than this run: `seen` and `written`. */
  commit(
    { peer, exchange, view, answers, bytes }: Finding,
    { seen, written }: Pick<GiverState, 'seen' | 'written'>,
    now: Now,
  ): Comparison {
    const { store, claims, clock } = this.#holdings
    const theirs = this.#claimsOf(view)
    for (const [, time] of view.seen) clock.observe(time, now.wallMs)
    const horizon = clock.horizon(now.wallMs)
    const horizonThere = this.#horizonOf(peer)
    const entries: Entry[] = []
    const removed: string[] = []
    let taken = 0
    let unexplained = 0
    for (const [k, answered] of answers) {
      const keys = new Set(store.summary.keysOf(k))
      for (const { key } of answered) keys.add(key)
      for (const key of keys) {
        const mine = store.allOf(key)
        const given = answered.filter((entry) => entry.key === key)
        const stands = standing(
          mine,
          given,
          (version) => claims.seen.covers(version),
          (version) => theirs.covers(version),
          horizon,
          (entry) => entry.time <= horizonThere || nameOf(entry.origin) === peer,
        )
        const greatest = greatestOf([...mine, ...given])
        const isGone = !stands.some((entry) => greatest !== undefined && compareEntries(entry, greatest) === 0)
        // What was deleted or has expired may be let go of on one side alone.
        if (isGone && greatest?.kind === 'live' && greatest.expiresAt === undefined) unexplained++
        if (stands.length === mine.length && stands.every((entry) => mine.includes(entry))) continue
        if (stands.length === 0) removed.push(key)
        for (const entry of stands) entries.push(entry)
        taken += stands.length > 0 ? 1 : 0
      }
    }
    const { floor } = view
    this.#log(exchange, entries, removed, { seen, written, floor })
    this.#outbox.notify(this.#holdings.override(removed, entries, now))
    claims.join(seen, written, this.#isCurrent)
    this.#holdings.floor = Math.max(this.#holdings.floor, floor)
    this.#counts.deepPullsCommitted++
    this.#counts.entriesMended += taken
    this.#counts.keysRemoved += removed.length
    if (this.#reason === 'suspected' && unexplained > 0) {
      this.#counts.fingerprintDiffers++
      this.#outbox.say('warn', { peer, keys: unexplained, taken, removed: removed.length }, DAMAGE)
    }
    return { unexplained, differed: answers.size, taken, removed: removed.length, bytes }
  }

  /** Staged records, and one that makes them count. */
  #log(exchange: number, entries: readonly Entry[], removed: readonly string[], state: GiverState): void {
    // In records of their own, before anything is staged: each leaves a true state, since the floor says what may be missing.
    let some: string[] = []
    let someBytes = 0
    for (const key of removed) {
      some.push(key)
      someBytes += key.length
      if (someBytes < this.#pieceBytesMax) continue
      this.#outbox.append({ ...NOTHING_MENDED, exchange, removed: some, floor: state.floor })
      some = []
      someBytes = 0
    }
    let start = 0
    for (let end = 0, bytes = 0; end < entries.length; end++) {
      bytes += entryBytes(entries[end])
      if (bytes < this.#pieceBytesMax) continue
      this.#outbox.append({ kind: 'stage', exchange, entries: entries.slice(start, end + 1) })
      start = end + 1
      bytes = 0
    }
    this.#outbox.append({ kind: 'mend', exchange, entries: entries.slice(start), removed: some, ...state })
  }

  /** The giver's V: what it said, and the rest, which was equal. */
  #claimsOf({ seen }: GiverState): Pick<VersionVector, 'covers'> {
    const said = new VersionVector()
    said.union(seen)
    const rest = this.#rest
    if (rest === undefined) return said
    const named = new Set(seen.map(([origin]) => origin))
    return { covers: (version) => (named.has(version.origin) ? said : rest).covers(version) }
  }

  #goOn(peer: string, outcome: DeepOutcome): void {
    switch (outcome.kind) {
      case 'on':
        for (const body of outcome.send) this.#outbox.send([peer], body)
        if (outcome.isBusy) this.#outbox.chore()
        break
      case 'found':
        this.#found = outcome.finding
        break
      case 'failed':
        break
    }
  }
}
