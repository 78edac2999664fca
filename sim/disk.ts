/**
 * A simulated disk: one folder over virtual time, driven by a seed. It keeps apart what programs see and what is synced,
 * for the bytes of files and for their names, so that a crash may take everything that was never synced. A `SimDisk` is
 * the hardware and outlives crashes; a process uses it through `mount`, and a crash cuts that mount off for good: its
 * calls do nothing and nobody is called back. Every choice is drawn from the rng, and nothing from anywhere else.
 */

import { HearsayError } from '../src/core/errors.ts'
import type { Disk, DiskFile, Done, SystemError } from '../src/core/ports.ts'
import type { Rng } from '../src/core/rng.ts'
import { DiskBytes } from './disk-bytes.ts'
import { type DelayRange, type DiskClock, DiskQueue } from './disk-queue.ts'

const ACCESS_MS: DelayRange = [0.05, 0.5]
const SYNC_MS: DelayRange = [0.2, 5]

/** What a crash takes. `none`: nothing that was written (a killed process). `unsynced`: a power loss. */
export type TailLoss = 'none' | 'unsynced'

export type DiskVerb = 'list' | 'open' | 'remove' | 'rename' | 'syncFolder' | 'read' | 'write' | 'sync' | 'truncate'

/** Asked when an operation is about to happen; an error makes it fail without effect. `name` is empty for the folder. */
export type DiskFault = (verb: DiskVerb, name: string) => SystemError | undefined

/** Names to files: what a folder holds. */
type Folder = Map<string, DiskBytes>

type NameChange = (folder: Folder) => void

export class SimDisk {
  loseTail: TailLoss = 'none'
  fault: DiskFault | undefined
  /** How much longer each sync takes, ms. */
  syncSlowerMs = 0
  readonly #clock: DiskClock
  #folder: Folder = new Map()
  #syncedFolder: Folder = new Map()
  #unsyncedNames: NameChange[] = []
  #mount: SimMount | undefined

  constructor(clock: DiskClock) {
    this.#clock = clock
  }

  /** The folder for one process. Throws `ERR_FOLDER_IN_USE` while another has it: it must close or crash first. */
  mount(): Disk {
    if (this.#mount?.isOpen === true) throw new HearsayError('ERR_FOLDER_IN_USE', 'The simulated folder is mounted.')
    this.#mount = new SimMount(this, this.#clock)
    return this.#mount
  }

  /** Ends the process that uses the disk, in the middle of whatever it does; `loseTail` says what else is lost. */
  crash(): void {
    const { rng } = this.#clock
    this.#mount?.crash()
    this.#mount = undefined
    if (this.loseTail === 'none') return
    for (const change of this.#unsyncedNames) if (rng() < 0.5) change(this.#syncedFolder)
    for (const file of new Set(this.#syncedFolder.values())) file.losePower(rng)
    this.#unsyncedNames = []
    this.#folder = new Map(this.#syncedFolder)
  }

  /** A copy of all files as programs see them. */
  image(): Map<string, Uint8Array> {
    return new Map([...this.#folder].map(([name, file]) => [name, file.read(0, file.size)]))
  }

  /** Replaces all files, durably: an older or cloned disk, or one with bits flipped. Not while it is mounted. */
  restore(image: ReadonlyMap<string, Uint8Array>): void {
    this.#mount?.crash()
    this.#folder = new Map([...image].map(([name, bytes]) => [name, new DiskBytes(bytes)]))
    this.#syncedFolder = new Map(this.#folder)
    this.#unsyncedNames = []
  }

  names(): readonly string[] {
    return [...this.#folder.keys()]
  }

  find(name: string): DiskBytes | undefined {
    return this.#folder.get(name)
  }

  /** Changes the names that programs see; power loss may undo it until `syncNames`. */
  changeNames(change: NameChange): void {
    change(this.#folder)
    this.#unsyncedNames.push(change)
  }

  syncNames(): void {
    this.#syncedFolder = new Map(this.#folder)
    this.#unsyncedNames = []
  }
}

class SimMount implements Disk {
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

  crash(): void {
    this.isOpen = false
    this.#names.crash()
    for (const queue of this.#files) queue.crash()
  }

  #ask(verb: DiskVerb, name: string, delayMs: DelayRange, apply: () => SystemError | undefined, reply: Done): void {
    const check = (): SystemError | undefined =>
      this.isOpen ? this.#disk.fault?.(verb, name) : systemError('EBADF', 'the folder is closed')
    this.#names.add({ delayMs, apply: () => check() ?? apply(), reply })
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
    const apply = (): void => {
      bytes = this.#bytes.read(position, length)
    }
    this.#ask('read', ACCESS_MS, apply, (error) => done(error, bytes))
  }

  write(position: number, chunks: readonly Uint8Array[], done: Done): void {
    // Copied when it happens: whoever changes the chunks before `done` is found out.
    const write = (): void => this.#bytes.write(position, Buffer.concat(chunks))
    const writePart = (rng: Rng): void => {
      const bytes = Buffer.concat(chunks)
      this.#bytes.write(position, bytes.subarray(0, Math.floor(rng() * bytes.length)))
    }
    this.#ask('write', ACCESS_MS, write, done, writePart)
  }

  sync(done: Done): void {
    const { syncSlowerMs } = this.#disk
    const [least, most] = SYNC_MS
    this.#ask('sync', [least + syncSlowerMs, most + syncSlowerMs], () => this.#bytes.sync(), done)
  }

  truncate(size: number, done: Done): void {
    this.#ask('truncate', ACCESS_MS, () => this.#bytes.truncate(size), done)
  }

  close(done: Done): void {
    const apply = (): undefined => {
      this.#isOpen = false
      return undefined
    }
    this.#queue.add({ delayMs: ACCESS_MS, apply, reply: done })
  }

  #ask(verb: DiskVerb, delayMs: DelayRange, change: () => void, reply: Done, applyPart?: (rng: Rng) => void): void {
    const apply = (): SystemError | undefined => {
      const error = this.#isOpen ? this.#disk.fault?.(verb, this.#name) : systemError('EBADF', 'the file is closed')
      if (error === undefined) change()
      return error
    }
    this.#queue.add({ delayMs, apply, reply, ...(applyPart === undefined ? {} : { applyPart }) })
  }
}

/** An error as the operating system makes it. */
export function systemError(code: string, text: string): SystemError {
  return Object.assign(new Error(`${code}: ${text}`), { code })
}

function missing(name: string): SystemError {
  return systemError('ENOENT', `no such file: ${name}`)
}
