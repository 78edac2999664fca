/**
 * How far the log is, in positions and in indexes of records: reported ≤ synced ≤ written ≤ appended, but for mode `never`,
 * where written is reported unsynced. Each mode has its own promise to who writes; this keeps it, and reports nothing
 * durable that is not. While all is being written anew nobody is told anything.
 */

import type { FsyncMode } from './fsync-mode.ts'
import type { LogEvents } from './log-options.ts'

export class LogMarks {
  /** All is being written anew: nothing is durable before that is done. */
  isRenewing = false
  appended: number
  appendedIndex = 0
  #written: number
  #writtenIndex = 0
  #synced: number
  #syncedIndex = 0
  #reported: number
  #reportedIndex = 0
  #promisedIndex = 0
  /** A sync was asked for up to this record; 0 when it is done. */
  #askedIndex = 0
  readonly #fsync: FsyncMode
  readonly #events: Pick<LogEvents, 'promised' | 'durable'>

  constructor(fsync: FsyncMode, events: Pick<LogEvents, 'promised' | 'durable'>, position: number) {
    this.#fsync = fsync
    this.#events = events
    this.appended = position
    this.#written = position
    this.#synced = position
    this.#reported = position
  }

  get written(): number {
    return this.#written
  }

  get synced(): number {
    return this.#synced
  }

  get pendingBytes(): number {
    return this.appended - this.#reported
  }

  /** Something was reported durable since the log was opened. */
  get hasReported(): boolean {
    return this.#reportedIndex > 0
  }

  get unsyncedBytes(): number {
    return this.#written - this.#synced
  }

  /** Whether all that a sync was asked for is written. */
  get isSyncAsked(): boolean {
    return this.#askedIndex > 0 && this.#writtenIndex >= this.#askedIndex
  }

  /** All that was appended up to now shall be synced, whatever the mode. */
  askSync(): void {
    if (this.appendedIndex > this.#syncedIndex) this.#askedIndex = this.appendedIndex
  }

  wroteTo(position: number, index: number): void {
    this.#written = position
    this.#writtenIndex = index
    this.#tell()
  }

  /** All that was written is synced. */
  syncedAll(): void {
    if (this.isSyncAsked) this.#askedIndex = 0
    this.#synced = this.#written
    this.#syncedIndex = this.#writtenIndex
    this.#tell()
  }

  /** The log begins anew here; what is before will be in its checkpoint. */
  beginAt(position: number, index: number): void {
    this.#written = position
    this.#writtenIndex = index
    this.#synced = position
    this.#syncedIndex = index
  }

  /** That checkpoint is whole. */
  renewed(): void {
    this.isRenewing = false
    this.#tell()
  }

  #tell(): void {
    if (this.isRenewing) return
    const promised = this.#fsync === 'always' ? this.#syncedIndex : this.#writtenIndex
    if (promised > this.#promisedIndex) {
      this.#promisedIndex = promised
      this.#events.promised(promised)
    }
    const isUnsyncedEnough = this.#fsync === 'never' && !this.isSyncAsked
    this.#reported = Math.max(this.#reported, isUnsyncedEnough ? this.#written : this.#synced)
    const durable = isUnsyncedEnough ? this.#writtenIndex : this.#syncedIndex
    if (durable <= this.#reportedIndex) return
    this.#reportedIndex = durable
    this.#events.durable(durable)
  }
}
