/**
 * Backups of data folders that no node uses, and new folders from backups. A backup is one checkpoint that is true by
 * itself, so a new folder needs nothing else: the node that starts there comes back as one that was away since. Whatever
 * fails leaves a folder that was there as it was, and of a new one nothing; what is killed leaves at most a lock and a draft,
 * which no start reads and a restore takes for nothing.
 */

import { existsSync } from 'node:fs'
import { rmdir } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { HearsayError } from '../core/errors.ts'
import { isNodeName, nameOf } from '../core/origin.ts'
import type { Disk, DiskFile, SystemError } from '../core/ports.ts'
import type { LogRecord } from '../core/record.ts'
import { systemRng } from '../platform/clock.ts'
import { openFolder } from '../platform/disk.ts'
import { readFolder } from '../platform/read-folder.ts'
import { BackupEncoder } from '../storage/backup-encoder.ts'
import type { TruePrefix } from '../storage/log-verdict.ts'
import { readPrefix } from '../storage/prefix-reader.ts'
import { CHECKPOINT_DRAFT, fileName, type Owner } from '../storage/segment.ts'
import { type LogSurvey, surveyLog } from '../storage/survey.ts'
import { invalid, isFolder, logFilesIn, lookAt, surveyOf } from './log-tools.ts'
import { type Watch, watchedDisk } from './watched-disk.ts'

/** Takes the next bytes of a file, and resolves when it has room for more. */
export type TakeBytes = (bytes: Uint8Array) => Promise<void>

export interface RestoreOptions extends Watch {
  /** Of the node; that of the backup unless given. */
  readonly name?: string | undefined
  readonly cluster?: string | undefined
}

export interface Restored {
  /** Who starts there. */
  readonly owner: Owner
  /** Whose backup it is. */
  readonly from: Owner
  readonly records: number
  readonly bytes: number
}

/**
 * The bytes of a backup of a folder, which is held meanwhile. `ERR_INVALID_ARGUMENT`, `ERR_FOLDER_IN_USE`,
 * `ERR_FOLDER_UNUSABLE`, `ERR_LOG_DAMAGED`, `ERR_LOG_FOREIGN`, and whatever `take` rejects with.
 */
export async function backupFolder(folder: string, take: TakeBytes, watch: Watch = {}): Promise<void> {
  if (!(await isFolder(folder))) throw invalid(`${folder} is not a folder`)
  const opened = await openFolder(folder)
  try {
    const names = await logFilesIn(opened)
    const disk = await watchedDisk(opened, [...names, ...names], watch)
    const survey = await surveyOf(folder, (done) => surveyLog(disk, done))
    const { owner, prefix } = checked(folder, folder, survey)
    if (prefix === undefined) throw invalid(`${folder} holds no log that a node has begun`)
    await copyRecords(disk, prefix, new BackupEncoder(owner, salt()), (record) => record, take)
  } finally {
    await closed(opened)
  }
}

/**
 * Makes the folder of a node from a backup; it may be there, but must hold nothing but what a restore leaves that was killed.
 * With another name it is another node, which begins with what the first one held. Codes as above, and `ERR_DISK_FAILED`.
 */
export async function restoreFolder(
  file: string,
  folder: string,
  { name, cluster, ...watch }: RestoreOptions,
): Promise<Restored> {
  const { disk: source, folder: sourceFolder, survey } = await lookAt(file, 2, watch)
  const { owner: from, prefix } = checked(file, sourceFolder, survey)
  const [placed] = survey.files
  if (prefix === undefined || placed?.kind !== 'checkpoint' || placed.header.kind !== 'header') {
    throw invalid(`${file} is no backup: \`hearsay backup\` makes one`)
  }
  if ((placed.through ?? 0) > placed.header.header.base) {
    throw invalid(`${file} is a checkpoint that is true only with the log behind it: back up its folder instead`)
  }
  const owner = { name: name ?? from.name, cluster: cluster ?? from.cluster }
  checkOwner(owner)
  await checkEmpty(readFolder(folder), folder)
  const made = missingOf(folder)
  let isDone = false
  try {
    const disk = await openFolder(folder)
    try {
      await checkEmpty(disk, folder)
      const encoder = new BackupEncoder(owner, salt())
      const adopted = (record: LogRecord): LogRecord | undefined => adopt(record, from, owner)
      const bytes = await writeCheckpoint(disk, (take) =>
        copyRecords(source, prefix, encoder, adopted, (chunk) => {
          watch.signal?.throwIfAborted()
          return take(chunk)
        }),
      )
      isDone = true
      return { owner, from, records: survey.records, bytes }
    } finally {
      await closed(disk)
    }
  } finally {
    // What somebody has put there meanwhile stays, and the folder with it.
    if (!isDone) for (const path of made) await rmdir(path).catch(() => undefined)
  }
}

/** The folder and those above it that are not there, it first. */
function missingOf(folder: string): string[] {
  const missing: string[] = []
  for (let path = resolve(folder); !existsSync(path); path = dirname(path)) missing.push(path)
  return missing
}

