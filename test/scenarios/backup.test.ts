/**
 * A node that is brought back from a backup: what was deleted and collected since stays deleted, what it alone had written
 * is given to all, and a backup is taken while the node is written to. Real processes, real folders.
 */

import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { newFolder } from '../platform/folders.ts'
import { hearsay, type Served, servedCluster, statuses, until, untilEqual, untilOnDisk } from './served.ts'

const KEYS = 1_000
const OWN = 50
const QUICK_DEATH = ['--suspect-after-ms', '1500', '--dead-after-ms', '3000']

type Trio = readonly [Served, Served, Served]

async function trio(): Promise<Trio> {
  const nodes = (await servedCluster(3, QUICK_DEATH)) as Trio
  await nodes[0].putAll('doomed', KEYS)
  await nodes[0].putAll('kept', KEYS)
  await untilEqual(nodes, 2 * KEYS)
  await Promise.all(nodes.map(untilOnDisk))
  return nodes
}

/** n3 is cut off, and writes what nobody else has. */
async function writeAlone([n1, n2, n3]: Trio): Promise<void> {
  await Promise.all([n1.refuse('n3'), n2.refuse('n3'), n3.refuse('n1', 'n2')])
  await until('n3 is alone', async () => (await n3.status()).links === 0)
  await n3.putAll('own', OWN)
}

async function restoreAndStart(node: Served, file: string): Promise<void> {
  await rm(node.dataDir, { recursive: true })
  expect(await hearsay('restore', file, node.dataDir)).toMatchObject({ code: 0 })
  expect(await hearsay('log', 'verify', node.dataDir)).toMatchObject({ code: 0 })
  await node.start()
}

/** Only what should be there is there, on all, for good. */
async function comeTogether(nodes: Trio): Promise<void> {
  const [n1, n2, n3] = nodes
  await Promise.all([n1.refuse(), n2.refuse(), n3.refuse()])
  await untilEqual(nodes, KEYS + OWN)
  await until('nothing is waited for', async () => (await statuses(nodes)).every(({ tombstones }) => tombstones === 0))
  await untilEqual(nodes, KEYS + OWN)
  for (const node of nodes) {
    expect(await node.keys('doomed')).toEqual([])
    expect(await node.keys('own')).toHaveLength(OWN)
    expect(await node.keys('kept')).toHaveLength(KEYS)
  }
}

describe('a node that is brought back from a backup', () => {
  it('taken while it ran alone, after its deletes were collected, brings nothing back and loses nothing', async () => {
    const nodes = await trio()
    const [n1, n2, n3] = nodes
    await writeAlone(nodes)
    const file = join(newFolder(), 'n3.backup')
    expect(await hearsay('backup', n3.url, file)).toMatchObject({ code: 0 })
    await n3.end('SIGKILL')
    await n1.deleteAll('doomed', KEYS)
    await until('n3 is dead', async () => (await n1.status()).members.dead === 1)
    expect(await n1.hearsay('forget', 'n3')).toMatchObject({ code: 0 })
    for (const node of [n1, n2])
      await until('the tombstones go', async () => {
        const { tombstones, keys } = await node.status()
        return tombstones === 0 && keys === KEYS
      })
    await restoreAndStart(n3, file)
    await comeTogether(nodes)
    expect((await n3.status()).origin).toMatch(/^n3\/[2-9]/)
  })

  it('of its folder, while the others wait for it, too', async () => {
    const nodes = await trio()
    const [n1, , n3] = nodes
    await writeAlone(nodes)
    await untilOnDisk(n3)
    await n3.end('SIGKILL')
    const file = join(newFolder(), 'n3.backup')
    expect(await hearsay('backup', n3.dataDir, file)).toMatchObject({ code: 0 })
    await n1.deleteAll('doomed', KEYS)
    await restoreAndStart(n3, file)
    await comeTogether(nodes)
  })
})
