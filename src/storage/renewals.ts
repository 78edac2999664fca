/**
 * Writing the log anew after the disk has failed: a few times, with a pause between, since a disk that fails once often
 * works again, and one that goes on failing should not be asked for ever.
 */

import type { SystemError, Timers } from '../core/ports.ts'
import { isFull, isOutOfFiles, type RoomKeeper } from './room-keeper.ts'

const TRIES_MAX = 5
const PAUSE_MS = 1_000
/** A node may join for so many pauses; what it takes meanwhile is in memory only, which has an end. */
const EARLY_MAX = 600

/**
 * How a try went. `full`: there was no room. Two say nothing about the disk. `later`: something was short for a while.
 * `early`: what is held is not yet fit to be written down.
 */
export type RenewalResult = 'whole' | 'full' | 'later' | 'early' | 'failed'

/** Begins with what is held then; calls back how it went. */
export type BeginAnew = (done: (result: RenewalResult) => void) => void

export interface RenewalEnd {
  done(): void
  giveUp(): void
}

export class Renewals {
  /** Those that succeeded. */
  count = 0
  readonly #timers: Timers
  readonly #rooms: RoomKeeper
  readonly #isClosed: () => boolean
  #tries = 0
  #early = 0

  constructor(timers: Timers, rooms: RoomKeeper, isClosed: () => boolean) {
    this.#timers = timers
    this.#rooms = rooms
    this.#isClosed = isClosed
  }

  /** Tries now, or after a pause when the last one has just failed. On a full disk it tries until there is room. */
  try(begin: BeginAnew, end: RenewalEnd): void {
    const now = (): void => {
      if (this.#isClosed()) {
        end.giveUp()
        return
      }
      begin((how) => {
        if (how === 'failed') this.try(begin, end)
        else if (how === 'full') this.#rooms.full(now, () => end.giveUp())
        else if (how === 'later' || (how === 'early' && ++this.#early <= EARLY_MAX))
          this.#rooms.later(now, () => end.giveUp())
        else if (how === 'early') end.giveUp()
        else {
          this.#tries = 0
          this.#early = 0
          this.count++
          this.#rooms.wrote()
          end.done()
        }
      })
    }
    if (++this.#tries > TRIES_MAX) end.giveUp()
    else if (this.#tries === 1) now()
    else this.#timers.after(PAUSE_MS, now)
  }
}

/** What the error of a try means; without one it was broken off to make room. */
export function resultOf(error: SystemError | undefined): RenewalResult {
  if (isFull(error)) return 'full'
  return error === undefined || isOutOfFiles(error) ? 'later' : 'failed'
}
