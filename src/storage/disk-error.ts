/** How a disk that failed is told: where in the log, and that what waited for it may have been written all the same. */

import { HearsayError } from '../core/errors.ts'
import type { SystemError } from '../core/ports.ts'
import { segmentName } from './segment.ts'

export function diskError(
  code: 'ERR_DISK_FAILED' | 'ERR_DISK_FULL',
  what: string,
  number: number,
  offset: number,
  cause: SystemError | undefined,
): HearsayError {
  const message = `${what} ${segmentName(number)} at offset ${offset} failed: ${cause?.message ?? 'no file'}.`
  return new HearsayError(code, message, { cause, maybeApplied: true })
}
