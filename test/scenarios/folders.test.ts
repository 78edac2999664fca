/** Data folders that were lost, set back to an older copy, or copied to a second process: nothing that others have goes. */

import { cp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { connect } from '../../src/client/index.ts'
import { newFolder } from '../platform/folders.ts'
import { freePorts, Served, servedCluster, statuses, until, untilEqual, untilOnDisk } from './served.ts'

const KEYS = 1_000
const PATIENT = ['--join-timeout-ms', '60000']

type Trio = readonly [Served, Served, Served]

async function trio(): Promise<Trio> {
  const nodes = (await servedCluster(3, PATIENT)) as Trio
  await nodes[2].putAll('k', KEYS)
  await untilEqual(nodes, KEYS)
  await Promise.all(nodes.map(untilOnDisk))
  return nodes
}

/** The key and its whole version, as every node has it. */
async function versionsAgree(nodes: readonly Served[], key: string): Promise<void> {
  const entries = await Promise.all(nodes.map((node) => node.client.getEntry(key)))
  for (const entry of entries) expect(entry?.version).toEqual(entries[0]?.version)
}

describe('a node', () => {
  it('whose folder was wiped serves nothing until it has everything, and then all of it', async () => {
    const nodes = await trio()
    const [n1, n2, n3] = nodes
    const former = (await n3.status()).origin
    await n3.end('SIGKILL')
    await rm(n3.dataDir, { recursive: true })
    await Promise.all([n1.refuse('n3'), n2.refuse('n3')])
    const { stdout } = n3.launch()
    const http = n3.url.replace('ws', 'http')
    await until('it says that it is not ready', async () => {
      const answer = await fetch(http).catch(() => undefined)
      return answer?.status === 503 && (await answer.text()).includes('takes over')
    })
    const client = connect(n3.url, { timeout: 500 })
    await expect(client.get('k1')).rejects.toMatchObject({ name: 'HearsayError' })
    await client.close()
    expect(stdout.text).toBe('')
    await Promise.all([n1.refuse(), n2.refuse()])
    await stdout.until(/ws:/)
    expect(await n3.status()).toMatchObject({ keys: KEYS })
    await n3.client.put('after', 1)
    await untilEqual(nodes, KEYS + 1)
    expect((await n3.status()).origin).not.toBe(former)
    await until('all is stable', async () =>
      (await statuses(nodes)).every(({ stalenessMs }) => stalenessMs !== undefined),
    )
  })

  it('whose folder was set back to an older copy begins a new run, and loses nothing that others have', async () => {
    const nodes = await trio()
    const [n1, , n3] = nodes
    await n3.end('SIGTERM')
    const copy = join(newFolder(), 'copy')
    await cp(n3.dataDir, copy, { recursive: true })
    await n3.start()
    const later = await n3.client.put('k1', 'later')
    await n3.putAll('later', 100)
    await untilEqual(nodes, KEYS + 100)
    const lost = (await n3.status()).origin
    await n3.end('SIGKILL')
    await rm(n3.dataDir, { recursive: true })
    await cp(copy, n3.dataDir, { recursive: true })
    await n3.start()
    const again = await n3.client.put('k2', 'again')
    await untilEqual(nodes, KEYS + 100)
    const { origin } = await n3.status()
    expect(origin).not.toBe(lost)
    expect(again).not.toEqual(later)
    expect(await n1.client.get('k1')).toBe('later')
    expect(await n3.client.get('later99')).toBe(99)
    // Of two runs of one number the random letters decide which is the later.
    await until('n3 is known by its present run', async () => (await runOf(n1, 'n3')) === (await n3.status()).origin)
    expect((await n3.status()).origin).not.toBe(lost)
    for (const key of ['k1', 'k2', 'later0']) await versionsAgree(nodes, key)
    await until('all is stable', async () =>
      (await statuses(nodes)).every(({ stalenessMs }) => stalenessMs !== undefined),
    )
  })

  it('of which a copy is started beside it: one of the two stops and says why, and the cluster goes on', async () => {
    const nodes = await trio()
    const [n1, n2, n3] = nodes
    const copy = join(newFolder(), 'copy')
    // Without the lock, as on another machine, where it would be nobody's.
    await cp(n3.dataDir, copy, { recursive: true, filter: (path) => !path.includes('LOCK') })
    const [port = 0] = await freePorts(1)
    const seeds = nodes.map(({ url }) => url)
    const twin = new Served('n3', port, copy, seeds, [])
    const both = [n3.program, twin.launch()]
    const { program, code } = await Promise.race(
      both.map(async (program) => ({ program, code: (await program.ended).code })),
    )
    expect(code).not.toBe(0)
    expect(program.stderr.text).toContain('ERR_NAME_IN_USE')
    expect(program.stderr.text).toContain('another running node is called n3')
    const [kept] = [n3, twin].filter((node) => node.program !== program) as [Served]
    await n1.client.put('from n1', 1)
    await kept.client.put('from n3', 1)
    await untilEqual([n1, n2, kept], KEYS + 2)
    for (const key of ['k1', 'from n1', 'from n3']) await versionsAgree([n1, n2, kept], key)
    await until('all is stable', async () => (await n1.status()).stalenessMs !== undefined)
    expect(kept.program.child.exitCode).toBeNull()
  })

  it('of which a copy is started where neither has the address of the other among its seeds: one of the two stops', async () => {
    const nodes = await trio()
    const [n1, n2, n3] = nodes
    await n3.end('SIGTERM')
    const [port = 0, twinPort = 0] = await freePorts(2)
    const copy = join(newFolder(), 'copy')
    await cp(n3.dataDir, copy, { recursive: true, filter: (path) => !path.includes('LOCK') })
    const both = [
      new Served('n3', port, n3.dataDir, [n1.url], []).launch(),
      new Served('n3', twinPort, copy, [n1.url], []).launch(),
    ]
    const ended = await Promise.race(both.map(async ({ ended, stderr }) => ({ code: (await ended).code, stderr })))
    expect(ended.code).not.toBe(0)
    expect(ended.stderr.text).toContain('ERR_NAME_IN_USE')
    await n1.client.put('from n1', 1)
    await untilEqual([n1, n2], KEYS + 1)
  })
})

async function runOf(node: Served, name: string): Promise<string | undefined> {
  const members = await node.client.admin.members()
  return members.find((member) => member.name === name)?.origin
}
