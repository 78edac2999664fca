/**
 * From the call of `put` on A until a watch on B, in another process, shows it; the next put waits for that. Both
 * processes read the machine's one monotonic clock, so B's report does not count. Beside it: one frame of the same
 * bytes over a bare WebSocket.
 */

import { join } from 'node:path'
import { WebSocket } from 'ws'
import { bytes } from '../../src/index.ts'
import { benchNode, linked, withFolder } from './bench-node.ts'
import { Child, machineMs } from './child.ts'
import { type Bench, type BenchOptions, duel, quantile, type Row } from './rounds.ts'
import { bytesOf, KEY_BYTES, keysOf, VALUE_BYTES } from './samples.ts'
import type { Sight } from './visible-watcher.ts'

const MODES = ['never', 'always'] as const
const KEYS = 1_000

export const visible: Bench = {
  name: 'visible',
  about: 'put on A until a watch on B shows it, two processes, one at a time; bare: one frame over a WebSocket',
  async run(options) {
    const rows: Row[] = []
    for (const fsync of MODES) rows.push(...(await withFolder(options.dir, (folder) => run(fsync, options, folder))))
    return rows
  },
}

async function run(
  fsync: (typeof MODES)[number],
  { rounds, samples, budgetMs }: BenchOptions,
  folder: string,
): Promise<Row[]> {
  const node = await benchNode('a', bytes, { dataDir: join(folder, 'a'), fsync })
  const child = new Child<Sight>('visible-watcher')
  let socket: WebSocket | undefined
  try {
    const { barePort } = await child.ask({ seed: node.url, dataDir: join(folder, 'b'), fsync })
    await linked(node)
    socket = await opened(new WebSocket(`ws://127.0.0.1:${barePort}`, { perMessageDeflate: false }))
    const keys = keysOf(KEYS)
    const value = bytesOf(1)
    const frame = Buffer.alloc(KEY_BYTES + VALUE_BYTES, 1)
    const bare = socket
    const { ours, bare: theirs } = await duel({
      rounds,
      budgetMs: budgetMs / MODES.length,
      warmUp: true,
      ours: () => latencies(samples, child, (number) => node.put(keys[number % KEYS] ?? '', value)),
      bare: () => latencies(samples, child, async () => bare.send(frame)),
    })
    const row = (name: string, part: number): Row => ({
      what: `fsync ${fsync}, ${name}`,
      unit: 'ms',
      better: 'less',
      ours: ours.map((round) => quantile(round, part)),
      bare: theirs.map((round) => quantile(round, part)),
      goal: part === 0.5 ? { atMost: 1 } : undefined,
    })
    return [row('p50', 0.5), row('p99', 0.99)]
  } finally {
    socket?.terminate()
    await child.stop()
    await node.close()
  }
}

async function latencies(
  samples: number,
  child: Child<Sight>,
  act: (number: number) => Promise<unknown>,
): Promise<number[]> {
  const took: number[] = []
  for (let number = 0; number < samples; number++) {
    const startMs = machineMs()
    const acted = act(number)
    const [{ seenMs }] = await Promise.all([child.next(), acted])
    took.push(seenMs - startMs)
  }
  return took
}

function opened(socket: WebSocket): Promise<WebSocket> {
  return new Promise((resolve, reject) => {
    socket.once('open', () => resolve(socket))
    socket.once('error', reject)
  })
}
