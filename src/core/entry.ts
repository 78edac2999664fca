/**
 * An entry is the newest thing known about one key: a value, or the tombstone of a delete. `mergeEntry` keeps the
 * greater version, so replicas may merge in any order, twice or late, and still agree. A value may say when it expires;
 * from then on readers do not find it, and it is dropped like a tombstone. Entries are immutable: a list of them is a
 * frozen view.
 */

import { hlcFromUnixMs } from './clock.ts'
import type { OriginId } from './origin.ts'

/** (time, origin) names one write. Times of one origin strictly rise. */
export interface Version {
  /** Hybrid logical clock: milliseconds since 2020-01-01 × 4096 + counter. */
  readonly time: number
  readonly origin: OriginId
}

export interface LiveEntry extends Version {
  readonly kind: 'live'
  readonly key: string
  /** Never changed by anyone once it is here. */
  readonly value: Uint8Array
  /** Time of the newest entry by others that its author had replaced, by this write or by those before; 0: of none. */
  readonly prior: number
  /** Unix milliseconds from which on readers do not find it; `undefined`: never. */
  readonly expiresAt: number | undefined
}

export interface Tombstone extends Version {
  readonly kind: 'tombstone'
  readonly key: string
  readonly value: undefined
  readonly prior: number
  /** Set only in what watchers are told: the value of this version has expired. Never held. */
  readonly expiresAt: number | undefined
}

export type Entry = LiveEntry | Tombstone

// Both kinds are built by one literal shape each with the fields in one order, so that V8 keeps call sites monomorphic.
export function liveEntry(
  key: string,
  time: number,
  origin: OriginId,
  value: Uint8Array,
  prior = 0,
  expiresAt: number | undefined = undefined,
): LiveEntry {
  return { kind: 'live', key, time, origin, value, prior, expiresAt }
}

export function tombstone(
  key: string,
  time: number,
  origin: OriginId,
  prior = 0,
  expiresAt: number | undefined = undefined,
): Tombstone {
  return { kind: 'tombstone', key, time, origin, value: undefined, prior, expiresAt }
}

/** Whether readers find it no more at this time, Unix ms. */
export function isExpired(entry: Entry, unixMs: number): boolean {
  return entry.expiresAt !== undefined && entry.expiresAt <= unixMs
}

/** What watchers are told when a value is no longer there without a delete by anyone: it expired, or repair took it away. */
export function departed({ key, time, origin, prior }: Entry, expiresAt: number | undefined): Tombstone {
  return tombstone(key, time, origin, prior, expiresAt)
}

/** The order of writes: time, then origin by bytes. Negative when `mine` is older. */
export function compareVersions(mine: Version, theirs: Version): number {
  if (mine.time !== theirs.time) return mine.time - theirs.time
  return mine.origin < theirs.origin ? -1 : mine.origin > theirs.origin ? 1 : 0
}

/**
 * The order of entries of one key. Two different entries of one version exist only after a disk was cloned under a
 * running node; then the bytes decide, and a tombstone beats every value, so that all replicas still agree.
 */
export function compareEntries(mine: Entry, theirs: Entry): number {
  const byVersion = compareVersions(mine, theirs)
  if (byVersion !== 0) return byVersion
  if (mine.kind === 'tombstone' || theirs.kind === 'tombstone') {
    return (mine.kind === 'tombstone' ? 1 : 0) - (theirs.kind === 'tombstone' ? 1 : 0)
  }
  const byExpiry = (mine.expiresAt ?? Number.POSITIVE_INFINITY) - (theirs.expiresAt ?? Number.POSITIVE_INFINITY)
  return compareBytes(mine.value, theirs.value) || byExpiry || 0
}

/** The greater of the two; `mine` when they are equal. */
export function mergeEntry(mine: Entry | undefined, theirs: Entry): Entry {
  return mine === undefined || compareEntries(mine, theirs) < 0 ? theirs : mine
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const shared = Math.min(a.length, b.length)
  for (let i = 0; i < shared; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0)
    if (difference !== 0) return difference
  }
  return a.length - b.length
}

/** From this HLC on an entry is of no use: that it was deleted, or both written and expired, lies behind. */
export function graveOf({ kind, time, expiresAt }: Entry): number {
  if (kind === 'tombstone') return time
  return expiresAt === undefined ? Number.POSITIVE_INFINITY : Math.max(time, hlcFromUnixMs(expiresAt))
}
