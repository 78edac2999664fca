/** The numbers of FORMAT.md that encoder and decoder share. A number once given never gets another meaning. */

import type { LogRecord } from '../core/record.ts'

export const RECORD_TYPES: Readonly<Record<LogRecord['kind'], number>> = {
  origin: 1,
  write: 2,
  stage: 3,
  commit: 4,
  vector: 5,
  member: 6,
}

export const TOMBSTONE_KIND = 0
export const LIVE_KIND = 1

/** Bytes of a time or an exchange number on disk. */
export const TIME_BYTES = 7
