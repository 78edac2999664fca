/** What can be wrong with a log that is opened, in words: where, and why. */

import { HearsayError } from '../core/errors.ts'
import type { SystemError } from '../core/ports.ts'
import { segmentName } from './segment.ts'
import type { ReplayEnd } from './segment-replay.ts'

export function endError(name: string, end: Exclude<ReplayEnd, { kind: 'whole' }>): HearsayError {
  switch (end.kind) {
    case 'failed':
      return unreadable(name, end.error)
    case 'unknown':
      return foreign(name, `holds a record of type ${end.type} that only a newer version of hearsay can read`)
    case 'nonsense':
      return damagedFile(name, end.offset, 'a record with a valid checksum does not hold what it should')
    case 'broken':
      return damagedFile(name, end.offset, 'this is not a valid record, and it is not the end of the log')
  }
}

export function damaged(number: number, offset: number, because: string): HearsayError {
  return damagedFile(segmentName(number), offset, because)
}

export function damagedFile(name: string, offset: number, because: string): HearsayError {
  return new HearsayError('ERR_LOG_DAMAGED', `The log is damaged in ${name} at offset ${offset}: ${because}.`)
}

export function foreign(name: string, because: string): HearsayError {
  return new HearsayError('ERR_LOG_FOREIGN', `${name} ${because}.`)
}

export function unreadable(what: string, cause: SystemError | undefined): HearsayError {
  const message = `Reading the log failed at ${what}: ${cause?.message ?? 'no file'}.`
  return new HearsayError('ERR_FOLDER_UNUSABLE', message, { cause })
}

export function unwritable(what: string, cause: SystemError | undefined): HearsayError {
  const message = `Opening the log failed to write ${what}: ${cause?.message ?? 'no file'}.`
  return new HearsayError('ERR_DISK_FAILED', message, { cause })
}
