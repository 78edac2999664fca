/**
 * `signal` and `timeout`, which every call takes. Wrong ones are refused before anything changes. Who waits asks this
 * file only for the checks and the errors; the waiting itself belongs to the store.
 */

import { HearsayError } from '../core/errors.ts'

export interface CallOptions {
  /** Aborting it fails the call with `ERR_ABORTED`. */
  readonly signal?: AbortSignal | undefined
  /** Milliseconds, ≥ 0, from the call on. A remote store has a default; an embedded one waits. */
  readonly timeout?: number | undefined
}

/** Longer timeouts, `Infinity` too, are cut to this: what a timer can count, 24.8 days. */
export const TIMEOUT_MS_MAX: number = 2 ** 31 - 1

/** Throws `ERR_INVALID_ARGUMENT` for an option of a wrong type or range, `ERR_ABORTED` when it is aborted already. */
export function checkCallOptions(options: CallOptions | undefined): void {
  if (options === undefined) return
  if (typeof options !== 'object' || options === null) throw wrong('options must be an object')
  const { signal, timeout } = options
  if (timeout !== undefined && !(typeof timeout === 'number' && timeout >= 0)) {
    throw wrong('timeout must be a number of milliseconds, 0 or more')
  }
  if (signal === undefined) return
  if (typeof signal !== 'object' || signal === null || typeof signal.addEventListener !== 'function') {
    throw wrong('signal must be an AbortSignal')
  }
  if (signal.aborted) throw abortedError(signal, false)
}

export function abortedError(signal: AbortSignal, maybeApplied: boolean): HearsayError {
  return new HearsayError('ERR_ABORTED', 'the caller aborted the call', { maybeApplied, cause: signal.reason })
}

export function timeoutError(timeoutMs: number, maybeApplied: boolean): HearsayError {
  return new HearsayError('ERR_TIMEOUT', `no answer within ${timeoutMs} ms`, { maybeApplied })
}

export function closedError(maybeApplied = false): HearsayError {
  return new HearsayError('ERR_CLOSED', 'the store was closed', { maybeApplied })
}

export function wrong(why: string): HearsayError {
  return new HearsayError('ERR_INVALID_ARGUMENT', why)
}
