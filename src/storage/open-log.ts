/** From a folder to a log that takes records. */

import type { HearsayError } from '../core/errors.ts'
import { SegmentLog } from './log.ts'
import type { Log, LogOptions } from './log-options.ts'
import { type RecoveryReport, recoverLog } from './recovery.ts'
import { encodeHeader } from './segment.ts'

/**
 * Reads the log in the folder, or begins one. When it fails, records may have been handed to `onRecord`, and the disk is
 * the caller's to close. Codes: `ERR_LOG_DAMAGED` and `ERR_LOG_FOREIGN` (nothing on disk has changed),
 * `ERR_FOLDER_UNUSABLE`, `ERR_DISK_FAILED`; throws `ERR_INVALID_ARGUMENT` for a name that is too long.
 */
export function openLog(
  options: LogOptions,
  done: (error: HearsayError | undefined, log: Log | undefined, recovery: RecoveryReport | undefined) => void,
): void {
  const { disk, logger, cluster, name, rng } = options
  const owner = { cluster, name }
  const salt = Math.floor(rng() * 0x1_0000_0000)
  encodeHeader(owner, { kind: 'segment', number: 1, base: 0, salt })
  recoverLog({ disk, owner, logger, salt, onRecord: (record) => options.onRecord(record) }, (error, recovered) => {
    if (recovered === undefined) return done(error, undefined, undefined)
    done(undefined, new SegmentLog(options, owner, recovered), recovered.report)
  })
}
