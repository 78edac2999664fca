/**
 * The least that a durable write can be in Node.js: appends that wait go out in one `writev` and one `fdatasync`, the
 * next group while nobody waits for the former. No map, no checksum, no recovery.
 */

import * as fs from 'node:fs'

export class BareLog {
  readonly #fd: number
  #position = 0
  #chunks: Uint8Array[] = []
  #waiting: (() => void)[] = []
  #failed: ((error: Error) => void)[] = []
  #isBusy = false
  #isSet = false

  constructor(path: string) {
    this.#fd = fs.openSync(path, 'w')
  }

  /** Resolves when the disk has it. */
  append(chunk: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#chunks.push(chunk)
      this.#waiting.push(resolve)
      this.#failed.push(reject)
      this.#set()
    })
  }

  close(): void {
    fs.closeSync(this.#fd)
  }

  /** At the end of the turn: all who were told of the former group have asked again by then. */
  #set(): void {
    if (this.#isBusy || this.#isSet) return
    this.#isSet = true
    setImmediate(() => {
      this.#isSet = false
      this.#commit()
    })
  }

  #commit(): void {
    const chunks = this.#chunks
    const waiting = this.#waiting
    const failed = this.#failed
    this.#chunks = []
    this.#waiting = []
    this.#failed = []
    this.#isBusy = true
    const fail = (error: Error): void => {
      for (const reject of failed) reject(error)
    }
    fs.writev(this.#fd, chunks, this.#position, (writeError, bytes) => {
      if (writeError !== null) return fail(writeError)
      this.#position += bytes
      fs.fdatasync(this.#fd, (syncError) => {
        if (syncError !== null) return fail(syncError)
        this.#isBusy = false
        for (const resolve of waiting) resolve()
        if (this.#chunks.length > 0) this.#set()
      })
    })
  }
}
