/**
 * The simulated disk as one process has it: the `Disk` and `DiskFile` ports. Each operation waits its turn and its
 * delay, asks the disk whether it is to fail, and only then happens. After a crash nothing here does anything.
 */

import type { Disk, DiskFile, Done, SystemError } from '../src/core/ports.ts'
import type { Rng } from '../src/core/rng.ts'
import type { SimDisk } from './disk.ts'
import { bytesOf, DiskBytes } from './disk-bytes.ts'
import { type DiskFailure, type DiskVerb, systemError } from './disk-fault.ts'
import { type DelayRange, type DiskClock, DiskQueue } from './disk-queue.ts'

const ACCESS_MS: DelayRange = [0.05, 0.5]
const SYNC_MS: DelayRange = [0.2, 5]

export class SimMount implements Disk {
  readonly #disk: SimDisk
  readonly #clock: DiskClock
  readonly #names: DiskQueue
  readonly #files: DiskQueue[] = []
  isOpen = true

  constructor(disk: SimDisk, clock: DiskClock) {
    this.#disk = disk
    this.#clock = clock
    this.#names = new DiskQueue(clock)
  }

  list(done: (error: SystemError | undefined, names: readonly string[]) => void): void {
    let names: readonly string[] = []
    const apply = (): undefined => {
      names = this.#disk.names()
      return undefined
    }
    this.#ask('list', '', ACCESS_MS, apply, (error) => done(error, names))
  }

  open(
    name: string,
    create: boolean,
    done: (error: SystemError | undefined, file: DiskFile | undefined) => void,
  ): void {
    let file: SimFile | undefined
    const apply = (): SystemError | undefined => {
      let bytes = this.#disk.find(name)
      if (bytes === undefined) {
        if (!create) return missing(name)
        const made = new DiskBytes()
        bytes = made
        this.#disk.changeNames((folder) => folder.set(name, made))
      }
      const queue = new DiskQueue(this.#clock)
      this.#files.push(queue)
      file = new SimFile(this.#disk, queue, name, bytes)
      return undefined
    }
    this.#ask('open', name, ACCESS_MS, apply, (error) => done(error, file))
  }

  remove(name: string, done: Done): void {
    const apply = (): SystemError | undefined => {
      if (this.#disk.find(name) === undefined) return missing(name)
      this.#disk.changeNames((folder) => folder.delete(name))
      return undefined
    }
    this.#ask('remove', name, ACCESS_MS, apply, done)
  }

  rename(from: string, to: string, done: Done): void {
    const apply = (): SystemError | undefined => {
      const bytes = this.#disk.find(from)
      if (bytes === undefined) return missing(from)
      this.#disk.changeNames((folder) => {
        folder.delete(from)
        folder.set(to, bytes)
      })
      return undefined
    }
    this.#ask('rename', from, ACCESS_MS, apply, done)
  }

  syncFolder(done: Done): void {
    const apply = (): undefined => {
      this.#disk.syncNames()
      return undefined
    }
    this.#ask('syncFolder', '', SYNC_MS, apply, done)
  }

  close(done: Done): void {
    const apply = (): undefined => {
      this.isOpen = false
      return undefined
    }
    this.#names.add({ delayMs: ACCESS_MS, apply, reply: done })
  }

  crash(rng: Rng): void {
    this.isOpen = false
    this.#names.crash(rng)
    for (const queue of this.#files) queue.crash(rng)
  }

  #ask(verb: DiskVerb, name: string, delayMs: DelayRange, change: () => SystemError | undefined, reply: Done): void {
    const check = (): SystemError | undefined =>
      this.isOpen ? this.#disk.failure(verb, name) : systemError('EBADF', 'the folder is closed')
    this.#names.add({ delayMs, apply: () => check() ?? change(), reply })
  }
}

class SimFile implements DiskFile {
  readonly sizeAtOpen: number
  readonly #disk: SimDisk
  readonly #queue: DiskQueue
  readonly #name: string
  readonly #bytes: DiskBytes
  #isOpen = true

  constructor(disk: SimDisk, queue: DiskQueue, name: string, bytes: DiskBytes) {
    this.#disk = disk
    this.#queue = queue
    this.#name = name
    this.#bytes = bytes
    this.sizeAtOpen = bytes.size
  }

  read(position: number, length: number, done: (error: SystemError | undefined, bytes: Uint8Array) => void): void {
    let bytes: Uint8Array = new Uint8Array(0)
    const apply = (): SystemError | undefined => {
      const failure = this.#failure('read')
      if (failure === undefined) bytes = this.#bytes.read(position, length)
      return failure
    }
    this.#queue.add({ delayMs: ACCESS_MS, apply, reply: (error) => done(error, bytes) })
  }

  write(position: number, chunks: readonly Uint8Array[], done: Done): void {
    // The bytes are taken when it happens: whoever changes the chunks before `done` is found out.
    const apply = (): SystemError | undefined => {
      const failure = this.#failure('write')
      const length = bytesOf(chunks)
      const most = failure === undefined ? length : Math.floor((failure.writtenShare ?? 0) * length)
      const written = this.#fit(position, chunks, most)
      return failure ?? (written < length ? full() : undefined)
    }
    const applyPart = (rng: Rng): void => {
      this.#fit(position, chunks, Math.floor(rng() * bytesOf(chunks)))
    }
    this.#queue.add({ delayMs: ACCESS_MS, apply, reply: done, applyPart })
  }

  sync(done: Done): void {
    const { syncSlowerMs } = this.#disk
    const [least, most] = SYNC_MS
    const apply = (): SystemError | undefined => {
      const failure = this.#failure('sync')
      if (failure === undefined) this.#bytes.sync()
      else if (this.#isOpen) this.#bytes.failSync()
      return failure?.isSilent === true ? undefined : failure
    }
    this.#queue.add({ delayMs: [least + syncSlowerMs, most + syncSlowerMs], apply, reply: done })
  }

  truncate(size: number, done: Done): void {
    const apply = (): SystemError | undefined => {
      const failure = this.#failure('truncate')
      if (failure === undefined) this.#bytes.truncate(size)
      return failure
    }
    this.#queue.add({ delayMs: ACCESS_MS, apply, reply: done })
  }

  close(done: Done): void {
    const apply = (): undefined => {
      this.#isOpen = false
      return undefined
    }
    this.#queue.add({ delayMs: ACCESS_MS, apply, reply: done })
  }

  #failure(verb: DiskVerb): DiskFailure | undefined {
    return this.#isOpen ? this.#disk.failure(verb, this.#name) : systemError('EBADF', 'the file is closed')
  }

  /** Writes the first `most` bytes of the chunks, or as many of them as the disk has room for; says how many. */
  #fit(position: number, chunks: readonly Uint8Array[], most: number): number {
    const fitting = Math.min(most, Math.max(0, this.#disk.sizeMost(this.#bytes) - position))
    this.#bytes.write(position, chunks, fitting)
    return fitting
  }
}

function full(): SystemError {
  return systemError('ENOSPC', 'no space left on the disk')
}

function missing(name: string): SystemError {
  return systemError('ENOENT', `no such file: ${name}`)
}
