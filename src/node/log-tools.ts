/**
 * What an operator does with a data folder that no node needs for it: look into it, check it, set aside what is damaged.
 * Looking locks nothing and changes nothing; setting aside takes the folder's lock. Each fails with a `HearsayError`.
 */

import { stat } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { HearsayError } from '../core/errors.ts'
import type { Disk, SystemError } from '../core/ports.ts'
import { Replica } from '../core/replica.ts'
import { REPLICA_DEFAULTS } from '../core/replica-options.ts'
import { systemClock, systemRng } from '../platform/clock.ts'
import { openFolder } from '../platform/disk.ts'
import { readFolder } from '../platform/read-folder.ts'
import { readPrefix } from '../storage/prefix-reader.ts'
import { RecordGroup } from '../storage/record-group.ts'
import { type SetAside, setAside } from '../storage/set-aside.ts'
import { type LogSurvey, type SurveyDone, surveyLog, surveyLogFile } from '../storage/survey.ts'

export type { SetAside } from '../storage/set-aside.ts'
export type { LogSurvey } from '../storage/survey.ts'

/** A node may remove a file between the look at the folder and the look at the file; then all is looked at again. */
const LOOKS_MAX = 5
/** Records encoded at one time, bytes. */
const GROUP_BYTES: number = 1024 * 1024

export interface LogInspection extends LogSurvey {
  /** What a checkpoint of all that is held would take now; of a damaged log, of its true beginning. */
  readonly liveBytes: number
}

export interface LogRepair {
  readonly moved: readonly SetAside[]
  /** As it is now; `undefined` when nothing of the log could be used. */
  readonly survey: LogSurvey | undefined
}

/** Of a folder, or of one file of the log or a backup. `ERR_INVALID_ARGUMENT`, `ERR_FOLDER_UNUSABLE`. */
export async function verifyLog(path: string): Promise<LogSurvey> {
  return (await lookAt(path)).survey
}

/** The same, and what of it is live. Needs as much memory as a node with this log. */
export async function inspectLog(path: string): Promise<LogInspection> {
  const { disk, survey } = await lookAt(path)
  return { ...survey, liveBytes: await liveBytesOf(disk, survey) }
}

/**
 * Sets aside what is damaged. `ERR_INVALID_ARGUMENT`, `ERR_FOLDER_IN_USE`, `ERR_FOLDER_UNUSABLE`, `ERR_DISK_FAILED`;
 * `ERR_LOG_FOREIGN` when a part is not this node's, or is of a newer version: nothing has changed then.
 */
export async function repairLog(folder: string): Promise<LogRepair> {
  if (!(await isFolder(folder))) throw invalid(`${folder} is not a folder`)
  const disk = await openFolder(folder)
  try {
    const survey = await surveyOf(folder, (done) => surveyLog(disk, done))
    const foreign = survey.damage.find(({ code }) => code === 'ERR_LOG_FOREIGN')
    if (foreign !== undefined) {
      const { file, offset, what } = foreign
      throw new HearsayError(
        'ERR_LOG_FOREIGN',
        `${file} at offset ${offset}: ${what}. That is no damage; nothing changed.`,
      )
    }
    const moved = await new Promise<readonly SetAside[]>((resolve, reject) => {
      setAside(disk, survey, (error, done) => {
        if (error === undefined) resolve(done)
        else reject(new HearsayError('ERR_DISK_FAILED', `Setting aside failed: ${error.message}. Nothing is lost.`))
      })
    })
    if (moved.length === 0) return { moved, survey }
    return { moved, survey: await looked((done) => surveyLog(disk, done)) }
  } finally {
    await new Promise<void>((resolve) => disk.close(() => resolve()))
  }
}

/** What is at a path, and how to read it. */
export async function lookAt(path: string): Promise<{ readonly disk: Disk; readonly survey: LogSurvey }> {
  if (await isFolder(path)) {
    const disk = readFolder(path)
    return { disk, survey: await surveyOf(path, (done) => surveyLog(disk, done)) }
  }
  const disk = readFolder(dirname(path))
  return { disk, survey: await surveyOf(path, (done) => surveyLogFile(disk, basename(path), done)) }
}

/** Throws `ERR_INVALID_ARGUMENT` when there is no log. */
export async function surveyOf(path: string, look: (done: SurveyDone) => void): Promise<LogSurvey> {
  for (let looks = 1; ; looks++) {
    try {
      const survey = await looked(look)
      if (survey !== undefined) return survey
      throw invalid(`${path} holds no log of hearsay`)
    } catch (error) {
      const wasMoved = ((error as HearsayError).cause as SystemError | undefined)?.code === 'ENOENT'
      if (!wasMoved || looks === LOOKS_MAX) throw error
    }
  }
}

function looked(look: (done: SurveyDone) => void): Promise<LogSurvey | undefined> {
  return new Promise((resolve, reject) => {
    look((error, survey, name = 'the folder') => {
      if (error === undefined) resolve(survey)
      else
        reject(new HearsayError('ERR_FOLDER_UNUSABLE', `Reading ${name} failed: ${error.message}.`, { cause: error }))
    })
  })
}

/** Throws `ERR_INVALID_ARGUMENT` when there is nothing at the path. */
export async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory()
  } catch (error) {
    throw invalid(error instanceof Error ? error.message : String(error))
  }
}

/** The log is replayed as a node would, and the checkpoint counted that it would write. */
async function liveBytesOf(disk: Disk, { owner, prefix }: LogSurvey): Promise<number> {
  if (owner === undefined || prefix === undefined) return 0
  const now = { wallMs: systemClock.wallMs(), monoMs: systemClock.monoMs() }
  const options = { ...REPLICA_DEFAULTS, ...owner, address: '', rng: systemRng, hasSeeds: false }
  const replica = new Replica(options, now)
  await new Promise<void>((resolve, reject) => {
    const record = (each: Parameters<Replica['recover']>[0]): void => replica.recover(each, now)
    readPrefix(disk, prefix, { record }, (error) => {
      if (error === undefined) resolve()
      else
        reject(new HearsayError('ERR_FOLDER_UNUSABLE', `Reading the log failed: ${error.message}.`, { cause: error }))
    })
  })
  // Only what has begun has taken in all: the effects go nowhere.
  replica.start(now)
  const state = replica.snapshot()
  const group = new RecordGroup(0)
  let bytes = 0
  for (let next = state?.next(); next !== undefined && next.done !== true; next = state?.next()) {
    bytes += group.add(next.value, 0, 0)
    if (group.bytes > GROUP_BYTES) group.clear()
  }
  return bytes
}

export function invalid(why: string): HearsayError {
  return new HearsayError('ERR_INVALID_ARGUMENT', why)
}
