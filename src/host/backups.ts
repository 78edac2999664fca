/**
 * Backups of a node that goes on: what is held is met entry by entry, as fast as the reader takes it, and what is logged
 * meanwhile goes between. Every record of the log since the beginning is in it, none twice, so at its end it is as true as
 * the log. Nothing is frozen and nothing copied but what was logged since the reader came last, which is bounded: a reader
 * that is too slow for it loses its backup.
 */

import { HearsayError } from '../core/errors.ts'
import type { Clock } from '../core/ports.ts'
import type { LogRecord } from '../core/record.ts'
import type { Rng } from '../core/rng.ts'
import { BackupEncoder } from '../storage/backup-encoder.ts'
import { bodyBytesBound } from '../storage/record-encoder.ts'
import type { Owner } from '../storage/segment.ts'

/** Backups that go on at one time. One more fails with `ERR_OVERLOADED`. */
export const BACKUPS_MAX = 4
/** About the bytes logged since the reader came last. With more, the backup fails with `ERR_OVERLOADED`. */
export const BACKUP_WAITING_BYTES_MAX: number = 32 * 1024 * 1024
/** A reader that does not come for so long does not come again, ms. */
export const BACKUP_IDLE_MS = 60_000
/** What a record in memory takes beside its entries. */
const RECORD_BYTES = 256

/** One backup, read from its beginning to its end. */
export interface Backup {
  /**
   * The next bytes of the file, at most `bytesMax`; `undefined` behind the last. Throws what ended it early: `ERR_OVERLOADED`,
   * `ERR_CLOSED`, `ERR_DISK_FAILED`.
   */
  next(bytesMax: number): Uint8Array | undefined
  /** It is not read on. Twice is fine. */
  close(): void
}

export interface BackupsOptions {
  readonly owner: Owner
  readonly rng: Rng
  readonly clock: Pick<Clock, 'monoMs'>
  /** Records that lead to what is held; `undefined` when this is not the time. */
  snapshot(): Iterator<LogRecord> | undefined
  /** Writes that are shown and not logged yet go to the log, and so come here. */
  endTurn(): void
}

export class Backups {
  readonly #options: BackupsOptions
  readonly #open = new Set<OpenBackup>()

  constructor(options: BackupsOptions) {
    this.#options = options
  }

  /** Throws `ERR_OVERLOADED`, `ERR_NOT_READY`. */
  begin(): Backup {
    const { owner, rng, clock, endTurn } = this.#options
    if (this.#open.size >= BACKUPS_MAX) {
      throw new HearsayError('ERR_OVERLOADED', `${BACKUPS_MAX} backups of this node go on already`)
    }
    // What the vectors claim from here on is held, and what is logged later is not yet.
    endTurn()
    const state = this.#options.snapshot()
    if (state === undefined) throw new HearsayError('ERR_NOT_READY', 'the node is taking over what others have')
    const encoder = new BackupEncoder(owner, Math.floor(rng() * 0x1_0000_0000))
    const backup = new OpenBackup(encoder, state, { clock, endTurn, ended: () => this.#open.delete(backup) })
    this.#open.add(backup)
    return backup
  }

  /** A record went to the log. */
  note(record: LogRecord): void {
    for (const backup of this.#open) backup.note(record)
  }

  tick(nowMs: number): void {
    for (const backup of [...this.#open]) {
      if (nowMs - backup.readMs > BACKUP_IDLE_MS) {
        backup.fail(new HearsayError('ERR_CLOSED', `nobody read the backup for ${BACKUP_IDLE_MS / 1_000} s`))
      }
    }
  }

  failAll(error: HearsayError): void {
    for (const backup of [...this.#open]) backup.fail(error)
  }
}

interface BackupSide {
  readonly clock: Pick<Clock, 'monoMs'>
  endTurn(): void
  ended(): void
}

class OpenBackup implements Backup {
  /** When its reader came last. */
  readMs: number
  readonly #encoder: BackupEncoder
  readonly #side: BackupSide
  /** What is held and was not met yet; `undefined` when all was. */
  #state: Iterator<LogRecord> | undefined
  /** Logged and not yet written down. */
  #waiting: LogRecord[] = []
  /** Those of them whose turn has come, the first one last. */
  #next: LogRecord[] = []
  #waitingBytes = 0
  #isEnded = false
  #failure: HearsayError | undefined

  constructor(encoder: BackupEncoder, state: Iterator<LogRecord>, side: BackupSide) {
    this.#encoder = encoder
    this.#state = state
    this.#side = side
    this.readMs = side.clock.monoMs()
  }

  next(bytesMax: number): Uint8Array | undefined {
    this.readMs = this.#side.clock.monoMs()
    while (this.#failure === undefined && !this.#isEnded && this.#encoder.bytes < bytesMax) this.#encodeSome()
    if (this.#failure !== undefined) throw this.#failure
    return this.#encoder.bytes === 0 ? undefined : this.#encoder.take(bytesMax)
  }

  close(): void {
    this.fail(new HearsayError('ERR_CLOSED', 'the backup was closed'))
  }

  fail(error: HearsayError): void {
    if (this.#isEnded) return
    this.#failure ??= error
    this.#state = undefined
    this.#waiting = []
    this.#next = []
    this.#side.ended()
  }

  note(record: LogRecord): void {
    this.#waiting.push(record)
    this.#waitingBytes += waitingBytesOf(record)
    if (this.#waitingBytes <= BACKUP_WAITING_BYTES_MAX) return
    this.fail(new HearsayError('ERR_OVERLOADED', 'the node is written to faster than its backup is read'))
  }

  /** One record: to encode all that waits would hold the loop for as long as it is much. */
  #encodeSome(): void {
    if (this.#next.length === 0 && this.#waiting.length > 0) {
      this.#next = this.#waiting.reverse()
      this.#waiting = []
    }
    const logged = this.#next.pop()
    if (logged !== undefined) {
      this.#waitingBytes -= waitingBytesOf(logged)
      this.#encoder.add(logged)
      return
    }
    const next = this.#state?.next()
    if (next !== undefined && next.done !== true) {
      this.#encoder.add(next.value)
      return
    }
    this.#state = undefined
    // What was met may be newer than what was logged.
    this.#side.endTurn()
    if (this.#waiting.length > 0) return
    this.#encoder.end()
    this.#isEnded = true
    this.#side.ended()
  }
}

function waitingBytesOf(record: LogRecord): number {
  return RECORD_BYTES + bodyBytesBound(record)
}
