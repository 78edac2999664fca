/**
 * Reads in one's own process, one at a time, keys in random order, beside `Map.get` on the same keys. What a read costs
 * beyond the map is a promise, and a copy of the bytes or the parsing of JSON.
 */

import { bytes, type HearsayNode, json } from '../../src/index.ts'
import { benchNode, fill } from './bench-node.ts'
import { type Bench, type BenchOptions, duel, type Row } from './rounds.ts'
import { bytesOf, drawKeys, keyOf, keysOf, objectOf } from './samples.ts'

export const get: Bench = {
  name: 'get',
  about: 'await node.get in the same process, random keys; bare: Map.get',
  async run(options) {
    const keys = keysOf(options.keys)
    const order = drawKeys(keys, options.lookups)
    const map = new Map(keys.map((key, number) => [key, bytesOf(number)]))
    const rows: Row[] = []
    // One after the other, so that each has the machine's caches to itself.
    await withFilled('bytes', bytes, options.keys, bytesOf, async (node) => {
      rows.push(await row('bytes', 0.4, options, () => readBytes(node, order), map, order))
    })
    await withFilled('json', json, options.keys, objectOf, async (node) => {
      rows.push(await row('json', 0.25, options, () => readObjects(node, order), map, order))
    })
    return rows
  },
}

async function withFilled<V>(
  name: string,
  codec: Parameters<typeof benchNode<V>>[1],
  count: number,
  value: (number: number) => V,
  use: (node: HearsayNode<V>) => Promise<void>,
): Promise<void> {
  const node = await benchNode(name, codec)
  try {
    await fill(node, count, keyOf, value)
    globalThis.gc?.()
    await use(node)
  } finally {
    await node.close()
  }
}

async function row(
  what: string,
  ratioAtLeast: number,
  { rounds, budgetMs }: BenchOptions,
  read: () => Promise<number>,
  map: ReadonlyMap<string, Uint8Array>,
  order: readonly string[],
): Promise<Row> {
  const turns = await duel({
    rounds,
    budgetMs: budgetMs / 2,
    warmUp: true,
    ours: () => nsEach(order.length, read),
    bare: () => nsEach(order.length, async () => readMap(map, order)),
  })
  return { what: `get, ${what}`, unit: 'ns', better: 'less', ...turns, goal: { ratioAtLeast } }
}

async function nsEach(calls: number, read: () => Promise<number>): Promise<number> {
  const startMs = performance.now()
  const found = await read()
  const tookMs = performance.now() - startMs
  // Also keeps the engine from dropping reads whose result nobody wants.
  if (found !== calls) throw new Error(`${calls - found} of ${calls} keys were not found`)
  return (tookMs * 1_000_000) / calls
}

// One loop for each, so that none is slow for the types that another one met.

async function readBytes(node: HearsayNode<Uint8Array>, order: readonly string[]): Promise<number> {
  let found = 0
  for (const key of order) if ((await node.get(key)) !== undefined) found++
  return found
}

async function readObjects(node: HearsayNode<unknown>, order: readonly string[]): Promise<number> {
  let found = 0
  for (const key of order) if ((await node.get(key)) !== undefined) found++
  return found
}

function readMap(map: ReadonlyMap<string, Uint8Array>, order: readonly string[]): number {
  let found = 0
  for (const key of order) if (map.get(key) !== undefined) found++
  return found
}
