/**
 * A simulated disk: one folder over virtual time, driven by a seed. It keeps apart what programs see and what is synced,
 * for the bytes of files and for their names, so that a crash may take everything that was never synced. A `SimDisk` is
 * the hardware and outlives crashes; a process uses it through `mount`, and a crash cuts that mount off for good: its
 * calls do nothing and nobody is called back. Every choice is drawn from the rng, and nothing from anywhere else.
 */

import { HearsayError } from '../src/core/errors.ts'
import type { Disk } from '../src/core/ports.ts'
import { type Rng, seededRng } from '../src/core/rng.ts'
import { DiskBytes } from './disk-bytes.ts'
import { type DiskFailure, type DiskFault, type DiskVerb, Standing } from './disk-fault.ts'
import { SimMount } from './disk-mount.ts'
import type { DiskClock } from './disk-queue.ts'
import { SECTOR_BYTES } from './power-loss.ts'

/** What a crash takes. `none`: nothing that was written (a killed process). `unsynced`: a power loss. */
export type TailLoss = 'none' | 'unsynced'

/** A stretch of durable bytes. */
export interface Stretch {
  readonly name: string
  readonly position: number
}

/** Names to files: what a folder holds. */
type Folder = Map<string, DiskBytes>

type NameChange = (folder: Folder) => void

export class SimDisk {
  /** Some of what it holds was changed behind everybody's back. */
  isDamaged = false
  loseTail: TailLoss = 'none'
  readonly #clock: DiskClock
  /** Seeds what crashes do, so that one more or less of them shifts no delay. */
  readonly #fates: Rng
  readonly #faults = new Standing<DiskFault>()
  readonly #slower = new Standing<number>()
  readonly #rooms = new Standing<number>()
  #folder: Folder = new Map()
  #syncedFolder: Folder = new Map()
  #unsyncedNames: NameChange[] = []
  #mount: SimMount | undefined
  #isCrashing = false

  constructor(clock: DiskClock) {
    this.#clock = clock
    this.#fates = seededRng(clock.rng() * 2 ** 32)
  }

  /** The folder for one process. Throws `ERR_FOLDER_IN_USE` while another has it: it must close or crash first. */
  mount(): Disk {
    if (this.#mount?.isOpen === true) throw new HearsayError('ERR_FOLDER_IN_USE', 'The simulated folder is mounted.')
    this.#mount = new SimMount(this, this.#clock)
    return this.#mount
  }

  /** Ends the process that uses the disk, in the middle of whatever it does; `loseTail` says what else is lost. */
  crash(): void {
    // What was waiting happens without being asked about.
    this.#isCrashing = true
    const rng = this.#cutOff()
    this.#isCrashing = false
    if (this.loseTail === 'none') return
    for (const change of this.#unsyncedNames) if (rng() < 0.5) change(this.#syncedFolder)
    // The head of a log's only file, when it is garbled, cannot be told from a stranger's file, and is refused.
    const garbledFrom = this.#syncedFolder.size > 1 ? 0 : SECTOR_BYTES
    for (const file of new Set(this.#syncedFolder.values())) file.losePower(rng, garbledFrom)
    this.#unsyncedNames = []
    this.#folder = new Map(this.#syncedFolder)
  }

  /** Asked before each operation, with all others that stand; the first failure counts. What it returns ends that. */
  onOperation(fault: DiskFault): () => void {
    return this.#faults.add(fault)
  }

  /** Every sync takes this much longer, ms; the most of all that stand counts. What it returns ends that. */
  slowSyncs(byMs: number): () => void {
    return this.#slower.add(byMs)
  }

  /**
   * All files together may hold this much, in bytes; the least of all that stand counts. A write that would pass it
   * writes what fits and fails with `ENOSPC`. Removing and truncating make room. What it returns ends the limit.
   */
  limitRoom(bytes: number): () => void {
    return this.#rooms.add(bytes)
  }

  /** A copy of all files as programs see them. */
  image(): Map<string, Uint8Array> {
    return new Map([...this.#folder].map(([name, file]) => [name, file.read(0, file.size)]))
  }

  /** Replaces all files, durably: an older, cloned or empty disk. Ends the process that uses it. */
  restore(image: ReadonlyMap<string, Uint8Array>): void {
    this.#cutOff()
    this.#folder = new Map([...image].map(([name, bytes]) => [name, new DiskBytes(bytes)]))
    this.#syncedFolder = new Map(this.#folder)
    this.#unsyncedNames = []
  }

  /** Flips the bits of `mask` in a durable byte; nothing where there is none. */
  rot({ name, position }: Stretch, mask: number): void {
    this.isDamaged = true
    this.#folder.get(name)?.rot(position, mask)
  }

  /** Durable bytes turn up a second time, over others: a write that went astray. No file grows. */
  misdirect(from: Stretch, to: Stretch, length: number): void {
    this.isDamaged = true
    const strayed = this.#folder
      .get(from.name)
      ?.durable()
      .subarray(from.position, from.position + length)
    if (strayed !== undefined) this.#folder.get(to.name)?.overwrite(to.position, strayed)
  }

  /** Cuts a file short behind everybody's back, durably. */
  cut(name: string, size: number): void {
    this.isDamaged = true
    this.#folder.get(name)?.cut(size)
  }

  /** The durable byte that lies at this share of all, from 0 to 1, files in order of name; `undefined` when empty. */
  placeAt(share: number): Stretch | undefined {
    const sizes = this.names().map((name) => ({ name, bytes: this.#folder.get(name)?.durable().length ?? 0 }))
    const total = sizes.reduce((sum, { bytes }) => sum + bytes, 0)
    let position = Math.min(Math.floor(share * total), total - 1)
    for (const { name, bytes } of sizes) {
      if (position < bytes && position >= 0) return { name, position }
      position -= bytes
    }
    return undefined
  }

  /** In order. */
  names(): readonly string[] {
    return [...this.#folder.keys()].sort()
  }

  find(name: string): DiskBytes | undefined {
    return this.#folder.get(name)
  }

  /** For mounts: changes the names that programs see; power loss may undo it until `syncNames`. */
  changeNames(change: NameChange): void {
    change(this.#folder)
    this.#unsyncedNames.push(change)
  }

  /** For mounts. */
  syncNames(): void {
    this.#syncedFolder = new Map(this.#folder)
    this.#unsyncedNames = []
  }

  /** For mounts: whether this is to fail. */
  failure(verb: DiskVerb, name: string): DiskFailure | undefined {
    let first: DiskFailure | undefined
    if (this.#isCrashing) return undefined
    for (const fault of this.#faults.items) {
      const failure = fault(verb, name)
      first ??= failure
    }
    return first
  }

  /** For mounts. */
  get syncSlowerMs(): number {
    return Math.max(0, ...this.#slower.items)
  }

  /** For mounts: up to which byte a file may grow now. */
  sizeMost(file: DiskBytes): number {
    if (this.#rooms.items.length === 0) return Number.POSITIVE_INFINITY
    return file.size + Math.max(0, Math.min(...this.#rooms.items) - this.usedBytes)
  }

  /** Of all files as programs see them. */
  get usedBytes(): number {
    let bytes = 0
    for (const file of this.#folder.values()) bytes += file.size
    return bytes
  }

  /** Ends the process that uses the disk. What it returns decides the rest of this crash. */
  #cutOff(): Rng {
    const rng = seededRng(this.#fates() * 2 ** 32)
    this.#mount?.crash(rng)
    this.#mount = undefined
    return rng
  }
}
