/**
 * How much of a log was read at its start: the sizes of its files are looked up first, and each read of them counts. It is
 * told and decides nothing: a file whose size cannot be learned counts as empty here, and fails where it is read.
 */

import type { Disk, DiskFile } from '../core/ports.ts'
import type { ReadFile } from './file-window.ts'

/** Of so many bytes that will be read so many were. */
export type OnProgress = (bytes: number, bytesAll: number) => void

export class ReadProgress {
  readonly #tell: OnProgress | undefined
  #bytes = 0
  #bytesAll = 0

  constructor(tell: OnProgress | undefined) {
    this.#tell = tell
  }

  /** Names that are read more than once stand there as often. */
  measure(disk: Disk, names: readonly string[], done: () => void): void {
    const next = (at: number): void => {
      const name = names[at]
      if (name === undefined) {
        this.#bytes = 0
        this.#tell?.(0, this.#bytesAll)
        done()
        return
      }
      disk.open(name, false, (_, file) => {
        if (file === undefined) return next(at + 1)
        this.#bytesAll += file.sizeAtOpen
        file.close(() => next(at + 1))
      })
    }
    next(this.#tell === undefined ? names.length : 0)
  }

  /** The same file; what is read of it counts. */
  counted(file: DiskFile): ReadFile {
    const tell = this.#tell
    if (tell === undefined) return file
    return {
      sizeAtOpen: file.sizeAtOpen,
      read: (position, length, done) =>
        file.read(position, length, (error, bytes) => {
          this.#bytes += bytes?.length ?? 0
          tell(Math.min(this.#bytes, this.#bytesAll), this.#bytesAll)
          done(error, bytes)
        }),
    }
  }
}
