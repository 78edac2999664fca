/** A node whose clock is ten years ahead harms nobody, and goes on once its clock is right and it was told so. */

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, it } from 'vitest'
import { newFolder } from '../platform/folders.ts'
import { type Served, servedCluster, statuses, until, untilEqual } from './served.ts'

const TEN_YEARS_MS = 10 * 365 * 86_400_000
/** Each SIGUSR2 sets the clock of the process ten years ahead, or right again. */
const SHIFTED = `
const real = Date.now
let aheadMs = 0
Date.now = () => real() + aheadMs
process.on('SIGUSR2', () => { aheadMs = aheadMs === 0 ? ${TEN_YEARS_MS} : 0 })
`

function shiftable(): Record<string, string> {
  const file = join(newFolder(), 'shifted.mjs')
  writeFileSync(file, SHIFTED)
  return { NODE_OPTIONS: `--import=${pathToFileURL(file).href}` }
}

/** The milliseconds of a stamp, Unix. */
const unixMs = ({ time }: { readonly time: number }): number => Math.floor(time / 4096) + 1_577_836_800_000

async function offBy(node: Served, name: string): Promise<number> {
  const member = (await node.client.admin.members()).find((each) => each.name === name)
  return member?.offsetMs ?? 0
}

/** n3 wrote alone while its clock was ten years ahead, and is back among the others with that clock. */
async function farAhead(): Promise<readonly [Served, Served, Served]> {
  const nodes = (await servedCluster(3, [], shiftable())) as readonly [Served, Served, Served]
  const [n1, n2, n3] = nodes
  await n1.client.put('x', 'before')
  await untilEqual(nodes, 1)
  await Promise.all([n1.refuse('n3'), n2.refuse('n3'), n3.refuse('n1', 'n2')])
  await until('n3 is alone', async () => (await n3.status()).links === 0)
  n3.program.child.kill('SIGUSR2')
  await until(
    'the clock has jumped',
    async () => unixMs(await n3.client.put('x', 'far')) > Date.now() + TEN_YEARS_MS / 2,
  )
  await Promise.all(nodes.map((node) => node.refuse()))
  await until('it is told apart', async () => (await statuses([n1, n2])).every(({ parked }) => parked === 1))
  return nodes
}

/** The others took nothing of that day on, and n3 takes no writes. */
async function harmsNobody([n1, n2, n3]: readonly [Served, Served, Served]): Promise<void> {
  for (const node of [n1, n2]) {
    expect(await node.client.get('x')).toBe('before')
    expect((await node.status()).clock).toBe('ok')
    expect(unixMs(await node.client.put(`by ${node.name}`, 1))).toBeLessThan(Date.now() + 60_001)
  }
  await until('n3 knows', async () => (await n3.status()).clock === 'ahead')
  await expect(n3.client.put('y', 1)).rejects.toMatchObject({ code: 'ERR_CLOCK_SKEW' })
  const told = await n3.hearsay('put', 'y', '1')
  expect(told.code).not.toBe(0)
  expect(told.stderr).toContain('ERR_CLOCK_SKEW')
  expect(told.stderr).toContain('NTP')
}

async function goesOn(nodes: readonly [Served, Served, Served]): Promise<void> {
  const [n1, , n3] = nodes
  expect(await n3.hearsay('clock', 'reset')).toMatchObject({ code: 0, stdout: 'reset the clock of n3\n' })
  await until('n3 takes writes', async () => {
    const version = await n3.client.put('z', 1).catch(() => undefined)
    if (version !== undefined) expect(unixMs(version)).toBeLessThan(Date.now() + 60_001)
    return version !== undefined
  })
  await n1.client.put('x', 'after')
  await untilEqual(nodes, 4)
  for (const node of nodes) expect(await node.client.get('x')).toBe('after')
  for (const { parked, clock } of await statuses(nodes)) expect({ parked, clock }).toEqual({ parked: 1, clock: 'ok' })
}

describe('a node whose clock is ten years ahead', () => {
  it('is told apart, and goes on after its clock was set right while it ran', async () => {
    const nodes = await farAhead()
    const [n1, , n3] = nodes
    await until('n1 sees it', async () => (await offBy(n1, 'n3')) > TEN_YEARS_MS / 2)
    await harmsNobody(nodes)
    n3.program.child.kill('SIGUSR2')
    await until('n1 sees it', async () => Math.abs(await offBy(n1, 'n3')) < 60_000)
    // What it has stamped stays stamped: a right clock alone is no way out.
    await harmsNobody(nodes)
    await goesOn(nodes)
  })

  it('goes on after a start with a right clock too', async () => {
    const nodes = await farAhead()
    const [, , n3] = nodes
    await n3.end('SIGKILL')
    await n3.start()
    await harmsNobody(nodes)
    await goesOn(nodes)
  })
})
