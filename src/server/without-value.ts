/**
 * An entry as it is sent to those who only ask for versions: all of it but the value, which is left empty.
 */

import { type Entry, liveEntry } from '../core/entry.ts'

const NO_BYTES = new Uint8Array(0)

export function withoutValue(entry: Entry): Entry {
  if (entry.kind === 'tombstone') return entry
  return liveEntry(entry.key, entry.time, entry.origin, NO_BYTES, entry.prior, entry.expiresAt)
}
