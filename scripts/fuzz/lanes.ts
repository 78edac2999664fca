/**
 * Runs one part of the log's fuzz in threads beside this one, which watches: a case that takes longer than any may is a
 * hang, and a thread that needs more memory than all of them should is one that grows without a bound. Both are
 * failures with the case that shows them.
 */

import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { Tally, type TallyParts } from './tally.ts'

const THREAD = fileURLToPath(new URL('./lane-thread.js', import.meta.url))
/** One case. The slowest take some milliseconds. */
const CASE_MS_MAX = 30_000
const LOOK_MS = 1_000
/** Between two words on how far it is. */
const TELL_LOOKS = 60
/** Of each thread; a folder here has 100 kB. */
const HEAP_MB_MAX = 512

export type PartName = 'flips' | 'cuts' | 'mutations'

export interface LaneOrder {
  readonly name: PartName
  readonly options: Readonly<Record<string, number>>
  readonly part: number
  readonly parts: number
  /** Number of the case that is under way, and failures so far. */
  readonly shared: Int32Array
}

export interface LaneEnd extends TallyParts {
  /** Outside of the heap, greatest seen. */
  readonly buffersMb: number
}

export interface LaneResult {
  readonly tally: Tally
  readonly buffersMb: number
}

/** `replay`: the command that shows a case again. */
export async function runLanes(
  say: (line: string) => void,
  name: PartName,
  options: Readonly<Record<string, number>>,
  jobs: number,
  replay: (number: number) => string,
): Promise<LaneResult> {
  const tally = new Tally()
  let buffersMb = 0
  const lanes = Array.from({ length: jobs }, async (_, part) => {
    const shared = new Int32Array(new SharedArrayBuffer(8))
    shared[0] = -1
    const end = await runLane(say, { name, options, part, parts: jobs, shared })
    if (typeof end === 'string') tally.fail(`${end}\n  again: ${replay(Atomics.load(shared, 0))}`)
    else {
      tally.add(end)
      buffersMb = Math.max(buffersMb, end.buffersMb)
    }
  })
  await Promise.all(lanes)
  return { tally, buffersMb }
}

/** A text says why there is no result. */
async function runLane(say: (line: string) => void, order: LaneOrder): Promise<LaneEnd | string> {
  const resourceLimits = { maxOldGenerationSizeMb: HEAP_MB_MAX }
  const thread = new Worker(THREAD, { workerData: order, resourceLimits })
  let looks = 0
  let untold = 0
  let seen = -1
  const end = await new Promise<LaneEnd | string>((resolve) => {
    const watch = setInterval(() => {
      const here = Atomics.load(order.shared, 0)
      looks = here === seen ? looks + 1 : 0
      seen = here
      if (++untold % TELL_LOOKS === 0) say(`  at ${here}; ${Atomics.load(order.shared, 1)} failures so far`)
      if (looks * LOOK_MS > CASE_MS_MAX) resolve(`hangs for ${CASE_MS_MAX / 1000} s`)
    }, LOOK_MS)
    const finish = (result: LaneEnd | string): void => {
      clearInterval(watch)
      resolve(result)
    }
    thread.once('message', finish)
    thread.once('error', (error) => finish(error.stack ?? error.message))
    thread.once('exit', (code) => finish(`the thread ended with ${code}`))
  })
  await thread.terminate()
  return end
}
