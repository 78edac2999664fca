/**
 * How long deletes are remembered in a healthy cluster of five processes, and what a million of them leave behind.
 */

import { areEqual, type RealNode, statuses, until, withCluster } from './real-node.ts'

const NODES = 5
const MB = 1024 * 1024

/** Ages of tombstones when they went: `count` deletes, spread over ten seconds. */
export async function ages(say: (line: string) => void, count: number): Promise<void> {
  await withCluster(NODES, {}, async (nodes) => {
    const [first] = nodes
    if (first === undefined) return
    await first.ask('change', 'put', 'k', 0, count)
    await until('all have the keys', 30_000, async () => (await statuses(nodes)).every(({ keys }) => keys === count))
    await Promise.all(nodes.map((node) => node.ask('look')))
    const deletedMs = await first.ask('deleteSlowly', 'k', count, 10_000 / count)
    await until('no tombstone is left', 60_000, () => haveNone(nodes))
    for (const node of nodes) {
      const looks = await node.ask('looks')
      const all: number[] = []
      let at = 0
      for (const { atMs, collected } of looks) for (; at < collected; at++) all.push(atMs - (deletedMs[at] ?? atMs))
      all.sort((a, b) => a - b)
      const part = (share: number): string =>
        `${Math.round(all[Math.min(all.length - 1, Math.floor(share * all.length))] ?? 0)} ms`
      const most = Math.max(...looks.map(({ tombstones }) => tombstones))
      say(
        `${node.name}: ${all.length} tombstones went at the age of p50 ${part(0.5)}, p90 ${part(0.9)}, p99 ${part(0.99)}, most ${part(1)}; at most ${most} at one time`,
      )
    }
  })
}

/** Memory before, with and after `count` keys that are all deleted. */
export async function million(say: (line: string) => void, count: number): Promise<void> {
  await withCluster(NODES, { fsync: 'interval' }, async (nodes) => {
    const [first] = nodes
    if (first === undefined) return
    // Code that is compiled on first use is nobody's key.
    await round(nodes, first, 'warm', 20_000, () => {})
    const before = await heaps(nodes)
    say(`before: ${words(before)}`)
    await round(nodes, first, 'key', count, say)
    const after = await heaps(nodes)
    say(`after: ${words(after)}`)
    say(`of before: ${after.map((heap, at) => `${((100 * heap) / (before[at] ?? 1)).toFixed(1)} %`).join(', ')}`)
    // What a second round leaves is what a leak would.
    await round(nodes, first, 'again', count, () => {})
    const again = await heaps(nodes)
    say(`after a second round: ${words(again)}`)
    say(`of before: ${again.map((heap, at) => `${((100 * heap) / (before[at] ?? 1)).toFixed(1)} %`).join(', ')}`)
  })
}

async function round(
  nodes: readonly RealNode[],
  first: RealNode,
  prefix: string,
  count: number,
  say: (line: string) => void,
): Promise<void> {
  await Promise.all(nodes.map((node) => node.ask('resetDelay')))
  let beganMs = performance.now()
  const lap = (): string => {
    const tookMs = performance.now() - beganMs
    beganMs = performance.now()
    return `${(tookMs / 1_000).toFixed(1)} s`
  }
  await first.ask('change', 'put', prefix, 0, count)
  await until('all have the keys', 600_000, async () => (await statuses(nodes)).every(({ keys }) => keys === count))
  say(`${count.toLocaleString('en-US')} puts are everywhere after ${lap()}; loop held at most ${await delays(nodes)}`)
  say(`with the keys: ${words(await heaps(nodes))}`)
  await Promise.all(nodes.map((node) => node.ask('resetDelay')))
  lap()
  await first.ask('change', 'del', prefix, 0, count)
  say(`deletes acknowledged after ${lap()}`)
  await until('all see the deletes', 600_000, async () => (await statuses(nodes)).every(({ keys }) => keys === 0))
  say(`seen everywhere ${lap()} later`)
  await until('no tombstone is left', 600_000, () => haveNone(nodes))
  say(`no tombstone anywhere ${lap()} later; loop held since the first delete at most ${await delays(nodes)}`)
  if (!(await areEqual(nodes))) throw new Error('fingerprints differ')
}

export async function haveNone(nodes: readonly RealNode[]): Promise<boolean> {
  return (await statuses(nodes)).every(({ tombstones }) => tombstones === 0)
}

export async function delays(nodes: readonly RealNode[]): Promise<string> {
  const all = await Promise.all(nodes.map((node) => node.ask('delayMs')))
  return all.map(({ wallMs, busyMs }) => `${Math.round(wallMs)} ms (busy ${Math.round(busyMs)})`).join(', ')
}

async function heaps(nodes: readonly RealNode[]): Promise<readonly number[]> {
  const all = await Promise.all(nodes.map((node) => node.ask('heap')))
  return all.map(({ heapUsed, arrayBuffers }) => heapUsed + arrayBuffers)
}

function words(all: readonly number[]): string {
  return `${all.map((bytes) => (bytes / MB).toFixed(1)).join(', ')} MB of heap and array buffers`
}
