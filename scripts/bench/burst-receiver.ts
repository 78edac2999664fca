/**
 * The other side of `burst.ts`: node B, and a bare WebSocket with a map beside it. Says when so many keys are there.
 */

import type { AddressInfo } from 'node:net'
import { unpack } from 'msgpackr'
import { WebSocketServer } from 'ws'
import { bytes, type HearsayNode, type NodeOptions } from '../../src/index.ts'
import { benchNode } from './bench-node.ts'
import { listenToParent, machineMs, tellParent } from './child.ts'

export interface Arrival {
  readonly arrivedMs: number
  /** In the first message: where the bare side listens. */
  readonly barePort: number
}

type Asked =
  | (Required<Pick<NodeOptions<Uint8Array>, 'dataDir' | 'fsync'>> & { readonly seed: string })
  | { readonly until: { readonly node?: number; readonly bare?: number } }

/** The count is looked at this often: what a figure may be wrong by. */
const LOOK_MS = 1

const map = new Map<string, Uint8Array>()
let node: HearsayNode<Uint8Array> | undefined

listenToParent<Asked>(async (asked) => {
  if ('until' in asked) {
    tellParent({ arrivedMs: 0, barePort: 0 })
    const { until } = asked
    const timer = setInterval(() => {
      const isThere = until.node === undefined ? map.size >= (until.bare ?? 0) : keysOfNode() >= until.node
      if (!isThere) return
      clearInterval(timer)
      tellParent({ arrivedMs: machineMs(), barePort: 0 })
    }, LOOK_MS)
    return
  }
  const bare = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false })
  bare.on('connection', (socket) =>
    socket.on('message', (frame) => {
      for (const [key, value] of unpack(frame as Buffer) as [string, Uint8Array][]) map.set(key, value)
    }),
  )
  const { seed, dataDir, fsync } = asked
  node = await benchNode('b', bytes, { dataDir, fsync, seeds: [seed] })
  tellParent({ arrivedMs: 0, barePort: (bare.address() as AddressInfo).port })
})

function keysOfNode(): number {
  return node?.status().keys ?? 0
}
