/**
 * How long a node's loop is held at most while it writes a checkpoint of a large store under puts, garbage collection
 * apart, and the waits for a core that a busy machine makes. Beside it: the same puts on the same node without one. The
 * node's disk is watched from here; its loop is measured there.
 */

import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { Child } from '../child.ts'
import { type BenchOptions, type Row, spread } from '../rounds.ts'
import { ENTRY_BYTES, VALUE_BYTES } from './entries.ts'
import { FolderWatch, type SeenCheckpoint } from './folder-watch.ts'
import type { LogNodeAsked, LogNodeTold } from './log-node.ts'
import type { Hold, Stretch } from './loop-holds.ts'

const HOLD_MS_MAX = 10
const ROUNDS_MAX = 3
const FILLERS = 1_024
/** Few enough that the puts themselves hold the loop for less than a millisecond. */
const WRITERS = 64
/** Puts that one message asks for. */
const SLICE = 20_000
/** So many overwrites of the whole store are tried for a checkpoint. */
const OVERWRITES_MAX = 4
/** Segments of a small store are small too, or it would never need a checkpoint. */
const SEGMENT_BYTES_MAX = 64 * 1024 * 1024
const SEGMENT_BYTES_MIN = 4_096
/** A checkpoint begins before its file is seen, and may go on when the last segment is gone. */
const MARGIN_MS = 250

/** All that the node told, over all slices. */
interface Told {
  readonly holds: Hold[]
  readonly collections: Stretch[]
}

interface Longest {
  /** Less whichever of collection and waits was longer, since they may overlap: so rather too much than too little. */
  readonly ownMs: number
  readonly withoutGcMs: number
  readonly wholeMs: number
  readonly gcMs: number
}

export async function checkpointHolds(options: BenchOptions, folder: string): Promise<readonly Row[]> {
  const dataDir = join(folder, 'node')
  mkdirSync(dataDir)
  const child = new Child<LogNodeTold>('log/log-node')
  const ask = (asked: LogNodeAsked): Promise<LogNodeTold> => child.ask(asked)
  const watch = new FolderWatch(dataDir)
  try {
    const segmentBytesMax = Math.max(SEGMENT_BYTES_MIN, Math.min(SEGMENT_BYTES_MAX, options.keys * ENTRY_BYTES))
    await ask({ kind: 'open', node: { dataDir, fsync: 'always', segmentBytesMax } })
    await putNumbers(ask, 0, options.keys, options.keys, FILLERS)
    return await overwrite(ask, watch, options)
  } finally {
    watch.stop()
    await child.stop()
  }
}

async function overwrite(
  ask: (asked: LogNodeAsked) => Promise<LogNodeTold>,
  watch: FolderWatch,
  { keys, rounds, budgetMs }: BenchOptions,
): Promise<readonly Row[]> {
  const told: Told = { holds: [], collections: [] }
  // Those of the fill are not measured.
  const first = watch.checkpoints.length
  const seen = (): readonly SeenCheckpoint[] => watch.checkpoints.slice(first)
  const endMs = performance.now() + budgetMs
  const isWanted = (): boolean => {
    const all = seen()
    if (all.some(({ endedMs }) => endedMs === undefined)) return true
    return all.length < Math.min(rounds, ROUNDS_MAX) && (all.length === 0 || performance.now() < endMs)
  }
  for (let put = 0; put < OVERWRITES_MAX * keys * (seen().length + 1) && isWanted(); put += SLICE) {
    const { held } = await putNumbers(ask, keys + put, Math.min(SLICE, keys), keys, WRITERS)
    told.holds.push(...held.holds)
    told.collections.push(...held.collections)
  }
  const over = seen().filter(({ endedMs }) => endedMs !== undefined)
  return rowsOf(told, over)
}

async function putNumbers(
  ask: (asked: LogNodeAsked) => Promise<LogNodeTold>,
  from: number,
  count: number,
  keys: number,
  writers: number,
): Promise<LogNodeTold> {
  let put = 0
  for (;;) {
    const some = Math.min(SLICE, count - put)
    const told = await ask({ kind: 'put', from: from + put, count: some, keys, writers, valueBytes: VALUE_BYTES })
    put += some
    if (put === count) return told
  }
}

function rowsOf(told: Told, checkpoints: readonly SeenCheckpoint[]): readonly Row[] {
  const during = checkpoints.map(({ beganMs, endedMs = beganMs }) => ({
    beganMs: beganMs - MARGIN_MS,
    endedMs: endedMs + MARGIN_MS,
  }))
  const calm = longest(told, (stretch) => !during.some((one) => overlap(one, stretch)))
  // Without a checkpoint there is only the calm to tell of, and the note says so.
  const ours = during.length === 0 ? [calm] : during.map((one) => longest(told, (stretch) => overlap(one, stretch)))
  const tookMs = spread(checkpoints.map(({ beganMs, endedMs = beganMs }) => endedMs - beganMs)).median
  const note =
    during.length === 0
      ? 'NO CHECKPOINT HAPPENED: this is of puts alone'
      : `${during.length} of them, ${Math.round(tookMs)} ms each`
  const goal = during.length === 0 ? undefined : { atMost: HOLD_MS_MAX }
  const row = (what: string, part: keyof Longest): Row => ({
    what: `checkpoint, ${what}`,
    unit: 'ms',
    better: 'less',
    ours: ours.map((one) => one[part]),
    bare: during.map(() => calm[part]),
    peer: 'puts without it',
    note,
  })
  return [
    { ...row('longest hold but for GC and waits for a core', 'ownMs'), goal },
    { ...row('longest hold but for GC', 'withoutGcMs'), goal },
    row('longest hold', 'wholeMs'),
    row('longest GC pause', 'gcMs'),
  ]
}

function longest({ holds, collections }: Told, isMeant: (stretch: Stretch) => boolean): Longest {
  const meant = holds.filter(isMeant)
  const most = (all: readonly number[]): number => all.reduce((a, b) => Math.max(a, b), 0)
  const length = ({ beganMs, endedMs }: Stretch): number => endedMs - beganMs
  return {
    ownMs: most(meant.map((hold) => length(hold) - Math.max(hold.gcMs, hold.waitMs))),
    withoutGcMs: most(meant.map((hold) => length(hold) - hold.gcMs)),
    wholeMs: most(meant.map(length)),
    gcMs: most(collections.filter(isMeant).map(length)),
  }
}

function overlap(a: Stretch, b: Stretch): boolean {
  return a.beganMs < b.endedMs && b.beganMs < a.endedMs
}
