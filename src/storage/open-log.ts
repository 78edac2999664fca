/**
 * From a folder to a log that takes records. What is damaged is set aside first, and the log goes on from the true
 * beginning before it, as that of a node whose disk is an old one; what was written whole behind the damage is told apart.
 */

import { HearsayError } from '../core/errors.ts'
import type { LogRecord } from '../core/record.ts'
import { SegmentLog } from './log.ts'
import type { Log, LogOptions } from './log-options.ts'
import { type Recovered, type RecoveryReport, recoverLog } from './recovery.ts'
import { readSalvage } from './salvage.ts'
import { encodeHeader } from './segment.ts'
import { type SetAside, setAside } from './set-aside.ts'
import { surveyLog } from './survey.ts'

/** A file without even the first bytes of a log is a damaged one where others beside it are this node's. */
const MAY_BE_DAMAGE: ReadonlySet<string | undefined> = new Set(['ERR_LOG_DAMAGED', 'ERR_LOG_FOREIGN'])

export interface OpenReport extends RecoveryReport {
  /** Files that were set aside with damaged stretches, now or before. */
  readonly setAside: number
  /** All of them were read. */
  readonly isSalvageRead: boolean
}

export type OpenDone = (error: HearsayError | undefined, log: Log | undefined, report: OpenReport | undefined) => void
type RecoverDone = Parameters<typeof recoverLog>[1]

/**
 * Reads the log in the folder, or begins one. When it fails, records may have been handed to `onRecord`, and the disk is
 * the caller's to close. Codes: `ERR_LOG_FOREIGN` (nothing on disk has changed), `ERR_LOG_DAMAGED` (so too, or its words say
 * that another start will do), `ERR_FOLDER_UNUSABLE`, `ERR_DISK_FAILED`; throws `ERR_INVALID_ARGUMENT` for a name that is too long.
 */
export function openLog(options: LogOptions, done: OpenDone): void {
  const { disk, cluster, name, rng, onSalvage } = options
  const owner = { cluster, name }
  const salt = Math.floor(rng() * 0x1_0000_0000)
  encodeHeader(owner, { kind: 'segment', number: 1, base: 0, salt })
  let handed = 0
  /** Hands over what comes behind the first `skip` records. */
  const recover = (skip: number, recovered: RecoverDone): void => {
    let count = 0
    const onRecord = (record: LogRecord): void => {
      count++
      if (count <= skip) return
      handed++
      options.onRecord(record)
    }
    recoverLog({ ...options, owner, salt, onRecord }, (error, found) => {
      if (error === undefined && count < skip) recovered(startAgain(), undefined)
      else recovered(error, found)
    })
  }
  const open = (found: Recovered): void => {
    const opened = (setAside: number, isSalvageRead: boolean): void =>
      done(undefined, new SegmentLog(options, owner, found), { ...found.report, setAside, isSalvageRead })
    if (onSalvage === undefined) {
      opened(0, true)
      return
    }
    readSalvage(disk, found.salt, onSalvage, (error, files) => {
      if (error !== undefined) options.logger.warn({ error: error.message }, 'What was set aside cannot be read')
      opened(files, error === undefined)
    })
  }
  recover(0, (error, found) => {
    if (found !== undefined) open(found)
    else if (onSalvage === undefined || !MAY_BE_DAMAGE.has(error?.code)) done(error, undefined, undefined)
    else {
      setDamageAside(options, error ?? startAgain(), (failed, isSameChain) => {
        if (failed !== undefined) return done(failed, undefined, undefined)
        if (handed > 0 && !isSameChain) return done(startAgain(), undefined, undefined)
        recover(handed, (again, rest) => (rest === undefined ? done(again, undefined, undefined) : open(rest)))
      })
    }
  })
}

/** Fails as before when it cannot. `isSameChain`: what is left begins with the file that the log began with before. */
function setDamageAside(
  { disk, logger, cluster, name }: LogOptions,
  error: HearsayError,
  done: (error: HearsayError | undefined, isSameChain: boolean) => void,
): void {
  surveyLog(disk, (_failed, survey) => {
    const { owner } = survey ?? {}
    const isAnothers = owner !== undefined && (owner.cluster !== cluster || owner.name !== name)
    if (survey === undefined || isAnothers || survey.damage.some(({ code }) => code === 'ERR_LOG_FOREIGN'))
      return done(error, true)
    setAside(disk, survey, (failed, moved) => {
      if (failed !== undefined)
        return done(new HearsayError('ERR_DISK_FAILED', failed.message, { cause: failed }), true)
      if (moved.length === 0) return done(error, true)
      logger.error({ setAside: moved.map(({ as }) => as) }, `${error.message} ${wordsOf(moved)}`)
      done(undefined, survey.prefix?.files[0]?.name === survey.files.find(({ isUsed }) => isUsed)?.name)
    })
  })
}

function wordsOf(moved: readonly SetAside[]): string {
  const records = moved.reduce((sum, one) => sum + one.records, 0)
  return `What follows is set aside, ${records} valid records in it; the other nodes have it, or it is taken back later.`
}

/** What was handed over is no beginning of what is there now; another start reads that alone. */
function startAgain(): HearsayError {
  return new HearsayError(
    'ERR_LOG_DAMAGED',
    'The log was damaged. What was damaged is set aside now: start the node again.',
  )
}
