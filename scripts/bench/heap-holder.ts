/**
 * The other side of `heap.ts`: fills a node or a map, and says how much more memory this process has than before.
 */

import { bytes } from '../../src/index.ts'
import { benchNode, fill } from './bench-node.ts'
import { listenToParent, tellParent } from './child.ts'
import { bytesOf, keyOf } from './samples.ts'

/** Bytes a key. */
export interface HeapFigures {
  readonly heap: number
  readonly buffers: number
  readonly resident: number
}

/** Keeps what is measured alive. */
const held: unknown[] = []

listenToParent<{ what: 'node' | 'map'; keys: number }>(async ({ what, keys }) => {
  const node = await benchNode('heap', bytes)
  // Code that is compiled on first use is nobody's key.
  await fill(node, 1, () => 'first', bytesOf)
  const before = settledMemory()
  if (what === 'node') await fill(node, keys, keyOf, bytesOf)
  else held.push(filledMap(keys))
  const after = settledMemory()
  const each = (part: 'heapUsed' | 'arrayBuffers' | 'rss'): number => (after[part] - before[part]) / keys
  tellParent({ heap: each('heapUsed'), buffers: each('arrayBuffers'), resident: each('rss') })
})

function filledMap(keys: number): Map<string, Uint8Array> {
  const map = new Map<string, Uint8Array>()
  for (let number = 0; number < keys; number++) map.set(keyOf(number), bytesOf(number))
  return map
}

function settledMemory(): NodeJS.MemoryUsage {
  const { gc } = globalThis
  if (gc === undefined) throw new Error('run node with --expose-gc')
  // The second one frees what the first one only found.
  gc()
  gc()
  return process.memoryUsage()
}
