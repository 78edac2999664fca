/**
 * Reads in one's own process, one at a time, keys in random order, beside `Map.get`. What a read costs beyond the map
 * is a promise, and a copy of the bytes or the parsing of JSON.
 *
 * The keys asked for are not the very strings that were put, since a program's are not either, and no turn asks for
 * what the turn before has just brought into the machine's caches.
 */

import { bytes, type Codec, type HearsayNode, json } from '../../src/index.ts'
import { benchNode, fill } from './bench-node.ts'
import { type Bench, type BenchOptions, duel, type Row } from './rounds.ts'
import { bytesOf, keyOf, keysOf, objectOf, shuffled } from './samples.ts'

export const get: Bench = {
  name: 'get',
  about: 'await node.get in the same process, random keys; bare: Map.get',
  async run(options) {
    const map = new Map<string, Uint8Array>()
    for (let number = 0; number < options.keys; number++) map.set(keyOf(number), bytesOf(number))
    const order = new Order(shuffled(keysOf(options.keys)), options.lookups)
    // One store after the other, so that each has the machine's caches to itself.
    const ofBytes = await withFilled('bytes', bytes, options.keys, bytesOf, (node) =>
      row('bytes', 0.4, options, order, (keys) => readBytes(node, keys), map),
    )
    const ofJson = await withFilled<unknown>('json', json, options.keys, objectOf, (node) =>
      row('json', 0.25, options, order, (keys) => readObjects(node, keys), map),
    )
    return [ofBytes, ofJson]
  },
}

/** Keys in random order, some a turn, round and round. */
class Order {
  readonly #keys: readonly string[]
  readonly #each: number
  #next = 0

  constructor(keys: readonly string[], each: number) {
    this.#keys = keys
    this.#each = Math.min(each, keys.length)
  }

  take(): readonly string[] {
    if (this.#next + this.#each > this.#keys.length) this.#next = 0
    this.#next += this.#each
    return this.#keys.slice(this.#next - this.#each, this.#next)
  }
}

async function withFilled<V>(
  name: string,
  codec: Codec<V>,
  count: number,
  value: (number: number) => V,
  use: (node: HearsayNode<V>) => Promise<Row>,
): Promise<Row> {
  const node = await benchNode(name, codec)
  try {
    await fill(node, count, keyOf, value)
    globalThis.gc?.()
    return await use(node)
  } finally {
    await node.close()
  }
}

async function row(
  what: string,
  ratioAtLeast: number,
  { rounds, budgetMs }: BenchOptions,
  order: Order,
  read: (keys: readonly string[]) => Promise<number>,
  map: ReadonlyMap<string, Uint8Array>,
): Promise<Row> {
  const turns = await duel({
    rounds,
    budgetMs: budgetMs / 2,
    warmUp: true,
    ours: () => nsEach(order.take(), read),
    bare: () => nsEach(order.take(), async (keys) => readMap(map, keys)),
  })
  return { what: `get, ${what}`, unit: 'ns', better: 'less', ...turns, goal: { ratioAtLeast } }
}

async function nsEach(keys: readonly string[], read: (keys: readonly string[]) => Promise<number>): Promise<number> {
  const startMs = performance.now()
  const found = await read(keys)
  const tookMs = performance.now() - startMs
  // Also keeps the engine from dropping reads whose result nobody wants.
  if (found !== keys.length) throw new Error(`${keys.length - found} of ${keys.length} keys were not found`)
  return (tookMs * 1_000_000) / keys.length
}

// One loop for each, so that none is slow for the types that another one met.

async function readBytes(node: HearsayNode<Uint8Array>, keys: readonly string[]): Promise<number> {
  let found = 0
  for (const key of keys) if ((await node.get(key)) !== undefined) found++
  return found
}

async function readObjects(node: HearsayNode<unknown>, keys: readonly string[]): Promise<number> {
  let found = 0
  for (const key of keys) if ((await node.get(key)) !== undefined) found++
  return found
}

function readMap(map: ReadonlyMap<string, Uint8Array>, keys: readonly string[]): number {
  let found = 0
  for (const key of keys) if (map.get(key) !== undefined) found++
  return found
}
