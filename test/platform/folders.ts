/**
 * Folders for tests, removed at the end of each, and the callbacks of a disk as promises.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { Disk, DiskFile, Done, SystemError } from '../../src/core/ports.ts'

export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'hearsay-test-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** Resolves when a `Done` comes without an error. */
export function did(call: (done: Done) => void): Promise<void> {
  return new Promise((resolve, reject) => call((error) => (error === undefined ? resolve() : reject(error))))
}

/** Resolves with what a callback brings. */
export function got<T>(call: (done: (error: SystemError | undefined, value: T) => void) => void): Promise<T> {
  return new Promise((resolve, reject) =>
    call((error, value) => (error === undefined ? resolve(value) : reject(error))),
  )
}

export async function openFile(disk: Disk, name: string, create: boolean): Promise<DiskFile> {
  const file = await got<DiskFile | undefined>((done) => disk.open(name, create, done))
  return file!
}
