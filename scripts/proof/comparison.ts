/**
 * What `hearsay diff` and `hearsay sync` cost between two processes that hold many keys: when they are equal, when a
 * few keys differ, when a thousand do. The shipped command is run, and what it prints is what is told.
 */

import { execFile } from 'node:child_process'
import { COMMAND_LINE } from '../cluster/shipped.ts'
import { areEqual, type RealNode, statuses, until, withCluster } from './real-node.ts'

export async function comparison(say: (line: string) => void, count: number): Promise<void> {
  await withCluster(2, { faults: true }, async (nodes) => {
    const [n1, n2] = nodes as readonly [RealNode, RealNode]
    await n1.ask('change', 'put', 'k', 0, count)
    await until('both have the keys', 60_000, async () => (await statuses(nodes)).every(({ keys }) => keys === count))
    await tell(say, 'equal', n1, n2)
    await Promise.all([n1.refuse(['n2']), n2.refuse(['n1'])])
    await until('they are cut apart', 10_000, async () => (await statuses(nodes)).every(({ links }) => links === 0))
    await n1.ask('change', 'put', 'k', 0, 20)
    await n2.ask('change', 'put', 'k', 10, 20)
    await n2.ask('change', 'del', 'k', 40, 5)
    await tell(say, '35 keys differ', n1, n2)
    await n1.ask('change', 'put', 'more', 0, 1_000)
    await tell(say, '1,035 keys differ', n1, n2)
    await Promise.all([n1.refuse([]), n2.refuse([])])
    await until('they are equal', 60_000, () => areEqual(nodes))
    await tell(say, 'healed', n1, n2)
    for (const node of nodes) say(`conflicts at ${node.name}: ${(await node.status()).conflicts}`)
    const conflicts = await hearsay(['conflicts', '--url', n1.url, '--json', '--limit', '1'])
    say(`hearsay conflicts at n1: ${conflicts.stdout.trim()}`)
  })
}

async function tell(say: (line: string) => void, what: string, n1: RealNode, n2: RealNode): Promise<void> {
  const began = performance.now()
  const compared = await hearsay(['diff', n1.url, n2.url, '--json', '--limit', '0'])
  const ms = Math.round(performance.now() - began)
  say(`${what}: hearsay diff ${compared.stdout.trim()} exit ${compared.code}, ${ms} ms`)
  if ((await n1.status()).links === 0) return
  const synced = await hearsay(['sync', 'n2', '--url', n1.url, '--json'])
  say(`${what}: hearsay sync ${synced.stdout.trim()}${synced.stderr.trim()} exit ${synced.code}`)
}

function hearsay(argv: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [COMMAND_LINE, ...argv], { maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      const { code = 0 } = (error ?? {}) as { code?: number }
      resolve({ code, stdout, stderr })
    })
  })
}
