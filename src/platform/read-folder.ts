/**
 * A folder of a real file system as a `Disk` that is only looked at: nothing is locked, so a node may use it meanwhile, and
 * whatever would change it fails with `EROFS`. The lock's own files are not part of it, as in `disk.ts`.
 */

import * as fs from 'node:fs'
import { join } from 'node:path'
import type { Disk, DiskFile, Done, SystemError } from '../core/ports.ts'
import { readFully } from './disk.ts'
import { LOCK_NAME } from './folder-lock.ts'

/** The folder must be there; else each call fails. */
export function readFolder(folder: string): Disk {
  return {
    list: (done) =>
      fs.readdir(folder, (error, names) =>
        done(error ?? undefined, error ? [] : names.filter((name) => !name.startsWith(LOCK_NAME))),
      ),
    open: (name, create, done) => {
      if (create) refuse((error) => done(error, undefined))
      else openFile(join(folder, name), done)
    },
    remove: (_, done) => refuse(done),
    rename: (_, __, done) => refuse(done),
    syncFolder: refuse,
    close: (done) => setImmediate(done, undefined),
  }
}

function openFile(path: string, done: (error: SystemError | undefined, file: DiskFile | undefined) => void): void {
  fs.open(path, 'r', (failed, fd) => {
    if (failed) return done(failed, undefined)
    fs.fstat(fd, (error, stats) => {
      if (error) return fs.close(fd, () => done(error, undefined))
      done(undefined, {
        sizeAtOpen: stats.size,
        read: (position, length, done) => readFully(fd, position, Buffer.allocUnsafeSlow(length), 0, done),
        write: (_, __, done) => refuse(done),
        sync: refuse,
        truncate: (_, done) => refuse(done),
        close: (done) => fs.close(fd, (closed) => done(closed ?? undefined)),
      })
    })
  })
}

function refuse(done: Done): void {
  setImmediate(done, Object.assign(new Error('EROFS: the folder is only looked at'), { code: 'EROFS' }))
}
