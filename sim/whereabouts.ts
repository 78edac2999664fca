/**
 * What has become of a write at a node that claims it, judged from outside: by all that was ever written, and the node's
 * own floor. A key of which nothing is held may have been deleted and let go of, and only then.
 */

import { compareVersions, type Entry, graveOf, type Version } from '../src/core/entry.ts'
import type { Replica } from '../src/core/replica.ts'
import type { Ledger } from './ledger.ts'

/**
 * `held`: it, or something newer for its key. `collected`: it was deleted or expired, and what said so is let go of.
 * `outlived`: not there, and the documentation admits it (`Ledger.isCornered`). `wiped`: each disk that had seen it was
 * replaced. `missing`: nothing excuses it.
 */
export type Whereabouts = 'held' | 'collected' | 'outlived' | 'wiped' | 'missing'

export function whereabouts(ledger: Ledger, replica: Replica, key: string, version: Version): Whereabouts {
  for (const entry of replica.store.allOf(key)) if (compareVersions(entry, version) >= 0) return 'held'
  if (isNothing(replica, replica.store.held(key)) && isLetGo(ledger, replica, key, version)) return 'collected'
  if (ledger.isWiped(version)) return 'wiped'
  return ledger.isCornered(key) ? 'outlived' : 'missing'
}

/** Whether a key of which this version was seen may show `now`, which is older, or nothing. */
export function mayShow(
  ledger: Ledger,
  replica: Replica,
  key: string,
  version: Version,
  now: Entry | undefined,
): boolean {
  if (isNothing(replica, now) && (isLetGo(ledger, replica, key, version) || mayExpire(ledger, replica, key, version)))
    return true
  return ledger.isCornered(key)
}

/** Whether it is nothing, or will be as soon as the node lets go of what its floor allows. */
function isNothing({ floor }: Replica, entry: Entry | undefined): boolean {
  return entry === undefined || graveOf(entry) <= floor
}

/** Whether something at least as new expires at some time. That nothing does before its time is judged by I18. */
function mayExpire(ledger: Ledger, { claims }: Replica, key: string, version: Version): boolean {
  return ledger
    .writesOf(key)
    .some((write) => write.expiresAt !== undefined && compareVersions(write, version) >= 0 && claims.seen.covers(write))
}

/** Whether something at least as new was a delete or has expired, and the node may have let go of it. */
function isLetGo(ledger: Ledger, { floor, claims }: Replica, key: string, version: Version): boolean {
  return ledger
    .writesOf(key)
    .some((write) => graveOf(write) <= floor && compareVersions(write, version) >= 0 && claims.seen.covers(write))
}
