/** `hearsay log` on folders that nodes wrote: what it tells, what it finds, and that a node starts from what it leaves. */

import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createNode } from '../../src/node/create-node.ts'
import { newFolder } from '../platform/folders.ts'
import { run, startNode } from './command.ts'

/** A folder in which a node named `a` wrote so many keys, one after the other, and has stopped. */
async function writtenFolder(keys: number): Promise<string> {
  const dataDir = join(newFolder(), 'data')
  const node = await createNode({
    name: 'a',
    cluster: 'shop',
    dataDir,
    segmentBytesMax: 4_096,
    listen: '127.0.0.1:0',
    logLevel: 'silent',
  })
  for (let i = 0; i < keys; i++) await node.put(`key-${i}`, `value-${i}`.padEnd(48))
  await node.close()
  return dataDir
}

function segmentsIn(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => /^\d{8}\.log$/.test(name))
    .sort()
}

/** Turns one bit round, and says where. */
function harm(folder: string, name: string, at: number): void {
  const bytes = readFileSync(join(folder, name))
  bytes[at] = (bytes[at] ?? 0) ^ 1
  writeFileSync(join(folder, name), bytes)
}

describe('hearsay log inspect', () => {
  it('tells whose log it is, what is in it, and how much of that is live', async () => {
    const folder = await writtenFolder(50)
    const { code, stdout } = await run(['log', 'inspect', folder])
    expect(code).toBe(0)
    expect(stdout).toMatch(/^owner +node a of cluster shop$/m)
    expect(stdout).toMatch(/^first version +\d{4}-\d\d-\d\d [\d:.]+ UTC by a\/1\//m)
    expect(stdout).toMatch(/^torn tail +none$/m)
    expect(stdout).toMatch(/^00000001\.log +[\d,]+ +\d+$/m)
    expect(stdout).toMatch(/^write +50$/m)
  })

  it('counts as live what a checkpoint would take', async () => {
    const folder = await writtenFolder(300)
    const found = JSON.parse((await run(['log', 'inspect', folder, '--json'])).stdout)
    expect(found).toMatchObject({ cluster: 'shop', name: 'a', damageCount: 0, kinds: { write: 300, origin: 1 } })
    expect(found.liveBytes).toBeGreaterThan(300 * 'key-100value-100'.length)
    expect(found.liveBytes + found.deadBytes).toBe(found.bytes)
    expect(found.first.time).toBeLessThan(found.last.time)
  })

  it('reads while a node writes there, and changes nothing', async () => {
    const dataDir = join(newFolder(), 'data')
    const node = await startNode({ dataDir, cluster: 'shop' })
    await node.put('k', 'v')
    const before = readdirSync(dataDir)
    for (const what of ['inspect', 'verify']) expect(await run(['log', what, dataDir])).toMatchObject({ code: 0 })
    expect(readdirSync(dataDir)).toEqual(before)
  })
})

describe('hearsay log verify', () => {
  it('says of a whole log so, in one line', async () => {
    const folder = await writtenFolder(20)
    const { code, stdout } = await run(['log', 'verify', folder])
    expect([code, stdout.split('\n').length]).toEqual([0, 2])
    expect(stdout).toMatch(/^whole: \d+ records in 1 segment, [\d,]+ bytes$/m)
  })

  it('does not take a write that a crash cut short for damage', async () => {
    const folder = await writtenFolder(20)
    const bytes = readFileSync(join(folder, '00000001.log'))
    writeFileSync(join(folder, '00000001.log'), bytes.subarray(0, bytes.length - 3))
    const { code, stdout } = await run(['log', 'verify', folder])
    expect(code).toBe(0)
    expect(stdout).toMatch(/whole: .*; a write that was cut short ends it, \d+ bytes in 00000001\.log at offset \d+/)
  })

  it('names a file that the next start removes', async () => {
    const folder = await writtenFolder(20)
    writeFileSync(join(folder, '00000002.log'), '')
    const { code, stdout } = await run(['log', 'verify', folder])
    expect([code, stdout]).toEqual([
      0,
      expect.stringMatching(/^whole: .*; 00000002\.log, 0 bytes, is not used: the next start removes it\n$/),
    ])
  })

  it('lists what was set aside, and what of that may be deleted', async () => {
    const folder = await writtenFolder(20)
    writeFileSync(join(folder, 'set-aside-00000002.log-90'), 'x'.repeat(1_234))
    writeFileSync(join(folder, 'salvaged-00000002.log-90'), 'x')
    const { code, stdout } = await run(['log', 'verify', folder])
    expect([code, stdout.split('\n').slice(1)]).toEqual([
      0,
      [
        'salvaged-00000002.log-90, 1 byte: taken back, may be deleted',
        'set-aside-00000002.log-90, 1,234 bytes: waits to be taken back',
        '',
      ],
    ])
    for (const what of ['verify', 'inspect']) {
      expect(JSON.parse((await run(['log', what, folder, '--json'])).stdout).aside).toEqual([
        { name: 'salvaged-00000002.log-90', bytes: 1, takenBack: true },
        { name: 'set-aside-00000002.log-90', bytes: 1_234, takenBack: false },
      ])
    }
    expect((await run(['log', 'inspect', folder])).stdout).toMatch(/^set-aside-\S+ +1,234 +waits to be taken back$/m)
  })

  it('names each damaged stretch, and ends with 1', async () => {
    const folder = await writtenFolder(200)
    expect(segmentsIn(folder).length).toBeGreaterThan(2)
    harm(folder, '00000001.log', 500)
    harm(folder, '00000002.log', 700)
    const { code, stdout } = await run(['log', 'verify', folder])
    expect(code).toBe(1)
    expect(stdout).toMatch(/^00000001\.log at offset \d+, \d+ bytes: not a record\n00000002\.log at offset \d+, .*\n$/)
    const found = JSON.parse((await run(['log', 'verify', folder, '--json'])).stdout)
    expect(found).toMatchObject({ whole: false, damageCount: 2, damage: [{ file: '00000001.log' }, {}] })
  })

  it('says what is no log', async () => {
    const folder = mkdtempSync(join(newFolder(), 'x'))
    expect(await run(['log', 'verify', folder])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('holds no log'),
    })
    expect(await run(['log', 'verify', join(folder, 'no')])).toMatchObject({ code: 2 })
    expect(await run(['log', 'check', folder])).toMatchObject({ code: 2, stderr: expect.stringContaining('ERR_USAGE') })
  })
})

