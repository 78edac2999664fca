/**
 * A folder in memory behind the `Disk` port, as fast as it can be: one queue of calls, each done when it is its turn
 * and never before the call that asked has returned. Bytes are copied only when they change, so an image of a folder
 * can be put in again and again. It counts what is read, since a reader that reads a file many times over is a slow
 * one.
 */

import type { Disk, DiskFile, Done, SystemError, Timers } from '../../src/core/ports.ts'

/** The files of a folder by name. Their bytes are never changed in place. */
export type Image = ReadonlyMap<string, Uint8Array>

interface Stored {
  bytes: Uint8Array
}

const NOTHING: Uint8Array = new Uint8Array(0)

export class MemoryDisk implements Disk, Timers {
  /** Since the beginning. */
  bytesRead = 0
  /** Asked for in one read: who asks must have room for it. */
  askedMax = 0
  /** Calls done since the beginning. */
  calls = 0
  #files = new Map<string, Stored>()
  #due: (() => void)[] = []

  constructor(image: Image) {
    for (const [name, bytes] of image) this.#files.set(name, { bytes })
  }

  /** As programs see it now. */
  image(): Map<string, Uint8Array> {
    return new Map([...this.#files].map(([name, { bytes }]) => [name, bytes]))
  }

  /** Goes on until `isOver`, or nothing is left to do. False when it is not over after `callsMax` calls. */
  run(isOver: () => boolean, callsMax: number = Number.POSITIVE_INFINITY): boolean {
    const last = this.calls + callsMax
    while (!isOver()) {
      if (this.calls >= last) return false
      if (!this.step()) return true
    }
    return true
  }

  /** Does what is due next. False when nothing is. */
  step(): boolean {
    const call = this.#due.shift()
    if (call === undefined) return false
    this.calls++
    call()
    return true
  }

  afterTurn(call: () => void): void {
    this.#due.push(call)
  }

  /** Time stands still here. */
  after(): () => void {
    return () => {}
  }

  list(done: (error: SystemError | undefined, names: readonly string[]) => void): void {
    this.#due.push(() => done(undefined, [...this.#files.keys()]))
  }

  open(
    name: string,
    create: boolean,
    done: (error: SystemError | undefined, file: DiskFile | undefined) => void,
  ): void {
    this.#due.push(() => {
      let file = this.#files.get(name)
      if (file === undefined && create) {
        file = { bytes: NOTHING }
        this.#files.set(name, file)
      }
      if (file === undefined) done(missing(name), undefined)
      else done(undefined, this.#handOut(file))
    })
  }

  remove(name: string, done: Done): void {
    this.#due.push(() => {
      this.#files.delete(name)
      done(undefined)
    })
  }

  rename(from: string, to: string, done: Done): void {
    this.#due.push(() => {
      const file = this.#files.get(from)
      if (file === undefined) return done(missing(from))
      this.#files.delete(from)
      this.#files.set(to, file)
      done(undefined)
    })
  }

  syncFolder(done: Done): void {
    this.#due.push(() => done(undefined))
  }

  close(done: Done): void {
    this.#due.push(() => done(undefined))
  }

  #handOut(file: Stored): DiskFile {
    const due = this.#due
    return {
      sizeAtOpen: file.bytes.length,
      read: (position, length, done) => {
        due.push(() => {
          const bytes = file.bytes.slice(position, position + length)
          this.bytesRead += bytes.length
          this.askedMax = Math.max(this.askedMax, length)
          done(undefined, bytes)
        })
      },
      write: (position, chunks, done) => {
        const copies = chunks.map((chunk) => chunk.slice())
        due.push(() => {
          file.bytes = written(file.bytes, position, copies)
          done(undefined)
        })
      },
      sync: (done) => void due.push(() => done(undefined)),
      truncate: (size, done) => {
        due.push(() => {
          if (size <= file.bytes.length) file.bytes = file.bytes.subarray(0, size)
          else file.bytes = written(file.bytes, size, [])
          done(undefined)
        })
      },
      close: (done) => void due.push(() => done(undefined)),
    }
  }
}

function written(old: Uint8Array, position: number, chunks: readonly Uint8Array[]): Uint8Array {
  const end = chunks.reduce((sum, { length }) => sum + length, position)
  const bytes = new Uint8Array(Math.max(end, old.length))
  bytes.set(old)
  let at = position
  for (const chunk of chunks) {
    bytes.set(chunk, at)
    at += chunk.length
  }
  return bytes
}

function missing(name: string): SystemError {
  return Object.assign(new Error(`ENOENT: ${name}`), { code: 'ENOENT' })
}
