/**
 * Whether two records say the same, to the last byte. Written out, since it is asked a thousand times for each
 * mutation.
 */

import type { Entry } from '../../src/core/entry.ts'
import type { LogRecord } from '../../src/core/record.ts'
import type { VectorEntries } from '../../src/core/vector.ts'

export function isSameRecord(a: LogRecord, b: LogRecord): boolean {
  switch (a.kind) {
    case 'origin':
      return b.kind === 'origin' && a.origin === b.origin
    case 'write':
      return b.kind === 'write' && a.origin === b.origin && a.upTo === b.upTo && isSameEntries(a.entries, b.entries)
    case 'stage':
      return b.kind === 'stage' && a.exchange === b.exchange && isSameEntries(a.entries, b.entries)
    case 'commit':
      return b.kind === 'commit' && isSamePull(a, b)
    case 'mend':
      return b.kind === 'mend' && isSamePull(a, b) && isSameTexts(a.removed, b.removed)
    case 'floor':
      return b.kind === 'floor' && a.floor === b.floor
    case 'gone':
      return b.kind === 'gone' && isSameTexts(a.marks, b.marks)
    case 'clock':
      return b.kind === 'clock' && a.to === b.to
    case 'vector':
      return b.kind === 'vector' && isSameVector(a.seen, b.seen)
    case 'member':
      return b.kind === 'member' && a.origin === b.origin && a.address === b.address
    case 'base':
      return b.kind === 'base' && a.records === b.records
    case 'held':
      return b.kind === 'held' && isSameEntries(a.entries, b.entries)
    case 'end':
      return b.kind === 'end' && a.through === b.through
  }
}

type Pull = Extract<LogRecord, { kind: 'commit' | 'mend' }>

function isSamePull(a: Pull, b: Pull): boolean {
  return (
    a.exchange === b.exchange &&
    a.floor === b.floor &&
    isSameEntries(a.entries, b.entries) &&
    isSameVector(a.seen, b.seen) &&
    isSameVector(a.written, b.written)
  )
}

function isSameEntries(a: readonly Entry[], b: readonly Entry[]): boolean {
  return a.length === b.length && a.every((entry, i) => isSameEntry(entry, b[i]))
}

function isSameEntry(a: Entry, b: Entry | undefined): boolean {
  return (
    b !== undefined &&
    a.kind === b.kind &&
    a.key === b.key &&
    a.time === b.time &&
    a.origin === b.origin &&
    a.prior === b.prior &&
    a.expiresAt === b.expiresAt &&
    isSameBytes(a.value, b.value)
  )
}

export function isSameBytes(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  if (a === undefined || b === undefined) return a === b
  return a.length === b.length && Buffer.compare(a, b) === 0
}

function isSameVector(a: VectorEntries, b: VectorEntries): boolean {
  return a.length === b.length && a.every(([origin, time], i) => origin === b[i]?.[0] && time === b[i]?.[1])
}

function isSameTexts(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((text, i) => text === b[i])
}
