/**
 * Backups of data folders that no node uses, and new folders from backups. A backup is one checkpoint that is true by
 * itself, so a new folder needs nothing else: the node that starts there comes back as one that was away since. Whatever
 * fails leaves a folder that was there as it was, and of a new one at most a draft, which no start reads.
 */

import { readdir } from 'node:fs/promises'
import { HearsayError } from '../core/errors.ts'
import { isNodeName, nameOf } from '../core/origin.ts'
import type { Disk, DiskFile } from '../core/ports.ts'
import type { LogRecord } from '../core/record.ts'
import { systemRng } from '../platform/clock.ts'
import { openFolder } from '../platform/disk.ts'
import { BackupEncoder } from '../storage/backup-encoder.ts'
import type { TruePrefix } from '../storage/log-verdict.ts'
import { readPrefix } from '../storage/prefix-reader.ts'
import { CHECKPOINT_DRAFT, fileName, type Owner } from '../storage/segment.ts'
import { type LogSurvey, surveyLog } from '../storage/survey.ts'
import { invalid, isFolder, lookAt, surveyOf } from './log-tools.ts'

/** Takes the next bytes of a file, and resolves when it has room for more. */
export type TakeBytes = (bytes: Uint8Array) => Promise<void>

export interface RestoreOptions {
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
export async function backupFolder(folder: string, take: TakeBytes): Promise<void> {
  if (!(await isFolder(folder))) throw invalid(`${folder} is not a folder`)
  const disk = await openFolder(folder)
  try {
    const survey = await surveyOf(folder, (done) => surveyLog(disk, done))
    const { owner, prefix } = checked(folder, survey)
    if (prefix === undefined) throw invalid(`${folder} holds no log that a node has begun`)
    await copyRecords(disk, prefix, new BackupEncoder(owner, salt()), (record) => record, take)
  } finally {
    await new Promise<void>((resolve) => disk.close(() => resolve()))
  }
}

/**
 * Makes the folder of a node from a backup; it may be there, but must be empty. With another name it is another node, which
 * begins with what the first one held. Codes as above, and `ERR_DISK_FAILED`.
 */
export async function restoreFolder(
  file: string,
  folder: string,
  { name, cluster }: RestoreOptions,
): Promise<Restored> {
  const { disk: source, survey } = await lookAt(file)
  const { owner: from, prefix } = checked(file, survey)
  const [placed] = survey.files
  if (prefix === undefined || placed?.kind !== 'checkpoint' || placed.header.kind !== 'header') {
    throw invalid(`${file} is no backup: \`hearsay backup\` makes one`)
  }
  if ((placed.through ?? 0) > placed.header.header.base) {
    throw invalid(`${file} is a checkpoint that is true only with the log behind it: back up its folder instead`)
  }
  const owner = { name: name ?? from.name, cluster: cluster ?? from.cluster }
  checkOwner(owner)
  const filled = await readdir(folder).catch(() => [])
  if (filled.length > 0) throw invalid(`${folder} is not empty; a backup is restored to a folder of its own`)
  const disk = await openFolder(folder)
  try {
    const draft = await asked<DiskFile>((done) => disk.open(CHECKPOINT_DRAFT, true, done))
    let bytes = 0
    try {
      const encoder = new BackupEncoder(owner, salt())
      await copyRecords(
        source,
        prefix,
        encoder,
        (record) => adopt(record, from, owner),
        async (chunk) => {
          await asked<void>((done) => draft.write(bytes, [chunk], (error) => done(error, undefined)))
          bytes += chunk.length
        },
      )
      await asked<void>((done) => draft.sync((error) => done(error, undefined)))
    } catch (error) {
      await new Promise<void>((resolve) => disk.remove(CHECKPOINT_DRAFT, () => resolve()))
      throw error
    } finally {
      await asked<void>((done) => draft.close((error) => done(error, undefined)))
    }
    const place = fileName('checkpoint', 1)
    await asked<void>((done) => disk.rename(CHECKPOINT_DRAFT, place, (error) => done(error, undefined)))
    await asked<void>((done) => disk.syncFolder((error) => done(error, undefined)))
    return { owner, from, records: survey.records, bytes }
  } finally {
    await new Promise<void>((resolve) => disk.close(() => resolve()))
  }
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

/** The owner, of a log without damage. */
function checked(path: string, { owner, damage, prefix }: LogSurvey): { owner: Owner; prefix: TruePrefix | undefined } {
  const [first] = damage
  if (first !== undefined) {
    throw new HearsayError(first.code, `${path}: ${first.file} at offset ${first.offset}: ${first.what}.`)
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
