/** A folder on a full disk: its lock takes the room that was kept there, but never that of a node that runs. */

import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it, vi } from 'vitest'
import { RESERVE_NAME } from '../../src/core/ports.ts'
import { openFolder } from '../../src/platform/disk.ts'
import { call } from '../suites/disk-suite.ts'
import { newFolder } from './folders.ts'

/** The folder whose disk has no room but what the reserve takes. */
const full = vi.hoisted(() => ({ folder: '' }))

vi.mock('node:fs', async (importOriginal) => {
  const real = await importOriginal<typeof import('node:fs')>()
  const write: typeof real.writeFileSync = (path, ...rest) => {
    const isHere = full.folder !== '' && String(path).startsWith(full.folder)
    if (isHere && real.existsSync(join(full.folder, 'reserve'))) {
      throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' })
    }
    real.writeFileSync(path, ...rest)
  }
  return { ...real, writeFileSync: write }
})

function folderWithReserve(): string {
  const folder = newFolder()
  writeFileSync(join(folder, RESERVE_NAME), 'room')
  return folder
}

it('is opened with the room that was kept', async () => {
  const folder = folderWithReserve()
  full.folder = folder
  const disk = await openFolder(folder)
  expect(existsSync(join(folder, RESERVE_NAME))).toBe(false)
  await call((done) => disk.close(done))
})

it('is refused while a node runs there, and that node keeps its room', async () => {
  const folder = folderWithReserve()
  full.folder = ''
  const disk = await openFolder(folder)
  full.folder = folder
  await expect(openFolder(folder)).rejects.toMatchObject({ code: 'ERR_FOLDER_IN_USE' })
  expect(existsSync(join(folder, RESERVE_NAME))).toBe(true)
  await call((done) => disk.close(done))
})
