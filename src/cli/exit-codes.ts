/**
 * What a script learns from the number that `hearsay` ends with. The table is total: a new error code does not compile
 * until somebody has said what it means for a script.
 */

import type { ErrorCode } from '../core/errors.ts'

export const EXIT = {
  ok: 0,
  /** Not found (a key, a member), differs or damaged, or the output cannot be written; for `serve`: the node could not start, or not go on. */
  no: 1,
  /** The command line, a key, a value or a file named on it is wrong. */
  usage: 2,
  unreachable: 3,
  /** Too late or too much: the same command may succeed later. */
  timeout: 4,
  notAllowed: 5,
  bug: 70,
} as const

/** Ended by a signal: 128 plus its number, as shells say it. */
export const EXIT_BY_SIGNAL = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const

export type StopSignal = keyof typeof EXIT_BY_SIGNAL

export const EXIT_OF_ERROR: Readonly<Record<ErrorCode, number>> = {
  ERR_INVALID_KEY: EXIT.usage,
  ERR_INVALID_VALUE: EXIT.usage,
  ERR_VALUE_TOO_LARGE: EXIT.usage,
  ERR_BATCH_TOO_LARGE: EXIT.usage,
  ERR_INVALID_ARGUMENT: EXIT.usage,
  ERR_USAGE: EXIT.usage,
  ERR_ABORTED: EXIT_BY_SIGNAL.SIGINT,
  ERR_TIMEOUT: EXIT.timeout,
  ERR_CLOSED: EXIT.unreachable,
  ERR_NOT_READY: EXIT.timeout,
  ERR_CLOCK_SKEW: EXIT.timeout,
  ERR_NO_SUCH_MEMBER: EXIT.no,
  ERR_OVERLOADED: EXIT.timeout,
  ERR_UNREACHABLE: EXIT.unreachable,
  ERR_PROTOCOL: EXIT.unreachable,
  ERR_WRONG_CLUSTER: EXIT.unreachable,
  ERR_NOT_ALLOWED: EXIT.notAllowed,
  ERR_NAME_IN_USE: EXIT.no,
  ERR_ADDRESS_IN_USE: EXIT.no,
  ERR_ADDRESS_UNAVAILABLE: EXIT.no,
  ERR_FOLDER_IN_USE: EXIT.no,
  ERR_FOLDER_UNUSABLE: EXIT.no,
  ERR_LOG_DAMAGED: EXIT.no,
  ERR_LOG_FOREIGN: EXIT.no,
  ERR_DISK_FAILED: EXIT.no,
  ERR_DISK_FULL: EXIT.no,
  ERR_WATCH_OVERFLOW: EXIT.timeout,
  ERR_INTERNAL: EXIT.bug,
}
