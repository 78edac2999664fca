/**
 * One process a folder. The lock is a file `LOCK` that names its holder: pid, boot of the machine, and start time of
 * the process, so that a pid used again or a reboot does not look like a living holder. It is made whole by `link`,
 * which succeeds for one process only. The lock of a dead holder is taken over without asking.
 *
 * Taking over is a race, and deleting the dead lock first would lose it: the second to delete would delete the lock of
 * the first. So each lock has an exact heir: whoever links `LOCK.<token of the dead lock>` first. The heir then renames
 * its own record over `LOCK` and removes the rest. An heir that died half way has an heir by the same rule. One that
 * won a link after its turn was over sees that the records before it have changed, and starts again.
 *
 * What it cannot see: holders on other machines (a network file system) or in other containers that share the folder.
 * Without `/proc` a pid that was used again looks alive; the error then says which file to delete.
 */
import { linkSync, readdirSync, readFileSync, renameSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { HearsayError } from '../core/errors.ts'

/** The lock's file, and the prefix of every file that belongs to it. */
export const LOCK_NAME = 'LOCK'
const TOKEN = /^[0-9a-f]{32}$/
/** The token of a record that cannot be read: only a crash of the machine leaves one. */
const BROKEN_TOKEN = 'broken'
/** Taking over starts again only when another process has just taken over, so this is never reached. */
const ATTEMPTS_MAX = 100

interface LockRecord {
  readonly token: string
  readonly pid: number
  /** Empty where the system does not say. */
  readonly bootId: string
  /** In clock ticks since boot; empty where the system does not say. */
  readonly startTime: string
}

/**
 * Takes the lock of a folder; `token` is 32 hex digits that nobody else uses. Returns the function that gives it back.
 * Throws `ERR_FOLDER_IN_USE` when a living process holds it, and errors of the file system as they come.
 */
export function lockFolder(folder: string, token: string): () => void {
  const own: LockRecord = { token, pid: process.pid, bootId: bootId(), startTime: startTime(process.pid) }
  const ownPath = join(folder, `${LOCK_NAME}.new.${token}`)
  // Before anything is written: on a full disk the living holder is what counts, and nobody takes its room.
  refuseIfHeld(folder, own)
  try {
    writeFileSync(ownPath, JSON.stringify(own), { mode: 0o600, flag: 'wx' })
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
      if (!inherit(folder, ownPath, own)) continue
      removeLeftovers(folder, own)
      return () => removeFile(join(folder, LOCK_NAME))
    }
    throw inUse(folder, undefined)
  } finally {
    removeFile(ownPath)
  }
}

/** Whoever takes the lock right now is met again when this one tries to. */
function refuseIfHeld(folder: string, own: LockRecord): void {
  let name = LOCK_NAME
  for (let heirs = 0; heirs < ATTEMPTS_MAX; heirs++) {
    const record = readRecord(join(folder, name))
    if (record === undefined) return
    if (record !== BROKEN_TOKEN && isAlive(record, own)) throw inUse(folder, record.pid)
    name = `${LOCK_NAME}.${record === BROKEN_TOKEN ? BROKEN_TOKEN : record.token}`
  }
}

/** One walk along the heirs. False: another process took over meanwhile. */
function inherit(folder: string, ownPath: string, own: LockRecord): boolean {
  const dead: { name: string; token: string }[] = []
  let name = LOCK_NAME
  while (!linkFile(ownPath, join(folder, name))) {
    const record = readRecord(join(folder, name))
    // Gone between the two looks: given back, or an heir has cleaned up.
    if (record === undefined) return false
    if (record !== BROKEN_TOKEN && isAlive(record, own)) throw inUse(folder, record.pid)
    const token = record === BROKEN_TOKEN ? BROKEN_TOKEN : record.token
    dead.push({ name, token })
    name = `${LOCK_NAME}.${token}`
  }
  if (dead.length === 0) return true
  if (!dead.every((lock) => tokenAt(join(folder, lock.name)) === lock.token)) {
    removeFile(join(folder, name))
    return false
  }
  // First the rename, then the removal: while the heirs' names exist, nobody else can win them.
  renameSync(ownPath, join(folder, LOCK_NAME))
  for (const lock of dead) if (lock.name !== LOCK_NAME) removeFile(join(folder, lock.name))
  removeFile(join(folder, name))
  return true
}

/** Removes what others left that died while they took the lock. The holder may: no name but `LOCK` counts any more. */
function removeLeftovers(folder: string, own: LockRecord): void {
  for (const name of readdirSync(folder)) {
    if (!name.startsWith(`${LOCK_NAME}.`)) continue
    const record = readRecord(join(folder, name))
    // A broken one may be half written by a living process.
    if (typeof record === 'object' && !isAlive(record, own)) removeFile(join(folder, name))
  }
}

function isAlive(record: LockRecord, own: LockRecord): boolean {
  if (record.bootId !== own.bootId) return false
  if (own.startTime !== '') return startTime(record.pid) === record.startTime
  try {
    process.kill(record.pid, 0)
    return true
  } catch (error) {
    // EPERM: alive, and somebody else's.
    return errorCode(error) !== 'ESRCH'
  }
}

function bootId(): string {
  return readText('/proc/sys/kernel/random/boot_id')?.trim() ?? ''
}

/**
 * Field 22 of /proc/<pid>/stat; empty for a process that has ended, also when its parent has not noticed (state Z). The
 * second field is the name in brackets and may hold anything, brackets included.
 */
function startTime(pid: number): string {
  const stat = readText(`/proc/${pid}/stat`) ?? ''
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return fields[0] === 'Z' || fields[0] === 'X' ? '' : (fields[19] ?? '')
}

function tokenAt(path: string): string | undefined {
  const record = readRecord(path)
  return typeof record === 'object' ? record.token : record
}

/** Undefined when there is no such file. */
function readRecord(path: string): LockRecord | typeof BROKEN_TOKEN | undefined {
  const text = readText(path)
  if (text === undefined) return undefined
  try {
    const record = JSON.parse(text) as LockRecord
    return TOKEN.test(record.token) && Number.isSafeInteger(record.pid) ? record : BROKEN_TOKEN
  } catch {
    return BROKEN_TOKEN
  }
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    // ESRCH: a process that ended while its file was read.
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ESRCH') return undefined
    throw error
  }
}

/** False when the name is taken. */
function linkFile(from: string, to: string): boolean {
  try {
    linkSync(from, to)
    return true
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false
    throw error
  }
}

function removeFile(path: string): void {
  try {
    unlinkSync(path)
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error
  }
}

function errorCode(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code
}

function inUse(folder: string, pid: number | undefined): HearsayError {
  const who = pid === undefined ? 'Another process' : `Another process (pid ${pid})`
  const text = `${who} uses the data folder ${folder}. If that is not so, delete ${join(folder, LOCK_NAME)}.`
  return new HearsayError('ERR_FOLDER_IN_USE', text)
}
