/**
 * Makes the segments of a log that runs. A file of which a making has failed is never used again, since nobody knows what the
 * disk holds of it: it goes before the next one is made, and a log that begins anew does so under a number that was never
 * tried. So too the successor whose checkpoint was never finished: there is at most one file that is of no use.
 */

import type { Disk, SystemError } from '../core/ports.ts'
import { createSegment, type FilePlace, type OpenSegment, type Owner, segmentName } from './segment.ts'

export class SegmentMaker {
  readonly #disk: Disk
  readonly #owner: Owner
  #highest: number
  /** The name of the file that is of no use. */
  #leftover: string | undefined
  /** Of no use without its checkpoint. */
  #unfinished: OpenSegment | undefined
  #closed: OpenSegment | undefined

  /** `highest`: of the segments that are there. */
  constructor(disk: Disk, owner: Owner, highest: number) {
    this.#disk = disk
    this.#owner = owner
    this.#highest = highest
  }

  /** A number that was never tried. */
  get freeNumber(): number {
    return this.#highest + 1
  }

  /** Whether it is a successor whose checkpoint is not written. */
  isUnfinished(segment: OpenSegment): boolean {
    return segment === this.#unfinished
  }

  /** A successor that was made before, and is unfinished, must be left by now. */
  make(place: FilePlace, done: (error: SystemError | undefined, segment: OpenSegment | undefined) => void): void {
    this.#removeLeftover((removeError) => {
      if (removeError !== undefined) return done(removeError, undefined)
      this.#highest = Math.max(this.#highest, place.number)
      this.#leftover = segmentName(place.number)
      createSegment(this.#disk, this.#owner, place, (error, segment) => {
        if (segment !== undefined && place.kind === 'successor') this.#unfinished = segment
        else if (segment !== undefined) this.#leftover = undefined
        done(error, segment)
      })
    })
  }

  /** The checkpoint of the last successor is written, and needs it. */
  finished(): void {
    this.#leftover = undefined
    this.#unfinished = undefined
  }

  /** Closes the file of a segment for good; does nothing the second time. */
  leave(segment: OpenSegment, done: (error: SystemError | undefined) => void): void {
    if (segment === this.#closed) {
      done(undefined)
      return
    }
    this.#closed = segment
    segment.file.close(done)
  }

  #removeLeftover(done: (error: SystemError | undefined) => void): void {
    if (this.#leftover === undefined) {
      done(undefined)
      return
    }
    this.#disk.remove(this.#leftover, (error) => {
      // ENOENT: it was not even begun.
      if (error !== undefined && error.code !== 'ENOENT') return done(error)
      this.#leftover = undefined
      done(undefined)
    })
  }
}
