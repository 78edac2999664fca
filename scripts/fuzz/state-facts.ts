/**
 * What a node shows that has read these records, in words: each entry, V and W, the floor, members and marks. Two
 * folders that lead to the same words are the same to everybody. And the law that all that is held is covered by V.
 */

import type { LogRecord } from '../../src/core/record.ts'
import { Replica } from '../../src/core/replica.ts'
import { REPLICA_DEFAULTS } from '../../src/core/replica-options.ts'
import { seededRng } from '../../src/core/rng.ts'
import { OWNER } from './opening.ts'
import { STORY_END_MS } from './story.ts'

const NOW = { wallMs: STORY_END_MS, monoMs: 1_000_000 } as const

/** A replica that has read these and has begun its next run. */
export function replicaAfter(records: readonly LogRecord[], salvaged: readonly LogRecord[] = []): Replica {
  const replica = new Replica({ ...REPLICA_DEFAULTS, ...OWNER, address: '', rng: seededRng(5), hasSeeds: false }, NOW)
  for (const record of records) replica.recover(record, NOW)
  if (salvaged.length > 0) replica.missesSome()
  for (const record of salvaged) replica.salvage(record, NOW)
  replica.start(NOW)
  return replica
}

export function factsOf(replica: Replica): string {
  const { claims, store, floor, members, origin } = replica
  const vector = (entries: Iterable<readonly [string, number]>): string =>
    [...entries]
      .map(([one, time]) => `${one}=${time}`)
      .sort()
      .join(' ')
  const entries = store
    .all()
    .map(
      ({ key, kind, time, origin, prior, expiresAt, value }) =>
        `${key} ${kind} ${time} ${origin} ${prior} ${expiresAt} ${value && Buffer.from(value).toString('hex')} ` +
        `${store.shown(key)?.time === time ? 'shown' : 'not shown'}`,
    )
  const known = [...members.values()].map(({ row }) => `member ${row.origin} ${row.address}`)
  return [
    `run ${origin}`,
    `seen ${vector(claims.seen)}`,
    `written ${vector(claims.written)}`,
    `floor ${floor}`,
    ...known.sort(),
    ...entries.sort(),
  ].join('\n')
}

/** The first entry that is held and that V does not cover. */
export function uncoveredOf({ store, claims }: Replica): string | undefined {
  const entry = store.all().find((each) => !claims.seen.covers(each))
  return entry && `${entry.key} of ${entry.time} by ${entry.origin}`
}
