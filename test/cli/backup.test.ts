/** `hearsay backup` and `hearsay restore`: of nodes that run and of folders, and what starts from the files. */

import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { HearsayNode } from '../../src/node/create-node.ts'
import { newFolder } from '../platform/folders.ts'
import { run, startNode } from './command.ts'

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
    await node.close()
    const again = await startNode({ cluster: 'shop', dataDir: await restored(file) })
    expect(again.status()).toMatchObject({ keys: before.keys, fingerprint: before.fingerprint })
    expect(await again.get('key-0')).toBeUndefined()
    expect((await again.getEntry('soon'))?.expiresAt).toBeGreaterThan(Date.now())
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
    expect([used.code, used.stderr]).toEqual([1, expect.stringContaining('ERR_FOLDER_IN_USE')])
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
    while (!a.members().some(({ name }) => name === 'b')) await new Promise((resolve) => setTimeout(resolve, 5))
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
      expect((await run(['restore', copy, folder])).stderr).toContain(code)
      expect(existsSync(folder)).toBe(false)
    }
  })
})
