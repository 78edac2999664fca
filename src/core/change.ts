/**
 * What a caller wants written: a value to put, or a delete. It becomes an entry when the replica stamps it.
 */

/** A value to put, or `undefined` to delete. */
export interface Change {
  readonly key: string
  readonly value: Uint8Array | undefined
  /** The value expires this long after its stamp, ms, ≥ 1. */
  readonly ttlMs?: number | undefined
}
