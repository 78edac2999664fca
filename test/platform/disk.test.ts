/**
 * A real folder passes the suite of all disks; it belongs to its owner alone, and the errors of the system come through
 * by code.
 */

import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openFolder } from '../../src/platform/disk.ts'
import { call, diskSuite, listNames, openFile } from '../suites/disk-suite.ts'
import { newFolder } from './folders.ts'

diskSuite(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'hearsay-test-'))
  return {
    open: () => openFolder(folder),
    remove: async () => rmSync(folder, { recursive: true, force: true }),
  }
})

describe('the disk of a real folder', () => {
  it('makes the folder for its owner alone', async () => {
    const folder = join(newFolder(), 'a', 'b')
    const disk = await openFolder(folder)
    expect(statSync(folder).mode & 0o777).toBe(0o700)
    await call((done) => disk.close(done))
  })

  it('writes more chunks than one call of the system takes', async () => {
    const folder = newFolder()
    const disk = await openFolder(folder)
    const file = await openFile(disk, 'many', true)
    const chunks = Array.from({ length: 5_000 }, (_, n) => Buffer.from(n % 7 === 0 ? '' : `${n},`))
    await call((done) => file.write(3, chunks, done))
    expect(readFileSync(join(folder, 'many')).subarray(3).toString()).toBe(Buffer.concat(chunks).toString())
    await call((done) => file.write(0, [], done))
    await call((done) => file.close(done))
    await call((done) => disk.close(done))
  })

  it('hides its own lock, and takes it away at the close', async () => {
    const folder = newFolder()
    const disk = await openFolder(folder)
    expect(existsSync(join(folder, 'LOCK'))).toBe(true)
    expect(await listNames(disk)).toEqual([])
    await call((done) => disk.close(done))
    expect(existsSync(join(folder, 'LOCK'))).toBe(false)
  })

  it('passes on the error of the system', async () => {
    const disk = await openFolder(newFolder())
    await expect(openFile(disk, 'missing', false)).rejects.toMatchObject({ code: 'ENOENT' })
    await expect(call((done) => disk.remove('missing', done))).rejects.toMatchObject({ code: 'ENOENT' })
    await expect(call((done) => disk.rename('missing', 'x', done))).rejects.toMatchObject({ code: 'ENOENT' })
    await call((done) => disk.close(done))
  })

  // /dev/full answers every write as a full disk does.
  it.skipIf(!existsSync('/dev/full'))('says ENOSPC on a full disk', async () => {
    const disk = await openFolder(newFolder())
    const full = await openFile(disk, '../../../../../../../../dev/full', false)
    const [one, two] = [Buffer.from('x'), Buffer.from('y')]
    await expect(call((done) => full.write(0, [one], done))).rejects.toMatchObject({ code: 'ENOSPC' })
    await expect(call((done) => full.write(0, [one, two], done))).rejects.toMatchObject({ code: 'ENOSPC' })
    await call((done) => full.close(done))
    await call((done) => disk.close(done))
  })

  it('says which folder cannot be used, and why', async () => {
    const file = join(newFolder(), 'file')
    writeFileSync(file, '')
    for (const path of [file, join(file, 'below')]) {
      const error = await openFolder(path).catch((failed: unknown) => failed)
      expect(error).toMatchObject({ code: 'ERR_FOLDER_UNUSABLE', message: expect.stringContaining(path) })
      expect(error).toMatchObject({ message: expect.stringMatching(/ENOTDIR|EEXIST/) })
    }
  })

  it('says so when its lock is not a file', async () => {
    const folder = newFolder()
    mkdirSync(join(folder, 'LOCK'))
    await expect(openFolder(folder)).rejects.toMatchObject({ code: 'ERR_FOLDER_UNUSABLE' })
  })
})