/** Throws unless the folder is missing, or holds at most a draft; locks are not listed, and are for whoever opens it. */
async function checkEmpty(disk: Disk, folder: string): Promise<void> {
  const { error, names } = await new Promise<{ error: SystemError | undefined; names: readonly string[] }>((done) =>
    disk.list((error, names) => done({ error, names })),
  )
  if (error?.code === 'ENOTDIR') throw invalid(`${folder} is not a folder`)
  if (names.some((name) => name !== CHECKPOINT_DRAFT)) {
    throw invalid(`${folder} is not empty; a backup is restored to a folder of its own`)
  }
}

/** Writes a draft, and gives it its name when it is whole and on the disk; without success nothing of it stays. Returns its bytes. */
async function writeCheckpoint(disk: Disk, fill: (take: TakeBytes) => Promise<void>): Promise<number> {
  const place = fileName('checkpoint', 1)
  let bytes = 0
  try {
    const draft = await asked<DiskFile>((done) => disk.open(CHECKPOINT_DRAFT, true, done))
    try {
      // One that was killed may have left a longer one.
      await asked<void>((done) => draft.truncate(0, (error) => done(error, undefined)))
      await fill(async (chunk) => {
        await asked<void>((done) => draft.write(bytes, [chunk], (error) => done(error, undefined)))
        bytes += chunk.length
      })
      await asked<void>((done) => draft.sync((error) => done(error, undefined)))
    } finally {
      await asked<void>((done) => draft.close((error) => done(error, undefined)))
    }
    await asked<void>((done) => disk.rename(CHECKPOINT_DRAFT, place, (error) => done(error, undefined)))
    await asked<void>((done) => disk.syncFolder((error) => done(error, undefined)))
    return bytes
  } catch (error) {
    for (const name of [CHECKPOINT_DRAFT, place]) {
      await new Promise<void>((resolve) => disk.remove(name, () => resolve()))
    }
    throw error
  }
}

function closed(disk: Disk): Promise<void> {
  return new Promise((resolve) => disk.close(() => resolve()))
}

/** What a record of `from` is to `owner`; `undefined`: nothing. */
function adopt(record: LogRecord, from: Owner, owner: Owner): LogRecord | undefined {
  const isOther = owner.name !== from.name
  const isElsewhere = owner.cluster !== from.cluster
  switch (record.kind) {
    case 'origin':
      // Another node has had no runs yet; what the first one wrote is to it as what anybody wrote.
      return isOther ? undefined : record
    case 'member':
      // Of two of one name one would have to stop.
      if (isOther && !isElsewhere && nameOf(record.origin) === owner.name) {
        throw invalid(`${owner.name} is a member of the cluster already: give the node a name that none of them has`)
      }
      return isElsewhere ? undefined : record
    case 'gone':
      return isElsewhere ? undefined : record
    default:
      return record
  }
}

/** The owner, of a log without damage, whose files are in `folder`. */
function checked(
  path: string,
  folder: string,
  { owner, damage, prefix }: LogSurvey,
): { owner: Owner; prefix: TruePrefix | undefined } {
  const [first] = damage
  if (first !== undefined) {
    throw new HearsayError(first.code, `${join(folder, first.file)} at offset ${first.offset}: ${first.what}.`)
  }
  if (owner === undefined) throw invalid(`${path} holds no log that a node has begun`)
  return { owner, prefix }
}

function checkOwner({ name, cluster }: Owner): void {
  if (!isNodeName(name)) {
    throw invalid(`a name is 1 to 63 letters, digits, dots, dashes or underscores, not ${JSON.stringify(name)}`)
  }
  const clusterBytes = Buffer.byteLength(cluster)
  if (clusterBytes < 1 || clusterBytes > 255) throw invalid('the name of a cluster is 1 to 255 bytes')
}

/** Reads one slice, encodes it, hands it on, and only then reads the next. */
function copyRecords(
  disk: Disk,
  prefix: TruePrefix,
  encoder: BackupEncoder,
  adopted: (record: LogRecord) => LogRecord | undefined,
  take: TakeBytes,
): Promise<void> {
  const handOn = async (): Promise<void> => {
    if (encoder.bytes > 0) await take(encoder.take(encoder.bytes))
  }
  return new Promise((resolve, reject) => {
    let failure: unknown
    const record = (each: LogRecord): void => {
      try {
        const own = failure === undefined ? adopted(each) : undefined
        if (own !== undefined) encoder.add(own)
      } catch (error) {
        failure = error
      }
    }
    const pause = (goOn: () => void): void => void handOn().then(goOn, reject)
    readPrefix(disk, prefix, { record, pause }, (error) => {
      if (error !== undefined) failure ??= new HearsayError('ERR_FOLDER_UNUSABLE', `Reading failed: ${error.message}.`)
      if (failure !== undefined) {
        reject(failure)
        return
      }
      encoder.end()
      handOn().then(resolve, reject)
    })
  })
}

function asked<T>(start: (done: (error: Error | undefined, result: T | undefined) => void) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    start((error, result) => {
      if (error === undefined) resolve(result as T)
      else reject(new HearsayError('ERR_DISK_FAILED', `Writing the folder failed: ${error.message}.`, { cause: error }))
    })
  })
}

function salt(): number {
  return Math.floor(systemRng() * 0x1_0000_0000)
}
