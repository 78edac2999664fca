/**
 * Live entries of a range for verbs that list, in order, with values or without. Without, and forward, the node is asked
 * for keys and versions alone, which costs a fraction of the bytes.
 */

import type { Client } from '../client/client.ts'
import type { ScanOptions, StoreEntry } from '../client/store.ts'

export interface Listing extends Omit<ScanOptions, 'signal' | 'timeout'> {
  /** Without, values are empty. */
  readonly values: boolean
}

export async function* listEntries(
  client: Client<Uint8Array>,
  { values, ...scan }: Listing,
): AsyncIterableIterator<StoreEntry<Uint8Array>> {
  if (values || scan.reverse === true) {
    yield* client.scan(scan)
    return
  }
  const { limit = Number.POSITIVE_INFINITY, reverse: _, ...range } = scan
  let left = limit
  if (left === 0) return
  for await (const page of client.admin.scanEntries(range)) {
    for (const entry of page) {
      if (entry.kind !== 'live') continue
      const { key, value, time, origin, expiresAt } = entry
      yield { key, value, version: { time, origin }, ...(expiresAt !== undefined && { expiresAt }) }
      left--
      if (left === 0) return
    }
  }
}
