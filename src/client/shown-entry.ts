/**
 * An entry as users see it: the value decoded, the version, and when it expires if it does. The same for stores in the
 * process and at the other end of a connection.
 */

import type { LiveEntry } from '../core/entry.ts'
import type { Codec } from './codec.ts'
import type { StoreEntry } from './store.ts'

/** `ERR_INVALID_VALUE` when the bytes are not of the codec. */
export function shownEntry<V>({ key, value, time, origin, expiresAt }: LiveEntry, codec: Codec<V>): StoreEntry<V> {
  const shown = { key, value: codec.decode(value), version: { time, origin } }
  return expiresAt === undefined ? shown : { ...shown, expiresAt }
}
