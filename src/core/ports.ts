/**
 * What the world looks like from inside: clock, timers, disk, links, logger. A real process implements these over
 * Node.js (`platform/`, `transport/`), the simulator over virtual time. All are callbacks and never promises, so that a
 * simulated run is one synchronous loop. No implementation calls back before the call that asked has returned.
 */

/** Two clocks: one that people set, one that only runs forward. */
export interface Clock {
  /** Unix milliseconds. May jump. */
  wallMs(): number
  /** Milliseconds since some instant. Never falls. */
  monoMs(): number
}

export interface Timers {
  /** Calls once after `ms`; the returned function cancels. */
  after(ms: number, call: () => void): () => void
  /** Calls once when the present turn of the loop is over. */
  afterTurn(call: () => void): void
}

/** An error of the operating system, or of a simulated one. */
export interface SystemError extends Error {
  /** `ENOSPC`, `EIO`, … */
  readonly code?: string | undefined
}

export type Done = (error: SystemError | undefined) => void

/** A file of the folder that only keeps room for when the disk is full. Whoever has none may remove it. */
export const RESERVE_NAME = 'reserve'

/** One folder, held by this process alone. Names are plain file names. */
export interface Disk {
  list(done: (error: SystemError | undefined, names: readonly string[]) => void): void
  /** Opens for reading and writing; makes the file when `create`. */
  open(name: string, create: boolean, done: (error: SystemError | undefined, file: DiskFile | undefined) => void): void
  remove(name: string, done: Done): void
  rename(from: string, to: string, done: Done): void
  /** Makes created, removed and renamed names durable. */
  syncFolder(done: Done): void
  /** Gives the folder back. */
  close(done: Done): void
}

export interface DiskFile {
  /** Bytes when it was opened. */
  readonly sizeAtOpen: number
  /** Fewer bytes than asked only at the end of the file. */
  read(position: number, length: number, done: (error: SystemError | undefined, bytes: Uint8Array) => void): void
  /** Writes all chunks one behind the other from `position`, or fails; a short write is an error. */
  write(position: number, chunks: readonly Uint8Array[], done: Done): void
  /** After success everything written before the call survives power loss. */
  sync(done: Done): void
  truncate(size: number, done: Done): void
  close(done: Done): void
}

/** A connection that carries whole frames, in order while it lasts. */
export interface Link {
  /** For logs: the other end's address. */
  readonly remote: string
  /** Bytes accepted by `send` that have not left yet. */
  readonly queuedBytes: number
  /** Never throws; on a closed link it does nothing. */
  send(frame: Uint8Array): void
  /** Closes; `closed` follows. Twice is fine. */
  close(reason: string): void
}

export interface LinkEvents {
  /** Once, when frames may be sent; never on a link that failed to open. */
  opened(): void
  frame(bytes: Uint8Array): void
  /** The queue has fallen below the low-water mark after having been above the high one. */
  drained(): void
  /** Once, last, for every link: also for one that never opened. */
  closed(reason: string): void
}

export interface Transport {
  /** Starts to connect; `opened` or `closed` follows. */
  dial(address: string, events: LinkEvents): Link
}

/** Levels as in the logs. `fields` are facts, `text` is a sentence that a person understands at 3 a.m. */
export interface Logger {
  debug(fields: object, text: string): void
  info(fields: object, text: string): void
  warn(fields: object, text: string): void
  error(fields: object, text: string): void
}
