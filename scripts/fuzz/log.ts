/** The three parts of the log's fuzz one after the other, and what each did, in words. */

import { type LaneResult, type PartName, runLanes } from './lanes.ts'

export const LOG_PARTS = ['flips', 'cuts', 'mutations'] as const

export interface LogFuzzOptions {
  /** All of them when it is not given. */
  readonly part?: PartName | undefined
  readonly seed: number
  /** Of a folder: half in the checkpoint, half in segments, about. */
  readonly bytes: number
  /** Flips and cuts: of whole folders each so many-th. */
  readonly every?: number | undefined
  /** Cases of a part: of flips and cuts all, of mutations 20,000 where it is not given. */
  readonly count?: number | undefined
  readonly from: number
  /** Threads. */
  readonly jobs: number
}

/**
 * Folders opened for flips and cuts where nothing else is asked for: a sample that no period of the records falls in
 * with.
 */
const FLIPS_EVERY = 61
const CUTS_EVERY = 7
const MUTATIONS = 20_000

/** Returns how many failures there were. */
export async function fuzzLog(say: (line: string) => void, options: LogFuzzOptions): Promise<number> {
  const { part, seed, bytes, from, jobs } = options
  const { count = MUTATIONS } = options
  const all = options.count ?? Number.MAX_SAFE_INTEGER
  const halfBytes = Math.floor(bytes / 2)
  let failures = 0
  const run = async (name: PartName, more: Readonly<Record<string, number>>, plan: string): Promise<void> => {
    if (part !== undefined && part !== name) return
    say(`${name}: ${plan}`)
    const started = performance.now()
    const flags = name === 'mutations' ? '' : ` --bytes ${bytes} --every 1`
    const replay = (number: number): string =>
      `npm run fuzz -- log ${name} --seed ${seed}${flags} --from ${number} --count 1`
    const result = await runLanes(say, name, { seed, from, ...more }, jobs, replay)
    failures += result.tally.failures
    tell(say, name, result, (performance.now() - started) / 1000)
  }
  const flipsEvery = options.every ?? FLIPS_EVERY
  const cutsEvery = options.every ?? CUTS_EVERY
  const opened = flipsEvery === 1 ? 'and each in the whole folder' : `each ${flipsEvery}th in the whole folder`
  await run(
    'flips',
    { halfBytes, every: flipsEvery, count: all },
    `each bit of a log is another, for its record alone, ${opened}`,
  )
  const others = cutsEvery === 1 ? 'each byte' : `each ${cutsEvery}th byte`
  await run(
    'cuts',
    { halfBytes, every: cutsEvery, count: all },
    `the newest segment ends at each byte, the other files at ${others}`,
  )
  await run('mutations', { count }, `${count} logs spoiled by seed ${seed}, from ${from}`)
  return failures
}

function tell(say: (line: string) => void, name: string, { tally, buffersMb }: LaneResult, seconds: number): void {
  tally.tell(say)
  say(
    `${name}: ${tally.cases} cases in ${seconds.toFixed(1)} s, ${tally.failures} failures; ` +
      `at most ${buffersMb.toFixed(1)} MB of buffers in a thread`,
  )
}
