/**
 * At most one process holds a folder, and the lock of one that was killed is taken over by exactly one heir. The
 * holders are real processes.
 */

import { type ChildProcess, spawn } from 'node:child_process'
import { on, once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { openFolder } from '../../src/platform/disk.ts'
import { call } from '../suites/disk-suite.ts'
import { compile } from './compiled.ts'
import { newFolder } from './folders.ts'

const knowsProcesses = existsSync('/proc/self/stat')
let compiled: string
let diskModule: string

beforeAll(() => {
  compiled = mkdtempSync(join(tmpdir(), 'hearsay-compiled-'))
  diskModule = compile('platform/disk.ts', compiled)
})
afterAll(() => rmSync(compiled, { recursive: true, force: true }))

/** Opens a folder when told to, says how that went, and lives on. */
const OPENER = `
  const { openFolder } = await import(process.argv[1])
  process.stdin.once('data', async () => {
    const answer = await openFolder(process.argv[2]).then(() => 'held', (error) => error.code)
    console.log(answer)
  })
  setInterval(() => undefined, 60_000)
  console.log('ready')
`

interface Opener {
  readonly child: ChildProcess
  /** Tells it to open; resolves with `held` or the code of the error. */
  open(): Promise<string>
  kill(): Promise<void>
}

async function startOpener(folder: string): Promise<Opener> {
  const flags = ['--input-type=module', '-e', OPENER, diskModule, folder]
  const child = spawn(process.execPath, flags, { stdio: ['pipe', 'pipe', 'inherit'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  const lines = on(child.stdout, 'data')
  const line = async (): Promise<string> => String((await lines.next()).value[0]).trim()
  expect(await line()).toBe('ready')
  return {
    child,
    open: () => {
      child.stdin.write('open\n')
      return line()
    },
    kill: async () => {
      const gone = once(child, 'exit')
      child.kill('SIGKILL')
      await gone
    },
  }
}

/** A folder whose holder was killed. */
async function staleFolder(): Promise<string> {
  const folder = newFolder()
  const opener = await startOpener(folder)
  expect(await opener.open()).toBe('held')
  await opener.kill()
  expect(existsSync(join(folder, 'LOCK'))).toBe(true)
  return folder
}

describe('folder lock', () => {
  it('refuses a second open in the same process, and lets it in after close', async () => {
    const folder = newFolder()
    const disk = await openFolder(folder)
    await expect(openFolder(folder)).rejects.toMatchObject({
      code: 'ERR_FOLDER_IN_USE',
      message: expect.stringContaining(`pid ${process.pid}`),
    })
    await call((done) => disk.close(done))
    const again = await openFolder(folder)
    await call((done) => again.close(done))
    expect(readdirSync(folder)).toEqual([])
  })

  it('refuses while another process holds it, and takes it over once that was killed', async () => {
    const folder = newFolder()
    const opener = await startOpener(folder)
    expect(await opener.open()).toBe('held')
    await expect(openFolder(folder)).rejects.toMatchObject({
      code: 'ERR_FOLDER_IN_USE',
      message: expect.stringContaining(`pid ${opener.child.pid}`),
    })
    await opener.kill()
    const disk = await openFolder(folder)
    expect(readdirSync(folder)).toEqual(['LOCK'])
    expect(JSON.parse(readFileSync(join(folder, 'LOCK'), 'utf8'))).toMatchObject({ pid: process.pid })
    await call((done) => disk.close(done))
  })

  it('lets exactly one of several take over a dead lock', async () => {
    const folder = await staleFolder()
    const openers = await Promise.all(Array.from({ length: 4 }, () => startOpener(folder)))
    const answers = await Promise.all(openers.map((opener) => opener.open()))
    expect(answers.toSorted()).toEqual(['ERR_FOLDER_IN_USE', 'ERR_FOLDER_IN_USE', 'ERR_FOLDER_IN_USE', 'held'])
    await Promise.all(openers.map((opener) => opener.kill()))
    const disk = await openFolder(folder)
    expect(readdirSync(folder)).toEqual(['LOCK'])
    await call((done) => disk.close(done))
  })

  it.skipIf(!knowsProcesses)(
    'takes over from another boot, from a pid used again, and from a broken record',
    async () => {
      const folder = newFolder()
      const disk = await openFolder(folder)
      const mine = JSON.parse(readFileSync(join(folder, 'LOCK'), 'utf8')) as object
      await call((done) => disk.close(done))
      const stale = [
        JSON.stringify({ ...mine, bootId: 'other' }),
        JSON.stringify({ ...mine, startTime: '1' }),
        '',
        '{"',
      ]
      for (const record of stale) {
        writeFileSync(join(folder, 'LOCK'), record)
        const taken = await openFolder(folder)
        expect(JSON.parse(readFileSync(join(folder, 'LOCK'), 'utf8'))).toMatchObject({ pid: process.pid })
        await call((done) => taken.close(done))
        expect(readdirSync(folder)).toEqual([])
      }
    },
  )

  it.skipIf(!knowsProcesses)('takes over from an heir that died half way, and clears up behind it', async () => {
    const folder = newFolder()
    const dead = (token: string): string =>
      JSON.stringify({ token: token.repeat(32), pid: process.pid, bootId: 'other', startTime: '1' })
    writeFileSync(join(folder, 'LOCK'), dead('a'))
    writeFileSync(join(folder, `LOCK.${'a'.repeat(32)}`), dead('b'))
    writeFileSync(join(folder, `LOCK.new.${'b'.repeat(32)}`), dead('b'))
    writeFileSync(join(folder, `LOCK.${'c'.repeat(32)}`), dead('d'))
    const disk = await openFolder(folder)
    expect(readdirSync(folder)).toEqual(['LOCK'])
    await call((done) => disk.close(done))
  })

  it.skipIf(!knowsProcesses)('leaves the lock to an heir that is still at it', async () => {
    const folder = newFolder()
    const disk = await openFolder(folder)
    const alive = readFileSync(join(folder, 'LOCK'), 'utf8')
    await call((done) => disk.close(done))
    const token = 'a'.repeat(32)
    writeFileSync(join(folder, 'LOCK'), JSON.stringify({ token, pid: 1, bootId: 'other', startTime: '1' }))
    writeFileSync(join(folder, `LOCK.${token}`), alive)
    await expect(openFolder(folder)).rejects.toMatchObject({ code: 'ERR_FOLDER_IN_USE' })
    expect(readdirSync(folder).toSorted()).toEqual(['LOCK', `LOCK.${token}`])
  })
})
