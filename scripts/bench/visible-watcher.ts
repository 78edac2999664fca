/**
 * The other side of `visible.ts`: node B with a watch, and a bare WebSocket beside it. Says when each put or frame
 * came.
 */

import type { AddressInfo } from 'node:net'
import { WebSocketServer } from 'ws'
import { bytes, type NodeOptions } from '../../src/index.ts'
import { benchNode } from './bench-node.ts'
import { listenToParent, machineMs, tellParent } from './child.ts'

export interface Sight {
  readonly seenMs: number
  /** In the first message: where the bare side listens. */
  readonly barePort: number
}

type Begin = Required<Pick<NodeOptions<Uint8Array>, 'dataDir' | 'fsync'>> & { readonly seed: string }

listenToParent<Begin>(async ({ seed, dataDir, fsync }) => {
  const bare = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false })
  bare.on('connection', (socket) => socket.on('message', saw))
  const node = await benchNode('b', bytes, { dataDir, fsync, seeds: [seed] })
  for await (const event of node.watch()) {
    if (event.type === 'put') saw()
    else tellParent({ seenMs: 0, barePort: (bare.address() as AddressInfo).port })
  }
})

function saw(): void {
  tellParent({ seenMs: machineMs(), barePort: 0 })
}
