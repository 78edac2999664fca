/**
 * The present run of this node. Each start draws a new one, durable before the first write. While it runs it draws again
 * when its disk turns out not to be the newest of the name, or when the others have forgotten it; so a rolled-back disk
 * and a forgotten node need no rule of their own. Two living processes of one name are told apart by their runs: the
 * lesser one stops once it has drawn again and the other still calls.
 */

import type { Holdings } from './holdings.ts'
import { rowAtBirth } from './members.ts'
import type { Row } from './message.ts'
import { compareRuns, drawOrigin, formatOrigin, nameOf, type OriginId, parseOrigin, RUN_TOLD_MAX } from './origin.ts'
import type { Outbox } from './outbox.ts'
import type { Rng } from './rng.ts'
import type { Now } from './step.ts'

/** More, for greater runs of the name, would be two living nodes of one name that chase each other. */
const REDRAWS_MAX = 3

export interface OwnName {
  readonly name: string
  readonly address: string
  readonly rng: Rng
}

export class OwnRun {
  /** Empty before the start. */
  origin: OriginId = ''
  /** Whether a crash now would leave the origin in the log. Nothing is written before. */
  isDurable = false
  /** It has nothing, and others may have something: it takes no pushes, gives nothing, promises nothing. */
  isJoining = false
  /** Own writes up to here were pushed. */
  pushedUpTo = 0
  /** How often this process drew another origin. */
  redraws = 0
  readonly #options: OwnName
  readonly #holdings: Holdings
  readonly #outbox: Outbox
  #redrawsForRuns = 0

  constructor(options: OwnName, holdings: Holdings, outbox: Outbox) {
    this.#options = options
    this.#holdings = holdings
    this.#outbox = outbox
  }

  /** Draws an origin. Its record must be durable before anything else is believed. */
  draw(run: number, now: Now): void {
    const { name, address, rng } = this.#options
    const { clock, claims } = this.#holdings
    const former = this.origin
    const birth = clock.stamp(now.wallMs)
    const origin = formatOrigin(drawOrigin(name, Math.min(run, RUN_TOLD_MAX), birth, rng))
    this.origin = origin
    this.isDurable = false
    this.pushedUpTo = birth
    this.#outbox.append({ kind: 'origin', origin })
    if (former !== '') claims.retire(former)
    this.#outbox.row = {
      ...rowAtBirth(origin, 1, address, birth),
      gone: this.#outbox.row.gone,
      joining: this.isJoining,
    }
  }

  /** The run above `row`, when that is a later run of this name and this process may draw again for that. */
  runAbove(row: Row): number | undefined {
    const theirs = this.#greaterRun(row.origin)
    if (theirs === undefined || theirs.run >= RUN_TOLD_MAX || this.#redrawsForRuns >= REDRAWS_MAX) return undefined
    this.#redrawsForRuns++
    return theirs.run + 1
  }

  /** The run above a mark that says that this one is forgotten. */
  runAboveMark(marks: readonly OriginId[]): number | undefined {
    const mine = parseOrigin(this.origin)
    let above: number | undefined
    for (const mark of marks) {
      const marked = nameOf(mark) === this.#options.name ? parseOrigin(mark) : undefined
      if (marked === undefined || mine === undefined || compareRuns(marked, mine) < 0 || marked.run >= RUN_TOLD_MAX)
        continue
      above = Math.max(above ?? 0, marked.run + 1)
    }
    return above
  }

  /** A living process of this name with a later run called, and this one has drawn again for it before: it must stop. */
  mustYield(row: Row): boolean {
    return this.#greaterRun(row.origin) !== undefined && this.#redrawsForRuns > 0
  }

  #greaterRun(origin: OriginId): ReturnType<typeof parseOrigin> {
    const theirs = parseOrigin(origin)
    const mine = parseOrigin(this.origin)
    if (theirs === undefined || mine === undefined || compareRuns(theirs, mine) <= 0) return undefined
    return theirs
  }
}
