/**
 * What every disk must do, real or simulated: the `Disk` port as the log relies on it. `makeFolder` gives a fresh empty
 * folder; `open` opens it, again after the former was closed; `remove` throws it away.
 */

import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Disk, DiskFile, SystemError } from '../../src/core/ports.ts'

export interface DiskFolder {
  open(): Promise<Disk>
  remove(): Promise<void>
}

type Ask = (done: (error: SystemError | undefined) => void) => void

/** Resolves when called back without an error; fails when called back before the call has returned, or twice. */
export function call(ask: Ask): Promise<void> {
  return new Promise((resolve, reject) => {
    let calls = 0
    let hasReturned = false
    ask((error) => {
      calls += 1
      if (!hasReturned) reject(new Error('called back before it returned'))
      if (calls > 1) throw new Error('called back twice')
      if (error === undefined) resolve()
      else reject(error)
    })
    hasReturned = true
  })
}

export async function openFile(disk: Disk, name: string, create: boolean): Promise<DiskFile> {
  let file: DiskFile | undefined
  await call((done) =>
    disk.open(name, create, (error, opened) => {
      file = opened
      done(error)
    }),
  )
  if (file === undefined) throw new Error('neither a file nor an error')
  return file
}

export async function readFile(file: DiskFile, position: number, length: number): Promise<string> {
  let read: Uint8Array = new Uint8Array(0)
  await call((done) =>
    file.read(position, length, (error, bytes) => {
      read = bytes
      done(error)
    }),
  )
  return Buffer.from(read).toString('latin1')
}

export async function listNames(disk: Disk): Promise<string[]> {
  let names: readonly string[] = []
  await call((done) =>
    disk.list((error, listed) => {
      names = listed
      done(error)
    }),
  )
  return [...names].sort()
}

const bytes = (text: string): Uint8Array => Buffer.from(text, 'latin1')

export function diskSuite(makeFolder: () => Promise<DiskFolder>): void {
  describe('a disk', () => {
    let folder: DiskFolder
    let disk: Disk
    beforeEach(async () => {
      folder = await makeFolder()
      disk = await folder.open()
    })
    afterEach(() => folder.remove())

    it('begins with an empty folder and lists what is made', async () => {
      expect(await listNames(disk)).not.toContain('a.log')
      const file = await openFile(disk, 'a.log', true)
      expect(file.sizeAtOpen).toBe(0)
      await call((done) => disk.syncFolder(done))
      expect(await listNames(disk)).toContain('a.log')
    })

    it('fails to open a missing file, with ENOENT and no file', async () => {
      await expect(openFile(disk, 'none', false)).rejects.toMatchObject({ code: 'ENOENT' })
      await expect(call((done) => disk.remove('none', done))).rejects.toMatchObject({ code: 'ENOENT' })
      await expect(call((done) => disk.rename('none', 'b', done))).rejects.toMatchObject({ code: 'ENOENT' })
      expect(await listNames(disk)).not.toContain('none')
    })

    it('writes chunks one behind the other at any position and reads them back', async () => {
      const file = await openFile(disk, 'a', true)
      await call((done) => file.write(0, [bytes('one'), bytes(''), bytes('two'), bytes('three')], done))
      await call((done) => file.write(3, [bytes('TWO')], done))
      await call((done) => file.write(11, [bytes('!')], done))
      await call((done) => file.sync(done))
      expect(await readFile(file, 0, 100)).toBe('oneTWOthree!')
      expect(await readFile(file, 3, 3)).toBe('TWO')
      expect(await readFile(file, 12, 5)).toBe('')
      expect(await readFile(file, 0, 0)).toBe('')
    })

    it('writes more chunks than one system call takes', async () => {
      const file = await openFile(disk, 'a', true)
      const chunks = Array.from({ length: 3000 }, (_, i) => bytes(`${i % 10}`))
      await call((done) => file.write(0, chunks, done))
      const text = await readFile(file, 0, 4000)
      expect(text.length).toBe(3000)
      expect(text.slice(2990)).toBe('0123456789')
    })

    it('reads zeros in a gap', async () => {
      const file = await openFile(disk, 'a', true)
      await call((done) => file.write(5, [bytes('x')], done))
      expect(await readFile(file, 0, 6)).toBe('\0\0\0\0\0x')
    })

    it('truncates, and what was cut does not come back', async () => {
      const file = await openFile(disk, 'a', true)
      await call((done) => file.write(0, [bytes('abcdef')], done))
      await call((done) => file.truncate(2, done))
      expect(await readFile(file, 0, 10)).toBe('ab')
      await call((done) => file.write(4, [bytes('z')], done))
      expect(await readFile(file, 0, 10)).toBe('ab\0\0z')
    })

    it('keeps everything over closing and opening again, and says the size', async () => {
      const file = await openFile(disk, 'a', true)
      await call((done) => file.write(0, [bytes('kept')], done))
      await call((done) => file.close(done))
      await call((done) => disk.close(done))
      const again = await folder.open()
      const opened = await openFile(again, 'a', false)
      expect(opened.sizeAtOpen).toBe(4)
      expect(await readFile(opened, 0, 4)).toBe('kept')
      // Making a file that is there opens it as it is.
      const made = await openFile(again, 'a', true)
      expect(made.sizeAtOpen).toBe(4)
      disk = again
    })

    it('removes, and renames over another file', async () => {
      for (const [name, text] of [
        ['a', 'first'],
        ['b', 'second'],
      ] as const) {
        const file = await openFile(disk, name, true)
        await call((done) => file.write(0, [bytes(text)], done))
        await call((done) => file.close(done))
      }
      await call((done) => disk.rename('a', 'b', done))
      expect((await listNames(disk)).filter((name) => name === 'a' || name === 'b')).toStrictEqual(['b'])
      const file = await openFile(disk, 'b', false)
      expect(await readFile(file, 0, 10)).toBe('first')
      await call((done) => file.close(done))
      await call((done) => disk.remove('b', done))
      await expect(openFile(disk, 'b', false)).rejects.toMatchObject({ code: 'ENOENT' })
    })

    it('refuses a second user of the folder while the first has it', async () => {
      await expect(folder.open()).rejects.toMatchObject({ code: 'ERR_FOLDER_IN_USE' })
    })
  })
}
