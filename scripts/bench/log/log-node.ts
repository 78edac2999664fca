/**
 * A node in a process of its own, for the parts of `log` that start one, hold one up or fill its disk. It says how long
 * it took to start, and how its loop was held since it was asked before.
 */

import { bytes, type HearsayNode, type NodeOptions } from '../../../src/index.ts'
import { benchNode } from '../bench-node.ts'
import { listenToParent, machineMs, tellParent } from '../child.ts'
import { keyOf } from '../samples.ts'
import { noiseOf } from './entries.ts'
import { type Held, LoopHolds } from './loop-holds.ts'

export type LogNodeAsked =
  | { readonly kind: 'open'; readonly node: NodeOptions<Uint8Array> }
  /**
   * Puts numbers `from` up to `from + count`; the key is the number's rest by `keys`. Each writer waits for its put.
   */
  | {
      readonly kind: 'put'
      readonly from: number
      readonly count: number
      readonly keys: number
      readonly writers: number
      readonly valueBytes: number
    }
  | { readonly kind: 'close' }

export interface LogNodeTold {
  /** From the call of `createNode`, which opens the log, to the moment it serves, ms. */
  readonly startMs: number
  /** That moment, on the machine's clock, ms. */
  readonly readyMs: number
  readonly keys: number
  readonly held: Held
}

let node: HearsayNode<Uint8Array> | undefined
let startMs = Number.NaN
let readyMs = Number.NaN
let keys = 0
const holds = new LoopHolds()

listenToParent<LogNodeAsked>(async (asked) => {
  switch (asked.kind) {
    case 'open': {
      const beganMs = machineMs()
      node = await benchNode('log', bytes, asked.node)
      readyMs = machineMs()
      startMs = readyMs - beganMs
      // Not before: what the start costs is told by its time.
      holds.start()
      break
    }
    case 'put':
      await putAll(opened(), asked)
      break
    case 'close':
      await opened().close()
      break
  }
  if (asked.kind !== 'close') keys = opened().status().keys
  tellParent({ startMs, readyMs, keys, held: await holds.take() } satisfies LogNodeTold)
})

function opened(): HearsayNode<Uint8Array> {
  if (node === undefined) throw new Error('no node was opened')
  return node
}

async function putAll(
  store: HearsayNode<Uint8Array>,
  { from, count, keys, writers, valueBytes }: Extract<LogNodeAsked, { kind: 'put' }>,
): Promise<void> {
  let next = from
  const writer = async (): Promise<void> => {
    while (next < from + count) {
      const number = next++
      await store.put(keyOf(number % keys), noiseOf(number, valueBytes))
    }
  }
  await Promise.all(Array.from({ length: writers }, writer))
}
