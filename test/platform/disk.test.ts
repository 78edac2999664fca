import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openFolder } from '../../src/platform/disk.ts'
import { did, got, newFolder, openFile } from './folders.ts'

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString()

describe('disk', () => {
  it('makes the folder for its owner alone', async () => {
    const folder = join(newFolder(), 'a', 'b')
    const disk = await openFolder(folder)
    expect(statSync(folder).mode & 0o777).toBe(0o700)
    await did((done) => disk.close(done))
  })

  it('writes chunks one behind the other, reads them, and knows the size at the next open', async () => {
    const folder = newFolder()
    const disk = await openFolder(folder)
    const file = await openFile(disk, '1.log', true)
    expect(file.sizeAtOpen).toBe(0)
    await did((done) => file.write(0, [Buffer.from('he'), new Uint8Array(), Buffer.from('ars')], done))
    await did((done) => file.write(5, [Buffer.from('ay')], done))
    await did((done) => file.sync(done))
    expect(text(await got<Uint8Array>((done) => file.read(0, 7, done)))).toBe('hearsay')
    expect(text(await got<Uint8Array>((done) => file.read(4, 100, done)))).toBe('say')
    expect(await got<Uint8Array>((done) => file.read(7, 1, done))).toHaveLength(0)
    await did((done) => file.truncate(4, done))
    await did((done) => file.close(done))
    const again = await openFile(disk, '1.log', false)
    expect(again.sizeAtOpen).toBe(4)
    expect(text(await got<Uint8Array>((done) => again.read(0, 9, done)))).toBe('hear')
    await did((done) => again.close(done))
    await did((done) => disk.close(done))
  })

  it('writes more chunks than one call of the system takes', async () => {
    const folder = newFolder()
    const disk = await openFolder(folder)
    const file = await openFile(disk, 'many', true)
    const chunks = Array.from({ length: 5_000 }, (_, n) => Buffer.from(`${n},`))
    await did((done) => file.write(3, chunks, done))
    expect(readFileSync(join(folder, 'many')).subarray(3).toString()).toBe(Buffer.concat(chunks).toString())
    await did((done) => file.write(0, [], done))
    await did((done) => file.close(done))
    await did((done) => disk.close(done))
  })

  it('lists, renames and removes, and hides its own lock', async () => {
    const folder = newFolder()
    const disk = await openFolder(folder)
    for (const name of ['a', 'b']) {
      const file = await openFile(disk, name, true)
      await did((done) => file.close(done))
    }
    await did((done) => disk.rename('a', 'c', done))
    await did((done) => disk.remove('b', done))
    await did((done) => disk.syncFolder(done))
    expect(await got<readonly string[]>((done) => disk.list(done))).toEqual(['c'])
    expect(existsSync(join(folder, 'LOCK'))).toBe(true)
    await did((done) => disk.close(done))
    expect(existsSync(join(folder, 'LOCK'))).toBe(false)
  })

  it('passes on the error of the system', async () => {
    const disk = await openFolder(newFolder())
    await expect(openFile(disk, 'missing', false)).rejects.toMatchObject({ code: 'ENOENT' })
    await expect(did((done) => disk.remove('missing', done))).rejects.toMatchObject({ code: 'ENOENT' })
    await expect(did((done) => disk.rename('missing', 'x', done))).rejects.toMatchObject({ code: 'ENOENT' })
    await did((done) => disk.close(done))
  })

  // /dev/full answers every write as a full disk does; the path leaves the folder, which only a test may do.
  it.skipIf(!existsSync('/dev/full'))('says ENOSPC on a full disk', async () => {
    const disk = await openFolder(newFolder())
    const full = await openFile(disk, '../../../../../../../../dev/full', false)
    await expect(did((done) => full.write(0, [Buffer.from('x')], done))).rejects.toMatchObject({ code: 'ENOSPC' })
    const two = [Buffer.from('x'), Buffer.from('y')]
    await expect(did((done) => full.write(0, two, done))).rejects.toMatchObject({ code: 'ENOSPC' })
    await did((done) => full.close(done))
    await did((done) => disk.close(done))
  })

  it('never calls back before the call has returned', async () => {
    const disk = await openFolder(newFolder())
    const file = await openFile(disk, 'f', true)
    const calls: ((done: () => void) => void)[] = [
      (done) => file.write(0, [], done),
      (done) => file.write(0, [Buffer.from('x')], done),
      (done) => file.read(0, 0, done),
      (done) => file.sync(done),
      (done) => file.close(done),
      (done) => disk.syncFolder(done),
      (done) => disk.list(done),
      (done) => disk.close(done),
    ]
    for (const call of calls) {
      await new Promise<void>((resolve) => {
        let returned = false
        call(() => {
          expect(returned).toBe(true)
          resolve()
        })
        returned = true
      })
    }
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
