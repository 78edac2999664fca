/** Two nodes that were cut apart and wrote the same keys: what was lost is listed on both, and comparing costs little. */

import { describe, expect, it } from 'vitest'
import type { ConflictReport } from '../../src/client/index.ts'
import { hearsay, type Served, servedCluster, statuses, until, untilEqual } from './served.ts'

const KEYS = 2_000

async function conflictsOf(node: Served): Promise<readonly ConflictReport[]> {
  const { code, stdout } = await node.hearsay('conflicts', '--json')
  expect(code).toBe(0)
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as ConflictReport)
}

describe('two nodes that were cut apart', () => {
  it('list on both the update that was lost, with both versions', async () => {
    const nodes = (await servedCluster(2, ['--conflict-values'])) as readonly [Served, Served]
    const [n1, n2] = nodes
    await n1.putAll('k', KEYS)
    await untilEqual(nodes, KEYS)
    const equal = await hearsay('diff', n1.url, n2.url, '--json')
    expect(equal.code).toBe(0)
    expect(JSON.parse(equal.stdout)).toMatchObject({ differences: 0, compared: KEYS })
    expect(JSON.parse(equal.stdout).bytes).toBeLessThan(4_000)

    await Promise.all([n1.refuse('n2'), n2.refuse('n1')])
    await until('they are apart', async () => (await statuses(nodes)).every(({ links }) => links === 0))
    const lost = await n1.client.put('k7', 'from n1')
    const begunMs = Date.now()
    await until('a later millisecond', () => Date.now() > begunMs + 1)
    const kept = await n2.client.put('k7', 'from n2')
    await n2.client.put('k8', 'only n2')
    const differing = await hearsay('diff', n1.url, n2.url)
    expect(differing.code).toBe(1)
    expect(differing.stdout).toContain('newer in B  k7\n')
    expect(differing.stdout).toContain('newer in B  k8\n')
    expect(differing.stdout).toContain(`2 differences in`)

    await Promise.all(nodes.map((node) => node.refuse()))
    await untilEqual(nodes, KEYS)
    for (const node of nodes) {
      expect(await node.client.get('k7')).toBe('from n2')
      await until(`${node.name} has found it`, async () => (await node.status()).conflicts > 0)
      const found = await conflictsOf(node)
      expect(found).toHaveLength(1)
      expect(found[0]).toMatchObject({
        key: 'k7',
        lost: { node: 'n1', ...lost },
        kept: { node: 'n2', ...kept },
      })
      expect(Buffer.from(found[0]?.lost.value ?? '', 'base64').toString()).toBe('"from n1"')
      const { stdout } = await node.hearsay('conflicts')
      expect(stdout).toMatch(/k7 +"from n1" +n1 +"from n2" +n2/)
    }
    const synced = await n1.hearsay('sync', 'n2', '--json')
    expect(JSON.parse(synced.stdout)).toMatchObject({ peer: 'n2', differed: 0, taken: 0, removed: 0 })
    expect(JSON.parse(synced.stdout).bytes).toBeLessThan(2_000)
  })
})
