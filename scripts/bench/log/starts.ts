/**
 * From nothing to ready with a full store, in a new process each time: hearsay from the log that single puts left,
 * redis from its append-only file and from its dump of the same entries. "Load" is what each tells of itself: hearsay
 * from the call that opens the log until it serves, redis as its log says. "Spawn to ready" is the whole process. Files
 * were just written, so all read from the memory of the operating system.
 */

import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { Child, machineMs } from '../child.ts'
import { type BenchOptions, type Row, takeTurns } from '../rounds.ts'
import { VALUE_BYTES } from './entries.ts'
import type { LogNodeAsked, LogNodeTold } from './log-node.ts'
import { fillRedis, loadRedis, type RedisKind, redisVersion } from './redis.ts'

const ROUNDS_MAX = 3
const WRITERS = 1_024
/** Puts that one message asks for. */
const SLICE = 50_000

/** How many times as long as redis we may take. */
const TIMES_MOST: Readonly<Record<RedisKind, number>> = { aof: 1.5, rdb: 3 }
const NAMES: Readonly<Record<RedisKind, string>> = { aof: 'AOF', rdb: 'RDB' }

export interface StartTimes {
  readonly loadMs: number
  readonly wholeMs: number
}

export async function starts({ keys, rounds, budgetMs }: BenchOptions, folder: string): Promise<readonly Row[]> {
  const dataDir = join(folder, 'node')
  mkdirSync(dataDir)
  await fillLog(dataDir, keys)
  const version = redisVersion()
  const limits = { rounds: Math.min(rounds, ROUNDS_MAX), budgetMs, warmUp: false }
  const hearsay = (): Promise<StartTimes> => startNode(dataDir, keys)
  if (version === undefined) {
    const alone = await takeTurns(limits, { hearsay })
    const note = 'SKIPPED: there is no redis-server 7 on this machine'
    return [...rowsOf('aof', alone.hearsay, [], 'redis', note), ...rowsOf('rdb', alone.hearsay, [], 'redis', note)]
  }
  const redisDir = join(folder, 'redis')
  mkdirSync(redisDir)
  await fillRedis(redisDir, keys)
  const turns = await takeTurns(limits, {
    hearsay,
    aof: () => loadRedis(redisDir, 'aof'),
    rdb: () => loadRedis(redisDir, 'rdb'),
  })
  return (['aof', 'rdb'] as const).flatMap((kind) => rowsOf(kind, turns.hearsay, turns[kind], `redis ${version}`))
}

function rowsOf(
  kind: RedisKind,
  ours: readonly StartTimes[],
  theirs: readonly StartTimes[],
  redis: string,
  note?: string,
): readonly Row[] {
  const row = (what: string, part: keyof StartTimes): Row => ({
    what: `start, ${what}, ${NAMES[kind]}`,
    unit: 'ms',
    better: 'less',
    ours: ours.map((times) => times[part]),
    bare: theirs.map((times) => times[part]),
    peer: `${redis} ${NAMES[kind]}`,
    goal: theirs.length === 0 ? undefined : { ratioAtLeast: 1 / TIMES_MOST[kind] },
    note,
  })
  return [row('load', 'loadMs'), row('spawn to ready', 'wholeMs')]
}

async function fillLog(dataDir: string, keys: number): Promise<void> {
  const child = new Child<LogNodeTold>('log/log-node')
  const ask = (asked: LogNodeAsked): Promise<LogNodeTold> => child.ask(asked)
  try {
    await ask({ kind: 'open', node: { dataDir, fsync: 'never' } })
    for (let from = 0; from < keys; from += SLICE) {
      const count = Math.min(SLICE, keys - from)
      await ask({ kind: 'put', from, count, keys, writers: WRITERS, valueBytes: VALUE_BYTES })
    }
    await ask({ kind: 'close' })
  } finally {
    await child.stop()
  }
}

async function startNode(dataDir: string, keys: number): Promise<StartTimes> {
  const spawnedMs = machineMs()
  const child = new Child<LogNodeTold>('log/log-node')
  const ask = (asked: LogNodeAsked): Promise<LogNodeTold> => child.ask(asked)
  try {
    const told = await ask({ kind: 'open', node: { dataDir, fsync: 'always' } })
    if (told.keys !== keys) throw new Error(`hearsay came back with ${told.keys} of ${keys} keys`)
    await ask({ kind: 'close' })
    return { loadMs: told.startMs, wholeMs: told.readyMs - spawnedMs }
  } finally {
    await child.stop()
  }
}
