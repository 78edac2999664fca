/** A node that was away while keys were deleted brings none of them back, and loses nothing that it wrote alone. */

import { describe, expect, it, onTestFinished } from 'vitest'
import { connect } from '../../src/client/index.ts'
import { type Served, servedCluster, statuses, until, untilEqual, untilOnDisk } from './served.ts'

const KEYS = 1_000
const OFFLINE = 100
const QUICK_DEATH = ['--suspect-after-ms', '1500', '--dead-after-ms', '3000']

/** The deleted keys that a client of this node is shown from now on. */
function watchDoomed(node: Served): ReadonlySet<string> {
  const client = connect(node.url)
  onTestFinished(() => client.close())
  const shown = new Set<string>()
  void (async () => {
    for await (const event of client.watch({ prefix: 'doomed' })) if (event.type === 'put') shown.add(event.key)
  })().catch(() => {})
  return shown
}

async function awayWhileDeleting(): Promise<readonly [Served, Served, Served]> {
  const nodes = (await servedCluster(3, QUICK_DEATH)) as readonly [Served, Served, Served]
  const [n1, , n3] = nodes
  await n1.putAll('doomed', KEYS)
  await untilEqual(nodes, KEYS)
  await untilOnDisk(n3)
  await n3.end('SIGKILL')
  await n1.deleteAll('doomed', KEYS)
  return nodes
}

/** n3 starts with nobody to talk to, writes, and is killed again. */
async function writeAlone([n1, n2, n3]: readonly [Served, Served, Served]): Promise<void> {
  await Promise.all([n1.refuse('n3'), n2.refuse('n3')])
  await n3.start()
  await n3.putAll('offline', OFFLINE)
  expect(await n3.status()).toMatchObject({ keys: KEYS + OFFLINE, links: 0 })
  await n3.end('SIGKILL')
}

async function comeBack(nodes: readonly [Served, Served, Served]): Promise<void> {
  const [n1, n2, n3] = nodes
  const watches = [watchDoomed(n1), watchDoomed(n2)]
  await Promise.all([n1.refuse(), n2.refuse()])
  await n3.start()
  const own = watchDoomed(n3)
  await untilEqual(nodes, OFFLINE)
  for (const node of nodes) expect(await node.keys()).toHaveLength(OFFLINE)
  await until('nothing is waited for', async () => (await statuses(nodes)).every(({ tombstones }) => tombstones === 0))
  await untilEqual(nodes, OFFLINE)
  for (const shown of [...watches, own]) expect(shown.size).toBe(0)
}

describe('a node that was away while keys were deleted', () => {
  it('and was forgotten, and wrote alone, brings nothing back and loses nothing', async () => {
    const nodes = await awayWhileDeleting()
    const [n1, n2, n3] = nodes
    await until('n3 is dead', async () => (await n1.status()).members.dead === 1)
    expect(await n1.hearsay('forget', 'n3')).toMatchObject({ code: 0 })
    for (const node of [n1, n2]) {
      await until('the tombstones go', async () => (await node.status()).tombstones === 0)
      expect((await node.status()).tombstonesAwait).toEqual([])
    }
    await writeAlone(nodes)
    await comeBack(nodes)
    expect((await n3.status()).origin).toMatch(/^n3\/[3-9]/)
  })

  it('is waited for, by name, and deletes are forgotten once it is back', async () => {
    const nodes = await awayWhileDeleting()
    const [n1] = nodes
    await until('they wait for n3 alone', async () => (await n1.status()).tombstonesAwait.join() === 'n3')
    expect((await n1.hearsay('status')).stdout).toMatch(/tombstones +1,000, waiting for n3/)
    await writeAlone(nodes)
    expect((await n1.status()).tombstones).toBe(KEYS)
    await comeBack(nodes)
  })
})
