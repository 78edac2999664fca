/**
 * Two stores of other people, set so that a put's promise resolves when the disk has it, as hearsay's does with `fsync:
 * 'always'`. Otherwise they are as they come.
 */

import { ClassicLevel } from 'classic-level'
import { open } from 'lmdb'

export interface DurableStore {
  /** Resolves when the disk has it. */
  put(key: string, value: Uint8Array): Promise<unknown>
  close(): Promise<void>
}

/**
 * As it comes: puts of one turn of the loop are one transaction, and their promise resolves after its `fdatasync` and
 * the synced write of the meta page ("fully written to the physical storage medium", README of lmdb 3.5). Only with
 * `separateFlushed` is there an earlier and a later one.
 */
export function openLmdb(path: string): DurableStore {
  const store = open<Uint8Array, string>({ path, encoding: 'binary' })
  return { put: (key, value) => store.put(key, value), close: () => store.close() }
}

/** Each put is a task of libuv's pool, so LevelDB can join as many of them in one sync as the pool has threads: 4. */
export async function openClassicLevel(path: string): Promise<DurableStore> {
  const store = new ClassicLevel<string, Uint8Array>(path, { keyEncoding: 'utf8', valueEncoding: 'view' })
  await store.open()
  return { put: (key, value) => store.put(key, value, { sync: true }), close: () => store.close() }
}
