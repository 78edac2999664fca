/**
 * Room on the disk that is kept for when it is full: a file that is given up then, so that deletes, which make room in the
 * end, still have some. As long as it is there, there is room.
 */

import { type Disk, type Done, RESERVE_NAME, type SystemError } from '../core/ports.ts'

export class Reserve {
  readonly #disk: Disk
  readonly #bytes: number
  #isHeld = false

  constructor(disk: Disk, bytes: number) {
    this.#disk = disk
    this.#bytes = Math.floor(bytes)
  }

  /** Takes the room; without an error it is held. */
  hold(done: Done): void {
    this.#disk.open(RESERVE_NAME, true, (error, file) => {
      if (error !== undefined || file === undefined) return done(error)
      const end = (failure: SystemError | undefined): void => {
        file.close(() => {
          this.#isHeld = failure === undefined
          if (this.#isHeld) return done(undefined)
          this.#disk.remove(RESERVE_NAME, () => done(failure))
        })
      }
      if (file.sizeAtOpen === this.#bytes) return end(undefined)
      file.write(0, [new Uint8Array(this.#bytes)], (writeError) => {
        if (writeError !== undefined) return end(writeError)
        file.sync(end)
      })
    })
  }

  /** Gives the room up, and says whether there was any. */
  release(done: (isFreed: boolean) => void): void {
    if (!this.#isHeld) {
      done(false)
      return
    }
    this.#isHeld = false
    this.#disk.remove(RESERVE_NAME, (error) => done(error === undefined))
  }
}
