/**
 * How much room the disk has, and what is done when it has none: first what was kept for this is given up, then the write is
 * tried again every second. There is ample room again as soon as that much could be put by once more.
 */

import type { Disk, SystemError, Timers } from '../core/ports.ts'
import { Reserve } from './reserve.ts'

/** Kept for deletes on a full disk. */
const RESERVE_BYTES_MAX: number = 1024 * 1024
const RETRY_MS = 1_000

/** `reserve`: nothing but what little was kept. `none`: nothing at all. */
export type Room = 'ample' | 'reserve' | 'none'

export interface RoomOptions {
  readonly disk: Disk
  readonly timers: Timers
  readonly segmentBytesMax: number
  /** The log takes no more. */
  isOver(): boolean
  changed(room: Room): void
}

export class RoomKeeper {
  readonly #options: RoomOptions
  readonly #reserve: Reserve
  #room: Room = 'ample'

  constructor(options: RoomOptions) {
    this.#options = options
    this.#reserve = new Reserve(options.disk, Math.min(RESERVE_BYTES_MAX, options.segmentBytesMax / 16))
    this.#hold()
  }

  get isAmple(): boolean {
    return this.#room === 'ample'
  }

  /** Something did not fit: `again` is called when it may, `giveUp` when nobody is left to wait. */
  full(again: () => void, giveUp: () => void): void {
    this.#set('none')
    this.#reserve.release((isFreed) => {
      if (isFreed) again()
      else this.later(again, giveUp)
    })
  }

  later(again: () => void, giveUp: () => void): void {
    const { timers, isOver } = this.#options
    if (isOver()) giveUp()
    else timers.after(RETRY_MS, () => (isOver() ? giveUp() : again()))
  }

  /** Something did fit. */
  wrote(): void {
    if (this.#room !== 'none') return
    this.#set('reserve')
    this.#holdLater()
  }

  #hold(): void {
    this.#reserve.hold((error) => {
      if (this.#room === 'none') return
      // Another failure says nothing about room.
      this.#set(isFull(error) ? 'reserve' : 'ample')
      if (isFull(error)) this.#holdLater()
    })
  }

  #holdLater(): void {
    const { timers, isOver } = this.#options
    timers.after(RETRY_MS, () => {
      if (this.#room === 'reserve' && !isOver()) this.#hold()
    })
  }

  #set(room: Room): void {
    if (room === this.#room) return
    this.#room = room
    this.#options.changed(room)
  }
}

export function isFull(error: SystemError | undefined): boolean {
  return error?.code === 'ENOSPC' || error?.code === 'EDQUOT'
}

export function isOutOfFiles(error: SystemError | undefined): boolean {
  return error?.code === 'EMFILE' || error?.code === 'ENFILE'
}
