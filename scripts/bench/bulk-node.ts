/**
 * The other side of `bulk.ts`: one node in a process of its own, that is full or that joins, and how long its loop was
 * held.
 */

import { monitorEventLoopDelay } from 'node:perf_hooks'
import { bytes, type NodeOptions } from '../../src/index.ts'
import { benchNode, fill } from './bench-node.ts'
import { listenToParent, machineMs, tellParent } from './child.ts'
import { keyOf } from './samples.ts'

export interface BulkTold {
  readonly url: string
  /** From `createNode` to the moment it serves, ms. */
  readonly startMs: number
  readonly startedMs: number
  readonly readyMs: number
  readonly keys: number
  /** Of the loop since this was asked last, ms. */
  readonly holdMaxMs: number
  readonly hold99Ms: number
}

export type BulkAsked =
  | {
      readonly name: string
      readonly node: NodeOptions<Uint8Array>
      /** Entries to begin with, and bytes of a value. */
      readonly fill: number
      readonly valueBytes: number
    }
  | { readonly tell: true }

const TIMER_MS = 1
const NS = 1_000_000

const delay = monitorEventLoopDelay({ resolution: TIMER_MS })
let keys: () => number = () => 0
let told = { url: '', startMs: 0, startedMs: 0, readyMs: 0 }

listenToParent<BulkAsked>(async (asked) => {
  if (!('tell' in asked)) {
    const startedMs = machineMs()
    const node = await benchNode(asked.name, bytes, asked.node)
    const readyMs = machineMs()
    told = { url: node.url, startMs: readyMs - startedMs, startedMs, readyMs }
    await fill(node, asked.fill, keyOf, (number) => filledWith(number, asked.valueBytes))
    keys = () => node.status().keys
    delay.enable()
  }
  // The timer's own pace is not a hold.
  const [holdMaxMs = 0, hold99Ms = 0] = [delay.max, delay.percentile(99)].map((ns) => Math.max(0, ns / NS - TIMER_MS))
  delay.reset()
  tellParent({ ...told, keys: keys(), holdMaxMs, hold99Ms } satisfies BulkTold)
})

function filledWith(number: number, length: number): Uint8Array {
  return new Uint8Array(length).fill(number)
}
