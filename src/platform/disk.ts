/**
 * One folder of a real file system as a `Disk`. It is held by a lock from `openFolder` until `close`, and the lock's
 * own files are not part of it. Errors of the system are passed on as they are; what they mean for the log is decided
 * in storage. A write is whole or an error: a full disk that takes half of it shows as `ENOSPC`.
 */
import { randomBytes } from 'node:crypto'
import * as fs from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { HearsayError } from '../core/errors.ts'
import { type Disk, type DiskFile, type Done, RESERVE_NAME, type SystemError } from '../core/ports.ts'
import { LOCK_NAME, lockFolder } from './folder-lock.ts'

/** The most pieces that one call of the system writes (IOV_MAX on Linux). */
const CHUNKS_MAX = 1024

/**
 * Opens a data folder and makes it (mode 0700) where it is missing. Rejects with `ERR_FOLDER_UNUSABLE` when it cannot
 * be made, read or written, and with `ERR_FOLDER_IN_USE` when a living process holds it.
 */
export async function openFolder(path: string): Promise<Disk> {
  try {
    if (path === '') throw new Error('its name is empty')
    makeFolder(resolve(path))
    fs.readdirSync(path)
    // Taking the lock writes to the folder, which is the test that it can be written.
    return folderDisk(path, lockIn(path))
  } catch (error) {
    if (error instanceof HearsayError) throw error
    const text = `The data folder ${path} cannot be used: ${error instanceof Error ? error.message : String(error)}.`
    throw new HearsayError('ERR_FOLDER_UNUSABLE', text, { cause: error })
  }
}

/** A full disk has room for a lock where some was kept. */
function lockIn(path: string): () => void {
  const lock = (): (() => void) => lockFolder(path, randomBytes(16).toString('hex'))
  try {
    return lock()
  } catch (error) {
    if ((error as SystemError).code !== 'ENOSPC') throw error
    fs.rmSync(join(path, RESERVE_NAME), { force: true })
    return lock()
  }
}

/**
 * Makes the folder (mode 0700) and those above it. Not by `recursive`: where the system refuses with ENOENT, as below
 * /proc, Node 20 then tries for ever. Throws what the system says.
 */
export function makeFolder(path: string): void {
  if (fs.existsSync(path)) return
  if (dirname(path) !== path) makeFolder(dirname(path))
  try {
    fs.mkdirSync(path, { mode: 0o700 })
  } catch (error) {
    // Somebody else was faster.
    if ((error as SystemError).code !== 'EEXIST') throw error
  }
}

function folderDisk(folder: string, unlock: () => void): Disk {
  return {
    list: (done) =>
      fs.readdir(folder, (error, names) =>
        done(error ?? undefined, error ? [] : names.filter((name) => !isLock(name))),
      ),
    open: (name, create, done) => openFile(join(folder, name), create, done),
    remove: (name, done) => fs.unlink(join(folder, name), finish(done)),
    rename: (from, to, done) => fs.rename(join(folder, from), join(folder, to), finish(done)),
    syncFolder: (done) => syncFolder(folder, done),
    close: (done) => setImmediate(() => done(attempt(unlock))),
  }
}

function isLock(name: string): boolean {
  return name === LOCK_NAME || name.startsWith(`${LOCK_NAME}.`)
}

function openFile(
  path: string,
  create: boolean,
  done: (error: SystemError | undefined, file: DiskFile | undefined) => void,
): void {
  const flags = create ? fs.constants.O_RDWR | fs.constants.O_CREAT : fs.constants.O_RDWR
  fs.open(path, flags, 0o600, (failed, fd) => {
    if (failed) return done(failed, undefined)
    fs.fstat(fd, (error, stats) => {
      if (error) return fs.close(fd, () => done(error, undefined))
      done(undefined, {
        sizeAtOpen: stats.size,
        read: (position, length, done) => readFully(fd, position, Buffer.allocUnsafeSlow(length), 0, done),
        write: (position, chunks, done) => writeFully(fd, position, chunks, done),
        // Not fsync: times of the file need not survive. Its size is part of what fdatasync keeps.
        sync: (done) => fs.fdatasync(fd, finish(done)),
        truncate: (size, done) => fs.ftruncate(fd, size, finish(done)),
        close: (done) => fs.close(fd, finish(done)),
      })
    })
  })
}

/** The system may read less than it was asked for before the file's end. */
export function readFully(
  fd: number,
  position: number,
  into: Uint8Array,
  filled: number,
  done: (error: SystemError | undefined, bytes: Uint8Array) => void,
): void {
  fs.read(fd, into, filled, into.length - filled, position + filled, (error, count) => {
    if (error) return done(error, new Uint8Array())
    const now = filled + count
    if (count === 0 || now === into.length) done(undefined, into.subarray(0, now))
    else readFully(fd, position, into, now, done)
  })
}

function writeFully(fd: number, position: number, chunks: readonly Uint8Array[], done: Done): void {
  const pending = chunks.filter((chunk) => chunk.length > 0)
  const step = (error: SystemError | null, written = 0): void => {
    position += written
    dropFront(pending, written)
    if (error) done(error)
    // The system takes what fits and says so only by the count; asking for the rest brings the error, or nothing.
    else if (written === 0) done(noSpace())
    else if (pending.length === 0) done(undefined)
    else writeSome(fd, position, pending, step)
  }
  if (pending.length === 0) setImmediate(done, undefined)
  else writeSome(fd, position, pending, step)
}

function writeSome(
  fd: number,
  position: number,
  chunks: readonly Uint8Array[],
  step: (error: SystemError | null, written?: number) => void,
): void {
  const [first] = chunks
  if (chunks.length === 1 && first !== undefined) fs.write(fd, first, 0, first.length, position, step)
  else fs.writev(fd, chunks.slice(0, CHUNKS_MAX), position, step)
}

/** Takes the first `bytes` bytes off a list of chunks. */
function dropFront(chunks: Uint8Array[], bytes: number): void {
  let whole = 0
  for (const chunk of chunks) {
    if (chunk.length > bytes) break
    bytes -= chunk.length
    whole++
  }
  chunks.splice(0, whole)
  const [rest] = chunks
  if (rest !== undefined && bytes > 0) chunks[0] = rest.subarray(bytes)
}

function syncFolder(folder: string, done: Done): void {
  // Windows keeps names by itself and cannot sync a folder.
  if (process.platform === 'win32') {
    setImmediate(done, undefined)
    return
  }
  fs.open(folder, 'r', (failed, fd) => {
    if (failed) return done(failed)
    fs.fsync(fd, (error) => fs.close(fd, (closed) => done(error ?? closed ?? undefined)))
  })
}

function noSpace(): SystemError {
  return Object.assign(new Error('ENOSPC: the disk took no more bytes, write'), { code: 'ENOSPC' })
}

function finish(done: Done): (error: SystemError | null) => void {
  return (error) => done(error ?? undefined)
}

function attempt(call: () => void): SystemError | undefined {
  try {
    call()
    return undefined
  } catch (error) {
    return error as SystemError
  }
}
