/**
 * Many puts on A, a window of them at one time, until B, in another process, has them all. Beside it: the same keys and
 * values in arrays of a window each over a bare WebSocket into a `Map`, without any disk.
 */

import { join } from 'node:path'
import { pack } from 'msgpackr'
import { WebSocket } from 'ws'
import { bytes, type HearsayNode } from '../../src/index.ts'
import { benchNode, linked, withFolder } from './bench-node.ts'
import type { Arrival } from './burst-receiver.ts'
import { Child, machineMs } from './child.ts'
import { type Bench, type BenchOptions, duel, type Row } from './rounds.ts'
import { bytesOf, keysOf } from './samples.ts'

const MODES = ['never', 'always'] as const
const ROUNDS_MAX = 3
/** The bare side waits while more than this is queued, bytes. */
const BARE_QUEUE_BYTES_MAX = 1024 * 1024

export const burst: Bench = {
  name: 'burst',
  about: 'puts on A until B has them all, two processes; bare: ws + msgpackr into a Map, no disk',
  async run(options) {
    const rows: Row[] = []
    for (const fsync of MODES) rows.push(await withFolder(options.dir, (folder) => run(fsync, options, folder)))
    return rows
  },
}

async function run(fsync: (typeof MODES)[number], options: BenchOptions, folder: string): Promise<Row> {
  const { puts, window, budgetMs } = options
  const node = await benchNode('a', bytes, { dataDir: join(folder, 'a'), fsync })
  const child = new Child<Arrival>('burst-receiver')
  let bare: WebSocket | undefined
  try {
    const { barePort } = await child.ask({ seed: node.url, dataDir: join(folder, 'b'), fsync })
    await linked(node)
    const socket = new WebSocket(`ws://127.0.0.1:${barePort}`, { perMessageDeflate: false })
    bare = socket
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject))
    const sent = { ours: 0, bare: 0 }
    const turns = await duel({
      rounds: Math.min(options.rounds, ROUNDS_MAX),
      budgetMs: budgetMs / MODES.length,
      warmUp: false,
      ours: () => {
        const keys = keysOf(puts, sent.ours++)
        return rate(puts, child, { node: sent.ours * puts }, () => putAll(node, keys, window))
      },
      bare: () => {
        const keys = keysOf(puts, sent.bare++)
        return rate(puts, child, { bare: sent.bare * puts }, () => sendAll(socket, keys, window))
      },
    })
    return { what: `fsync ${fsync}`, unit: 'keys/s', better: 'more', ...turns, goal: { atLeast: 60_000 } }
  } finally {
    bare?.terminate()
    await child.stop()
    await node.close()
  }
}

/** `until`: how many keys B has in the end, the earlier rounds' included. */
async function rate(puts: number, child: Child<Arrival>, until: object, act: () => Promise<void>): Promise<number> {
  await child.ask({ until })
  const startMs = machineMs()
  const [{ arrivedMs }] = await Promise.all([child.next(), act()])
  return (puts * 1_000) / (arrivedMs - startMs)
}

async function putAll(node: HearsayNode<Uint8Array>, keys: readonly string[], window: number): Promise<void> {
  const value = bytesOf(1)
  let next = 0
  const writer = async (): Promise<void> => {
    while (next < keys.length) await node.put(keys[next++] ?? '', value)
  }
  await Promise.all(Array.from({ length: window }, writer))
}

async function sendAll(socket: WebSocket, keys: readonly string[], window: number): Promise<void> {
  const value = bytesOf(1)
  for (let start = 0; start < keys.length; start += window) {
    const frame = pack(keys.slice(start, start + window).map((key) => [key, value]))
    // A frame's callback comes when it has left; without that all would be queued before the first is sent.
    if (socket.bufferedAmount < BARE_QUEUE_BYTES_MAX) socket.send(frame)
    else await new Promise((resolve) => socket.send(frame, resolve))
  }
}
