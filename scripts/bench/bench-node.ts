/**
 * Nodes and folders as benchmarks use them: on a free port of the loopback, silent, and gone afterwards.
 */

import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { type Codec, createNode, type HearsayNode, type NodeOptions } from '../../src/index.ts'

/** Puts that one batch carries when a store is filled. */
const FILL_BATCH = 5_000
const LINK_WAIT_MS = 10_000

/** A quiet node. In memory unless `dataDir` is given. */
export function benchNode<V>(name: string, codec: Codec<V>, more: NodeOptions<V> = {}): Promise<HearsayNode<V>> {
  return createNode<V>({ name, cluster: 'bench', listen: '127.0.0.1:0', logLevel: 'silent', codec, ...more })
}

/** Resolves when the node has a link to another one. */
export async function linked<V>(node: HearsayNode<V>): Promise<void> {
  const endMs = performance.now() + LINK_WAIT_MS
  while (!node.members().some((member) => member.linked)) {
    if (performance.now() > endMs) throw new Error(`no link within ${LINK_WAIT_MS} ms`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

export async function fill<V>(
  node: HearsayNode<V>,
  count: number,
  key: (number: number) => string,
  value: (number: number) => V,
): Promise<void> {
  for (let start = 0; start < count; start += FILL_BATCH) {
    const puts = Array.from({ length: Math.min(FILL_BATCH, count - start) }, (_, at) => ({
      type: 'put' as const,
      key: key(start + at),
      value: value(start + at),
    }))
    await node.batch(puts)
  }
}

/** Runs `use` with a new folder below `dir`, and removes the folder. */
export async function withFolder<T>(dir: string, use: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(dir, 'hearsay-bench-'))
  try {
    return await use(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
