/** `hearsay backup` and `hearsay restore`: of nodes that run and of folders, and what starts from the files. */

import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { restoreFolder } from '../../src/node/backup-tools.ts'
import type { HearsayNode } from '../../src/node/create-node.ts'
import { openFolder } from '../../src/platform/disk.ts'
import { newFolder } from '../platform/folders.ts'
import { run, spawnHearsay, startNode } from './command.ts'

const KEYS = 500

async function filled(options: Parameters<typeof startNode>[0] = {}): Promise<HearsayNode<unknown>> {
  const node = await startNode({ cluster: 'shop', ...options })
  for (let i = 0; i < KEYS; i += 100) {
    await node.batch(
      Array.from({ length: 100 }, (_, n) => ({ type: 'put' as const, key: `key-${i + n}`, value: i + n })),
    )
  }
  await node.put('soon', 'gone', { ttl: 3_600_000 })
  await node.delete('key-0')
  return node
}

async function restored(file: string, ...flags: readonly string[]): Promise<string> {
  const folder = join(newFolder(), 'restored')
  const { code, stderr } = await run(['restore', file, folder, ...flags])
  expect([code, stderr]).toEqual([0, ''])
  return folder
}

describe('hearsay backup', () => {
  it('of a running node is what it holds, and a node starts from it', async () => {
    const node = await filled()
    const file = join(newFolder(), 'a.backup')
    const { code, stdout } = await run(['backup', node.url, file])
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^backed up ws:.* to .*a\.backup: [\d,]+ bytes\n$/)])
    expect(await run(['log', 'verify', file])).toMatchObject({ code: 0, stdout: expect.stringMatching(/^whole: /) })
    const before = node.status()
    const expiresAt = (await node.getEntry('soon'))?.expiresAt
    expect(expiresAt).toBeGreaterThan(0)
    await node.close()
    const again = await startNode({ cluster: 'shop', dataDir: await restored(file) })
    expect(again.status()).toMatchObject({ keys: before.keys, fingerprint: before.fingerprint })
    expect(await again.get('key-0')).toBeUndefined()
    expect((await again.getEntry('soon'))?.expiresAt).toBe(expiresAt)
    await again.put('more', 1)
  })

  it('has every write that was acknowledged before it, while others go on', async () => {
    const node = await filled()
    let isOver = false
    let written = 0
    const writing = (async () => {
      for (; !isOver; written++) await node.put(`late-${written % 50}`, written)
    })()
    const file = join(newFolder(), 'a.backup')
    for (let round = 0; round < 5; round++) {
      const sure = await node.put('sure', round)
      expect((await run(['backup', node.url, file, '--force'])).code).toBe(0)
      const copy = await startNode({ cluster: 'shop', dataDir: await restored(file) })
      expect((await copy.getEntry('sure'))?.version).toEqual(sure)
      expect(copy.status().keys).toBeGreaterThanOrEqual(KEYS)
      await copy.close()
    }
    isOver = true
    await writing
    expect(written).toBeGreaterThan(0)
  })

  it('of a folder is the same, and needs a node that is stopped', async () => {
    const dataDir = join(newFolder(), 'data')
    const node = await filled({ dataDir, segmentBytesMax: 4_096 })
    const file = join(newFolder(), 'a.backup')
    const used = await run(['backup', dataDir, file])
    expect([used.code, used.stderr]).toEqual([
      1,
      expect.stringMatching(/ERR_FOLDER_IN_USE: .*\n {2}hint: .*`hearsay backup ws:/),
    ])
    expect(existsSync(file)).toBe(false)
    const { fingerprint } = node.status()
    await node.close()
    const names = readdirSync(dataDir)
    expect(await run(['backup', dataDir, file, '--json'])).toMatchObject({ code: 0 })
    expect(readdirSync(dataDir)).toEqual(names)
    const again = await startNode({ cluster: 'shop', dataDir: await restored(file) })
    expect(again.status().fingerprint).toBe(fingerprint)
  })

  it('of a backup that was restored and not started is one again', async () => {
    const node = await filled()
    const file = join(newFolder(), 'a.backup')
    await run(['backup', node.url, file])
    const second = join(newFolder(), 'b.backup')
    expect(await run(['backup', await restored(file), second])).toMatchObject({ code: 0 })
    const again = await startNode({
      name: 'b',
      cluster: 'other',
      dataDir: await restored(second, '--name', 'b', '--cluster', 'other'),
    })
    expect(again.status()).toMatchObject({ keys: node.status().keys })
  })

  it('keeps a file that is there, unless it is told otherwise, and leaves no part behind', async () => {
    const node = await filled()
    const folder = newFolder()
    const file = join(folder, 'a.backup')
    writeFileSync(file, 'mine')
    expect(await run(['backup', node.url, file])).toMatchObject({ code: 2, stderr: expect.stringContaining('--force') })
    expect(readFileSync(file, 'utf8')).toBe('mine')
    const nowhere = await run(['backup', 'ws://127.0.0.1:1', join(folder, 'b.backup'), '--timeout', '500'])
    expect(nowhere.code).toBe(3)
    expect(await run(['backup', '127.0.0.1:7070', join(folder, 'b.backup')])).toMatchObject({ code: 2 })
    expect(readdirSync(folder)).toEqual(['a.backup'])
    expect(await run(['backup', node.url, file, '--force'])).toMatchObject({ code: 0 })
  })

  it('goes to standard output, as it is, and its words to standard error', async () => {
    const dataDir = join(newFolder(), 'data')
    await (await filled({ dataDir })).close()
    const program = spawnHearsay(['backup', dataDir, '-'])
    expect(await program.ended).toEqual({ code: 0, signal: null })
    expect(program.stderr.text).toMatch(/^backed up .* to standard output: [\d,]+ bytes\n$/)
    const file = join(newFolder(), 'a.backup')
    writeFileSync(file, Buffer.concat(program.stdout.chunks))
    const again = await startNode({ cluster: 'shop', dataDir: await restored(file) })
    expect(again.status().keys).toBe(KEYS)
  })

  it('fails when whoever reads it has gone, and does not go to a terminal', async () => {
    const node = await filled()
    const outputFails = Object.assign(new Error('write EPIPE'), { code: 'EPIPE' })
    expect(await run(['backup', node.url, '-'], { outputFails })).toMatchObject({
      code: 1,
      stderr: 'hearsay: cannot write: write EPIPE\n',
    })
    const shown = await run(['backup', node.url, '-'], { terminal: true })
    expect([shown.code, shown.stdout]).toEqual([2, ''])
  })

  it.skipIf(process.platform === 'win32')('is for its owner alone, whatever lay in its place', async () => {
    const node = await filled()
    const file = join(newFolder(), 'a.backup')
    for (const name of [file, `${file}.part`]) writeFileSync(name, '', { mode: 0o644 })
    expect(await run(['backup', node.url, file, '--force'])).toMatchObject({ code: 0 })
    expect(statSync(file).mode & 0o777).toBe(0o600)
  })

  it('says which file cannot be written, and what is not there', async () => {
    const node = await filled()
    const folder = newFolder()
    const { code, stderr } = await run(['backup', node.url, join(folder, 'no', 'x')])
    expect([code, stderr]).toEqual([
      2,
      `hearsay: ERR_INVALID_ARGUMENT: cannot write to ${join(folder, 'no', 'x')}: ENOENT: no such file or directory\n`,
    ])
    expect((await run(['restore', join(folder, 'no'), join(folder, 'x')])).stderr).toBe(
      `hearsay: ERR_INVALID_ARGUMENT: there is nothing at ${join(folder, 'no')}\n`,
    )
  })

  it('tells how far it is on a terminal', async () => {
    const dataDir = join(newFolder(), 'data')
    await (await filled({ dataDir })).close()
    const file = join(newFolder(), 'a.backup')
    const made = await run(['backup', dataDir, file], { terminal: true })
    const back = await run(['restore', file, join(newFolder(), 'x')], { terminal: true })
    const seen = await run(['log', 'verify', dataDir], { terminal: true })
    for (const { code, stderr } of [made, back, seen]) {
      expect([code, stderr]).toEqual([0, expect.stringMatching(/read \d+ % of [\d,]+ bytes/)])
    }
  })

  it('of a damaged log is refused', async () => {
    const dataDir = join(newFolder(), 'data')
    await (await filled({ dataDir })).close()
    const bytes = readFileSync(join(dataDir, '00000001.log'))
    bytes[300] = (bytes[300] ?? 0) ^ 1
    writeFileSync(join(dataDir, '00000001.log'), bytes)
    const { code, stderr } = await run(['backup', dataDir, join(newFolder(), 'x')])
    expect([code, stderr]).toEqual([1, expect.stringContaining('ERR_LOG_DAMAGED')])
  })
})

describe('hearsay restore', () => {
  async function backupFile(): Promise<string> {
    const node = await filled()
    const file = join(newFolder(), 'a.backup')
    await run(['backup', node.url, file])
    await node.close()
    return file
  }

  it('makes a folder of its own, and touches no other', async () => {
    const file = await backupFile()
    const folder = newFolder()
    writeFileSync(join(folder, 'mine'), '')
    expect(await run(['restore', file, folder])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('not empty'),
    })
    expect(readdirSync(folder)).toEqual(['mine'])
    const told = await run(['restore', file, join(folder, 'a', 'b')])
    expect(told.stdout).toMatch(/^restored node a of cluster shop to .*: \d+ records, [\d,]+ bytes\n$/)
    expect(await run(['log', 'verify', join(folder, 'a', 'b')])).toMatchObject({ code: 0 })
  })

  it('leaves nothing behind when it is stopped, and can be done again', async () => {
    const file = await backupFile()
    const top = newFolder()
    const folder = join(top, 'a', 'b')
    expect(await run(['restore', file, folder], { stopped: 'SIGINT' })).toEqual({ code: 130, stdout: '', stderr: '' })
    const stopping = new AbortController()
    // The file is read twice; the second time it is copied.
    const onProgress = (bytes: number, bytesAll: number): void => {
      if (bytes > bytesAll / 2) stopping.abort()
    }
    await expect(restoreFolder(file, folder, { signal: stopping.signal, onProgress })).rejects.toThrow()
    expect(stopping.signal.aborted).toBe(true)
    expect(readdirSync(top)).toEqual([])
    mkdirSync(folder, { recursive: true })
    expect(await run(['restore', file, folder], { stopped: 'SIGTERM' })).toMatchObject({ code: 143 })
    expect(readdirSync(folder)).toEqual([])
    expect(await run(['restore', file, folder])).toMatchObject({ code: 0 })
    expect(readdirSync(folder)).toEqual(['00000001.checkpoint'])
  })

  it('takes a folder that holds only what a killed one left, and none that is in use', async () => {
    const file = await backupFile()
    const folder = newFolder()
    const dead = { token: '0'.repeat(32), pid: 2 ** 30, bootId: '', startTime: '' }
    writeFileSync(join(folder, 'LOCK'), JSON.stringify(dead))
    writeFileSync(join(folder, 'checkpoint.tmp'), Buffer.alloc(readFileSync(file).length + 1_000, 1))
    expect(await run(['restore', file, folder])).toMatchObject({ code: 0, stderr: '' })
    expect(readdirSync(folder)).toEqual(['00000001.checkpoint'])
    expect(await run(['log', 'verify', folder])).toMatchObject({ code: 0 })
    const used = newFolder()
    const disk = await openFolder(used)
    const { code, stderr } = await run(['restore', file, used])
    expect([code, stderr]).toEqual([1, expect.stringMatching(/^hearsay: ERR_FOLDER_IN_USE: .*\n$/)])
    expect(readdirSync(used)).toEqual(['LOCK'])
    await new Promise<void>((resolve) => disk.close(() => resolve()))
    writeFileSync(join(used, 'file'), '')
    expect((await run(['restore', file, join(used, 'file')])).stderr).toMatch(
      /ERR_INVALID_ARGUMENT: .*file is not a folder\n$/,
    )
  })

  it('with another name makes another node, with runs of its own', async () => {
    const file = await backupFile()
    const folder = join(newFolder(), 'x')
    const { stdout } = await run(['restore', file, folder, '--name', 'b'])
    expect(stdout).toContain('another node than a, whose backup it is')
    await expect(startNode({ name: 'a', cluster: 'shop', dataDir: folder })).rejects.toMatchObject({
      code: 'ERR_LOG_FOREIGN',
    })
    const node = await startNode({ name: 'b', cluster: 'shop', dataDir: folder })
    expect(node.status().origin).toMatch(/^b\/1\//)
    expect(node.status().keys).toBe(KEYS)
    await node.put('key-1', 'newer')
    expect(await node.get('key-1')).toBe('newer')
  })

  it('refuses the name of another member, and names that are none', async () => {
    const a = await startNode({ name: 'a' })
    const b = await startNode({ name: 'b', seeds: [a.url] })
    await b.put('k', 1)
    await expect.poll(() => a.members().map(({ name }) => name)).toContain('b')
    const file = join(newFolder(), 'a.backup')
    await run(['backup', a.url, file])
    for (const name of ['b', 'no name']) {
      const folder = join(newFolder(), 'x')
      expect(await run(['restore', file, folder, '--name', name])).toMatchObject({ code: 2 })
      expect(existsSync(folder) ? readdirSync(folder) : []).toEqual([])
    }
  })

  it('refuses a file that is damaged, cut short, or no backup', async () => {
    const file = await backupFile()
    const bytes = readFileSync(file)
    const copy = join(newFolder(), 'x.backup')
    const folder = join(newFolder(), 'x')
    const turned = Buffer.from(bytes)
    turned[1_000] = (turned[1_000] ?? 0) ^ 1
    for (const [made, code] of [
      [turned, 'ERR_LOG_DAMAGED'],
      [bytes.subarray(0, bytes.length - 40), 'ERR_LOG_DAMAGED'],
      [bytes.subarray(0, 2_000), 'ERR_LOG_DAMAGED'],
      [Buffer.from('{"key":1}\n'), 'ERR_LOG_FOREIGN'],
    ] as const) {
      writeFileSync(copy, made)
      // One line: repairing is for folders.
      expect((await run(['restore', copy, folder])).stderr).toMatch(
        new RegExp(`^hearsay: ${code}: ${copy} at offset .*\\n$`),
      )
      expect(existsSync(folder)).toBe(false)
    }
  })
})
