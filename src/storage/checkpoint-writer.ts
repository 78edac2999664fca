/**
 * Writes a checkpoint beside the log while the log goes on: a draft, slice by slice, each when the disk has taken the one
 * before, so that neither the loop nor the log's own writes wait for long. It takes the place of the former checkpoint and
 * of the segments that it stands for only when all of it is durable; until then a crash leaves a draft that nobody reads.
 */

import type { Disk, DiskFile, SystemError } from '../core/ports.ts'
import type { LogRecord } from '../core/record.ts'
import { RecordGroup } from './record-group.ts'
import { CHECKPOINT_DRAFT, encodeHeader, type FilePlace, fileName, type Owner } from './segment.ts'

/** Synced at least this often: one sync of everything at the end would hold up the log's own. */
const SYNC_BYTES: number = 8 * 1024 * 1024

export interface CheckpointOrder {
  readonly disk: Disk
  /** Encoded and written at once. */
  readonly sliceBytes: number
  readonly owner: Owner
  readonly place: FilePlace
  /** Records of the log that it stands for. */
  readonly records: number
  /** What is held. */
  readonly state: Iterator<LogRecord>
  /** So many bytes of it are written. */
  wrote(bytes: number): void
  /** The end of the log, with all that is held now. */
  end(): number
  /** Calls back when the log is durable up to `position`. */
  whenDurable(position: number, done: () => void): void
}

/** `bytes`: of the file. Without an error and without bytes: it was given up when it was asked to. */
export type CheckpointDone = (error: SystemError | undefined, bytes: number | undefined) => void

export class CheckpointWriter {
  readonly #order: CheckpointOrder
  readonly #done: CheckpointDone
  readonly #group: RecordGroup
  #position: number
  #bytes = 0
  #unsynced = 0
  #isCancelled = false

  constructor(order: CheckpointOrder, done: CheckpointDone) {
    this.#order = order
    this.#done = done
    this.#group = new RecordGroup(order.place.salt)
    this.#position = order.place.base
    order.disk.open(CHECKPOINT_DRAFT, true, (error, file) => {
      if (error !== undefined || file === undefined) return done(error, undefined)
      const begin = (truncateError: SystemError | undefined): void => {
        if (truncateError === undefined) this.#begin(file)
        else this.#leave(file, truncateError)
      }
      if (file.sizeAtOpen > 0) file.truncate(0, begin)
      else begin(undefined)
    })
  }

  /** Gives up as soon as the disk has done what it was asked last. */
  cancel(): void {
    this.#isCancelled = true
  }

  #begin(file: DiskFile): void {
    const { owner, place, records } = this.#order
    const header = encodeHeader(owner, place)
    file.write(0, [header], (error) => {
      if (error !== undefined) return this.#leave(file, error)
      this.#bytes = header.length
      this.#add({ kind: 'base', records })
      this.#slice(file)
    })
  }

  #slice(file: DiskFile): void {
    if (this.#isCancelled) {
      this.#leave(file, undefined)
      return
    }
    const { state, sliceBytes } = this.#order
    let through: number | undefined
    while (through === undefined && this.#group.bytes < sliceBytes) {
      const next = state.next()
      if (next.done !== true) this.#add(next.value)
      else {
        through = this.#order.end()
        this.#add({ kind: 'end', through })
      }
    }
    file.write(this.#bytes, this.#group.chunks(), (error) => {
      if (error !== undefined) return this.#leave(file, error)
      this.#bytes += this.#group.bytes
      this.#unsynced += this.#group.bytes
      this.#group.clear()
      this.#order.wrote(this.#bytes)
      if (through === undefined && this.#unsynced < SYNC_BYTES) return this.#slice(file)
      file.sync((syncError) => {
        if (syncError !== undefined) return this.#leave(file, syncError)
        this.#unsynced = 0
        if (through === undefined) this.#slice(file)
        else this.#finish(file, through)
      })
    })
  }

  /** The log must be durable as far as the newest that was written down here, in every mode. */
  #finish(file: DiskFile, through: number): void {
    const { disk, place } = this.#order
    file.close((closeError) => {
      // One that was given up does not wait: the log may be waiting for the room that it takes.
      if (closeError !== undefined || this.#isCancelled) return this.#done(closeError, undefined)
      this.#order.whenDurable(through, () => {
        if (this.#isCancelled) return this.#done(undefined, undefined)
        disk.rename(CHECKPOINT_DRAFT, fileName('checkpoint', place.number), (renameError) => {
          if (renameError !== undefined) return this.#done(renameError, undefined)
          disk.syncFolder((folderError) => this.#done(folderError, folderError === undefined ? this.#bytes : undefined))
        })
      })
    })
  }

  #add(record: LogRecord): void {
    // Beside the log nothing is known to be synced.
    this.#position += this.#group.add(record, this.#position, Number.MAX_SAFE_INTEGER)
  }

  #leave(file: DiskFile, error: SystemError | undefined): void {
    file.close((closeError) => this.#done(error ?? closeError, undefined))
  }
}
