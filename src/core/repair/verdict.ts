/**
 * What is right of a key on which asker and giver of a deep pull differ. A live entry that the other side has seen and
 * does not hold was deleted there, and the tombstone may be collected; so it is dead here too. An entry of the giver that
 * the asker has seen and does not hold is dead as well. The greatest of what is left stands. If that comes from the
 * future, readers go on seeing what they saw if it is what took its place.
 */

import { compareEntries, type Entry, type Version } from '../entry.ts'
import { greatestOf } from './summary.ts'

/**
 * `mine` and `theirs`: all that each holds of one key. Returns what stands, with what may be shown beside it; nothing when
 * the key is gone. `horizon`: what is stamped above it does not show yet here;
 * `showsThere`: whether it shows at the giver.
 */
export function standing(
  mine: readonly Entry[],
  theirs: readonly Entry[],
  iCover: (version: Version) => boolean,
  theyCover: (version: Version) => boolean,
  horizon: number,
  showsThere: (entry: Entry) => boolean,
): Entry[] {
  const has = (list: readonly Entry[], entry: Entry): boolean => list.some((one) => compareEntries(one, entry) === 0)
  // What lies ahead of all clocks nobody may have let go of: who has seen it and lacks it has lost it.
  const left = mine.filter(
    (entry) => entry.kind === 'tombstone' || has(theirs, entry) || !theyCover(entry) || entry.time > horizon,
  )
  for (const entry of theirs) if (!has(mine, entry) && (!iCover(entry) || entry.time > horizon)) left.push(entry)
  const greatest = greatestOf(left)
  if (greatest === undefined || greatest.time <= horizon) return left
  for (const entry of mine) {
    if (entry.time > horizon || left.includes(entry)) continue
    // What the giver shows took the place of mine, and here it is hidden behind what comes from the future.
    const newer = greatestOf(theirs.filter((one) => one.time <= horizon && one.time > entry.time))
    if (newer !== undefined) {
      if (!has(left, newer)) left.push(newer)
      continue
    }
    // Where it shows it took the place of mine; where it waits with nothing beside it, mine was deleted.
    const isSuperseded = showsThere(greatest) || theirs.some((one) => one.time <= horizon && one.time < entry.time)
    if (isSuperseded) left.push(entry)
  }
  return left
}
