/** One thread of `lanes.ts`: does its share of a part, and says before each case which one it is. */

import { parentPort, workerData } from 'node:worker_threads'
import { cuts } from './cuts.ts'
import { flips } from './flips.ts'
import type { LaneEnd, LaneOrder } from './lanes.ts'
import { mutations } from './mutations.ts'
import { Tally } from './tally.ts'
import { checkTools, type Sample } from './tools.ts'

/** Cases between two looks at the memory. */
const LOOK_CASES = 256

const { name, options, part, parts, shared } = workerData as LaneOrder
const tally = new Tally()
let left = 0
let buffersMb = 0
const onCase = (number: number): void => {
  Atomics.store(shared, 0, number)
  Atomics.store(shared, 1, tally.failures)
  if (left-- > 0) return
  left = LOOK_CASES
  buffersMb = Math.max(buffersMb, process.memoryUsage().arrayBuffers / 1e6)
}
await run()
const { cases, counts, failures, told } = tally
const end: LaneEnd = { cases, counts, failures, told, buffersMb }
parentPort?.postMessage(end)

async function run(): Promise<void> {
  const { seed = 1, halfBytes = 0, every = 1, from = 0, count = 0 } = options
  switch (name) {
    case 'flips':
      flips({ seed, halfBytes, every, from, count, part, parts, onCase, tally })
      break
    case 'cuts':
      cuts({ seed, halfBytes, every, from, count, part, parts, onCase, tally })
      break
    case 'mutations': {
      const sample: Sample[] = []
      mutations({ seed, count, from, part, parts, onCase, tally, sample })
      await checkTools(sample, tally, onCase)
    }
  }
}
