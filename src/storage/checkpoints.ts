/**
 * When a checkpoint is due, and what it replaces. Everything that is on the disk beside the live entries is there because
 * nobody has written these down again; when that is more than they are themselves, it is time. A checkpoint that fails
 * harms nothing: the log is as it was, and another is tried later.
 */

import type { Disk, Logger, SystemError, Timers } from '../core/ports.ts'
import type { LogRecord } from '../core/record.ts'
import { type CheckpointOrder, CheckpointWriter } from './checkpoint-writer.ts'
import { CHECKPOINT_DRAFT, fileName } from './segment.ts'

/** Encoded and written at once; less where segments are small. */
const SLICE_BYTES: number = 64 * 1024
const SLICES_IN_SEGMENT = 16
/** After one that failed, ms. */
const RETRY_MS = 10_000

/** What a log writes down in a checkpoint. */
export interface LoggedState {
  /** About what is held takes on disk. */
  liveBytes(): number
  /** Appends what is held and has not been appended yet. */
  endTurn(): void
  /** Records that lead to what is held now; `undefined` when this is not the time. */
  snapshot(): Iterator<LogRecord> | undefined
}

/** A file of the log, and its length. */
export interface LogFile {
  readonly number: number
  readonly bytes: number
}

export interface CheckpointsOptions {
  readonly disk: Disk
  readonly logger: Logger
  readonly timers: Timers
  readonly state: LoggedState | undefined
  readonly segmentBytesMax: number
  /** The log may go on: more of a checkpoint is written, or it is over. */
  moved(): void
}

export class Checkpoints {
  /** Written since the start. */
  count = 0
  readonly #options: CheckpointsOptions
  /** The present one. */
  #latest: LogFile | undefined
  /** Segments behind it that are full. */
  #segments: LogFile[]
  /** The replica's own estimate when the present checkpoint was written; of one that was read, its length. */
  #liveThen = 0
  #isResting = false
  #writer: CheckpointWriter | undefined
  /** Where the present one stands in the log, and how much of it is written. */
  #present = { number: 0, bytes: 0 }
  #onIdle: (() => void) | undefined

  constructor(options: CheckpointsOptions, latest: LogFile | undefined, segments: readonly LogFile[]) {
    this.#options = options
    this.#latest = latest
    // What of it is live now, nobody knows: it counts as no more than the replica says, until the next is written.
    this.#liveThen = latest?.bytes ?? 0
    this.#segments = [...segments]
  }

  /** What a checkpoint would write down, when it is time for one. `bytes`: of the segment that is appended to. */
  due(bytes: number): Iterator<LogRecord> | undefined {
    const { state, segmentBytesMax } = this.#options
    if (state === undefined || this.#writer !== undefined || this.#isResting) return undefined
    const most = 2 * this.#live(state.liveBytes()) + segmentBytesMax / 2
    if (this.#bytes + bytes <= most) return undefined
    state.endTurn()
    return state.snapshot()
  }

  /**
   * Whether the log should wait: it has grown faster than the checkpoint that will let it shrink. `bytes`: of the segment
   * that is appended to. While one is written there may be two segments beside three times what is live: half of one
   * before it begins, the rest by and by.
   */
  isBehind(bytes: number): boolean {
    const { state, segmentBytesMax } = this.#options
    if (state === undefined || this.#writer === undefined) return false
    let meanwhile = bytes
    for (const segment of this.#segments) if (segment.number >= this.#present.number) meanwhile += segment.bytes
    const written = Math.min(1, this.#present.bytes / Math.max(1, state.liveBytes()))
    return meanwhile > segmentBytesMax * (0.5 + written)
  }

  /** What a checkpoint would take: what the latest one took, and what has changed since. */
  #live(live: number): number {
    return this.#latest === undefined ? live : Math.max(live, this.#latest.bytes + live - this.#liveThen)
  }

  /** Of all files but the segment that is appended to. */
  get #bytes(): number {
    let bytes = this.#latest?.bytes ?? 0
    for (const segment of this.#segments) bytes += segment.bytes
    return bytes
  }

  /** A segment is full. */
  filled(segment: LogFile): void {
    this.#segments.push(segment)
  }

  /** The segment that the checkpoint stands before has begun. */
  begin(
    order: Omit<CheckpointOrder, 'disk' | 'sliceBytes' | 'wrote'>,
    done: (isWritten: boolean, cause?: SystemError) => void = () => undefined,
  ): void {
    const { disk, segmentBytesMax, moved } = this.#options
    const { number } = order.place
    const sliceBytes = Math.min(SLICE_BYTES, segmentBytesMax / SLICES_IN_SEGMENT)
    const wrote = (bytes: number): void => {
      this.#present = { number, bytes }
      moved()
    }
    this.#present = { number, bytes: 0 }
    this.#writer = new CheckpointWriter({ ...order, disk, sliceBytes, wrote }, (error, bytes) => {
      const ended = (): void => {
        this.#writer = undefined
        done(bytes !== undefined, error)
        this.#onIdle?.()
        this.#onIdle = undefined
        moved()
      }
      if (bytes === undefined) this.#failed(error, ended)
      else this.#wrote({ number, bytes }, ended)
    })
  }

  /** Gives up the present one, without waiting for its end. */
  cancel(): void {
    this.#writer?.cancel()
  }

  /** Gives up the present one; calls back when the disk has nothing to do for it any more. */
  pause(done: () => void): void {
    if (this.#writer === undefined) {
      done()
      return
    }
    this.#onIdle = done
    this.cancel()
  }

  /** No more of them; calls back when the disk has nothing to do for one any more. */
  stop(done: () => void): void {
    this.#isResting = true
    this.pause(done)
  }

  #wrote(latest: LogFile, done: () => void): void {
    const { logger, state } = this.#options
    const former = this.#latest
    const replaced = this.#segments.filter(({ number }) => number < latest.number)
    this.#liveThen = state?.liveBytes() ?? 0
    this.count++
    this.#latest = latest
    this.#segments = this.#segments.filter(({ number }) => number >= latest.number)
    logger.info({ bytes: latest.bytes, segmentsRemoved: replaced.length }, 'A checkpoint of the log was written')
    const names = replaced.map(({ number }) => fileName('segment', number))
    if (former !== undefined) names.push(fileName('checkpoint', former.number))
    removeAll(this.#options, names, done)
  }

  #failed(error: SystemError | undefined, done: () => void): void {
    const { disk, logger, timers } = this.#options
    if (error !== undefined) {
      logger.warn({ code: error.code, error: error.message }, 'A checkpoint of the log failed; it is tried again later')
    }
    // It may be what fills the disk.
    disk.remove(CHECKPOINT_DRAFT, done)
    if (this.#isResting) return
    this.#isResting = true
    timers.after(RETRY_MS, () => {
      this.#isResting = false
    })
  }
}

/** Removes files that a checkpoint stands for, one after the other. Those that stay are removed at the next start. */
export function removeAll(
  { disk, logger }: { readonly disk: Disk; readonly logger: Logger },
  names: readonly string[],
  done: () => void,
): void {
  const [name, ...rest] = names
  if (name === undefined) {
    done()
    return
  }
  disk.remove(name, (error) => {
    if (error !== undefined) logger.warn({ file: name, error: error.message }, 'A file that is no longer used stays')
    removeAll({ disk, logger }, rest, done)
  })
}