describe('hearsay log repair', () => {
  it('sets aside what is damaged, deletes nothing, and a node starts from what is left', async () => {
    const folder = await writtenFolder(200)
    const before = segmentsIn(folder).reduce((sum, name) => sum + readFileSync(join(folder, name)).length, 0)
    harm(folder, '00000002.log', 900)
    const { code, stdout } = await run(['log', 'repair', folder])
    expect(code).toBe(0)
    expect(stdout).toMatch(
      /^set aside 00000002\.log from offset \d+ on as set-aside-00000002\.log-\d+: .* valid records? in/m,
    )
    expect(stdout).toMatch(/^set aside 00000003\.log as set-aside-00000003\.log-0: /m)
    expect(await run(['log', 'verify', folder])).toMatchObject({ code: 0 })
    const after = readdirSync(folder).filter((name) => name.includes('.log'))
    expect(after.reduce((sum, name) => sum + readFileSync(join(folder, name)).length, 0)).toBe(before)
    const node = await startNode({ dataDir: folder, cluster: 'shop' })
    // It has nobody to ask: what lies whole behind the damage is taken back in, and only what was damaged is lost.
    await expect.poll(() => node.status().keys).toBe(199)
    expect(await node.get('key-199')).toBe('value-199'.padEnd(48))
  })

  it('does nothing to a whole log', async () => {
    const folder = await writtenFolder(20)
    const before = readdirSync(folder)
    expect(await run(['log', 'repair', folder])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^nothing to repair/),
    })
    expect(readdirSync(folder)).toEqual(before)
  })

  it('leaves a folder alone that a node uses', async () => {
    const dataDir = join(newFolder(), 'data')
    await startNode({ dataDir })
    const { code, stderr } = await run(['log', 'repair', dataDir])
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/ERR_FOLDER_IN_USE: .*\n {2}hint: stop the node that uses it/),
    ])
  })

  it('leaves alone what is not a log of hearsay', async () => {
    const folder = newFolder()
    writeFileSync(join(folder, '00000001.log'), 'GET / HTTP/1.1\n'.repeat(100))
    const { code, stderr } = await run(['log', 'repair', folder])
    expect([code, stderr]).toEqual([1, expect.stringContaining('ERR_LOG_FOREIGN')])
    expect(readdirSync(folder)).toEqual(['00000001.log'])
  })
})
