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
import { fileNumber } from '../storage/segment.ts'
import { SALVAGED, SET_ASIDE, type SetAside, setAside } from '../storage/set-aside.ts'
import { type LogSurvey, type SurveyDone, surveyLog, surveyLogFile } from '../storage/survey.ts'
import { type Watch, watchedDisk } from './watched-disk.ts'

export type { SetAside } from '../storage/set-aside.ts'
export type { LogSurvey } from '../storage/survey.ts'

/** A node may remove a file between the look at the folder and the look at the file; then all is looked at again. */
const LOOKS_MAX = 5
/** Records encoded at one time, bytes. */
const GROUP_BYTES: number = 1024 * 1024

/** A file beside the log, with what was set aside of it. */
export interface AsideFile {
  readonly name: string
  readonly bytes: number
  /** All that counts of it is in the log again; else it waits for that. */
  readonly isTakenBack: boolean
}

export interface LogLook extends LogSurvey {
  readonly aside: readonly AsideFile[]
}

export interface LogInspection extends LogLook {
  /** What a checkpoint of all that is held would take now; of a damaged log, of its true beginning. */
  readonly liveBytes: number
}

export interface LogRepair {
  readonly moved: readonly SetAside[]
  /** As it is now; `undefined` when nothing of the log could be used. */
  readonly survey: LogSurvey | undefined
}

/** Of a folder, or of one file of the log or a backup. `ERR_INVALID_ARGUMENT`, `ERR_FOLDER_UNUSABLE`. */
export async function verifyLog(path: string, watch: Watch = {}): Promise<LogLook> {
  const { disk, survey, isFile } = await lookAt(path, 1, watch)
  return { ...survey, aside: isFile ? [] : await asideIn(disk) }
}

/** The same, and what of it is live. Needs as much memory as a node with this log. */
export async function inspectLog(path: string, watch: Watch = {}): Promise<LogInspection> {
  const { disk, survey, isFile } = await lookAt(path, 2, watch)
  return { ...survey, aside: isFile ? [] : await asideIn(disk), liveBytes: await liveBytesOf(disk, survey) }
}

/**
 * Sets aside what is damaged. `ERR_INVALID_ARGUMENT`, `ERR_FOLDER_IN_USE`, `ERR_FOLDER_UNUSABLE`, `ERR_DISK_FAILED`;
 * `ERR_LOG_FOREIGN` when a part is not this node's, or is of a newer version: nothing has changed then.
 */
export async function repairLog(folder: string, watch: Watch = {}): Promise<LogRepair> {
  if (!(await isFolder(folder))) throw invalid(`${folder} is not a folder`)
  const opened = await openFolder(folder)
  try {
    const disk = await watchedDisk(opened, await logFilesIn(opened), watch)
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
    await new Promise<void>((resolve) => opened.close(() => resolve()))
  }
}

export interface Look {
  readonly disk: Disk
  /** Where the files of the survey are. */
  readonly folder: string
  readonly isFile: boolean
  readonly survey: LogSurvey
}

/** What is at a path, and how to read it, which will be done so many `times` in all. */
export async function lookAt(path: string, times: number, watch: Watch): Promise<Look> {
  const isFile = !(await isFolder(path))
  const folder = isFile ? dirname(path) : path
  const looked = readFolder(folder)
  const names = isFile ? [basename(path)] : await logFilesIn(looked)
  const disk = await watchedDisk(looked, Array<readonly string[]>(times).fill(names).flat(), watch)
  const look = (done: SurveyDone): void => (isFile ? surveyLogFile(disk, basename(path), done) : surveyLog(disk, done))
  return { disk, folder, isFile, survey: await surveyOf(path, look) }
}

/** Names of the files of the log; none of a folder that cannot be listed, which is told when it is read. */
export async function logFilesIn(disk: Disk): Promise<readonly string[]> {
  const names = await listed(disk)
  return names.filter((name) => (['checkpoint', 'segment'] as const).some((kind) => fileNumber(kind, name)))
}

async function asideIn(disk: Disk): Promise<readonly AsideFile[]> {
  const found: AsideFile[] = []
  for (const name of (await listed(disk)).toSorted()) {
    const isTakenBack = name.startsWith(SALVAGED)
    if (!isTakenBack && !name.startsWith(SET_ASIDE)) continue
    const bytes = await sizeOf(disk, name)
    if (bytes !== undefined) found.push({ name, bytes, isTakenBack })
  }
  return found
}

function listed(disk: Disk): Promise<readonly string[]> {
  return new Promise((resolve) => disk.list((_, names) => resolve(names)))
}

/** `undefined`: a node has renamed it, or a user has removed it. */
function sizeOf(disk: Disk, name: string): Promise<number | undefined> {
  return new Promise((resolve) => {
    disk.open(name, false, (_, file) => {
      if (file === undefined) resolve(undefined)
      else file.close(() => resolve(file.sizeAtOpen))
    })
  })
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
    const { code, message } = error as SystemError
    const isNothing = code === 'ENOENT' || code === 'ENOTDIR'
    throw invalid(isNothing ? `there is nothing at ${path}` : `cannot look at ${path}: ${message}`)
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
