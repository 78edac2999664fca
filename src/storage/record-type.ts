/** The numbers of FORMAT.md that encoder and decoder share. A number once given never gets another meaning. */

import type { LogRecord } from '../core/record.ts'

export const RECORD_TYPES: Readonly<Record<LogRecord['kind'], number>> = {
  origin: 1,
  write: 2,
  stage: 3,
  commit: 4,
  vector: 5,
  member: 6,
  mend: 7,
  floor: 8,
  gone: 9,
  clock: 10,
  base: 11,
  held: 12,
  end: 13,
}
/** Above it, a type comes from a newer version. */
export const RECORD_TYPE_MAX = 13

/** Flags in the kind of an entry. None: a tombstone of a key that had no entry. */
export const LIVE = 1
export const HAS_PRIOR = 2
/** With `LIVE` only. */
export const EXPIRES = 4

/** Bytes of a time or an exchange number on disk. */
export const TIME_BYTES = 7
