/**
 * One real node in an operating-system process of its own, told by its parent what to do. Beside the node it keeps what
 * a proof needs to know of its process: memory after a collection, the longest time that the loop was held, bytes on
 * all sockets, what its own watch saw, and when its tombstones went. It ends with its parent.
 */

import { subscribe } from 'node:diagnostics_channel'
import type { Socket } from 'node:net'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { bytes, createNode, HearsayError, type HearsayNode, type NodeOptions } from '../../src/index.ts'

/** Changes that one batch carries. */
const BATCH_CHANGES = 5_000
const LOOK_EVERY_MS = 50

export interface Heap {
  readonly heapUsed: number
  readonly arrayBuffers: number
  readonly rss: number
  readonly tookMs: number
}

export interface Traffic {
  readonly sent: number
  readonly received: number
}

export interface Seen {
  readonly puts: number
  readonly deletes: number
  readonly expires: number
  readonly isReady: boolean
}

/** The longest turn of the loop, ms: by the clock, and by the time that this process had a processor in it. */
export interface Held {
  readonly wallMs: number
  readonly busyMs: number
}

/** At `atMs`, Unix ms, this many tombstones were left, of those so far collected. */
export interface Look {
  readonly atMs: number
  readonly tombstones: number
  readonly collected: number
}

let node: HearsayNode<Uint8Array> | undefined
const sockets = new Set<Socket>()
const closedTraffic = { sent: 0, received: 0 }
const delay = monitorEventLoopDelay({ resolution: 1 })
const seen = { puts: 0, deletes: 0, expires: 0, isReady: false }
const looks: Look[] = []
let busyMs = 0
let turns: NodeJS.Timeout | undefined

function keep(socket: Socket): void {
  sockets.add(socket)
  socket.once('close', () => {
    sockets.delete(socket)
    closedTraffic.sent += socket.bytesWritten
    closedTraffic.received += socket.bytesRead
  })
}

subscribe('net.client.socket', (message) => keep((message as { socket: Socket }).socket))
subscribe('net.server.socket', (message) => keep((message as { socket: Socket }).socket))

function own(): HearsayNode<Uint8Array> {
  if (node === undefined) throw new Error('the node is not open')
  return node
}

/** The calls that a parent may make. */
const CALLS = {
  async open(options: NodeOptions<Uint8Array>): Promise<string> {
    node = await createNode<Uint8Array>({ ...options, codec: bytes })
    return node.url
  },
  /** `expireAtMs`: Unix ms, the same for all of them. */
  async change(kind: 'put' | 'del', prefix: string, from: number, count: number, expireAtMs?: number): Promise<void> {
    const value = new Uint8Array(64).fill(7)
    for (let start = from; start < from + count; start += BATCH_CHANGES) {
      const keys = Array.from(
        { length: Math.min(BATCH_CHANGES, from + count - start) },
        (_, i) => `${prefix}${start + i}`,
      )
      const ttl = expireAtMs === undefined ? undefined : expireAtMs - Date.now()
      await own().batch(keys.map((key) => (kind === 'put' ? { type: 'put', key, value, ttl } : { type: 'del', key })))
    }
  },
  /** One delete each `everyMs`; when each was acknowledged, Unix ms. */
  async deleteSlowly(prefix: string, count: number, everyMs: number): Promise<readonly number[]> {
    const beganMs = performance.now()
    const times: number[] = []
    for (let i = 0; i < count; i++) {
      await sleep(Math.max(0, beganMs + i * everyMs - performance.now()))
      await own().delete(`${prefix}${i}`)
      times.push(Date.now())
    }
    return times
  },
  async status(): Promise<unknown> {
    return own().status()
  },
  async sync(peer?: string): Promise<unknown> {
    return own().sync(peer)
  },
  async watch(): Promise<void> {
    void (async () => {
      for await (const event of own().watch()) {
        if (event.type === 'put') seen.puts++
        else if (event.type === 'ready') seen.isReady = true
        else if (event.type === 'delete' && event.cause === 'expire') seen.expires++
        else if (event.type === 'delete') seen.deletes++
      }
    })()
  },
  async seen(): Promise<Seen> {
    return seen
  },
  /** From now on: looks every 50 ms at what is left of the tombstones. */
  async look(): Promise<void> {
    setInterval(() => {
      const { tombstones, counters } = own().status()
      const collected = counters.tombstonesCollected ?? 0
      if (looks.at(-1)?.collected !== collected || looks.at(-1)?.tombstones !== tombstones)
        looks.push({ atMs: Date.now(), tombstones, collected })
    }, LOOK_EVERY_MS)
  },
  async looks(): Promise<readonly Look[]> {
    return looks
  },
  async heap(): Promise<Heap> {
    const { gc } = globalThis
    if (gc === undefined) throw new Error('run node with --expose-gc')
    const beganMs = performance.now()
    // The second one frees what the first one only found.
    await gc()
    await gc()
    const tookMs = performance.now() - beganMs
    const { heapUsed, arrayBuffers, rss } = process.memoryUsage()
    return { heapUsed, arrayBuffers, rss, tookMs }
  },
  async resetDelay(): Promise<void> {
    delay.enable()
    delay.reset()
    clearInterval(turns)
    busyMs = 0
    let last = process.cpuUsage()
    // On a machine with more work than processors a turn lasts long without doing much.
    turns = setInterval(() => {
      const { user, system } = process.cpuUsage(last)
      last = process.cpuUsage()
      busyMs = Math.max(busyMs, (user + system) / 1_000)
    }, 1)
  },
  async delayMs(): Promise<Held> {
    const wallMs = delay.max / 1e6
    return { wallMs, busyMs: Math.min(busyMs, wallMs) }
  },
  async traffic(): Promise<Traffic> {
    const sum = { ...closedTraffic }
    for (const { bytesWritten, bytesRead } of sockets) {
      sum.sent += bytesWritten
      sum.received += bytesRead
    }
    return sum
  },
  async close(): Promise<void> {
    await own().close()
  },
} as const

export type Calls = typeof CALLS

process.on('disconnect', () => process.exit())
process.on('message', (message: { id: number; call: keyof Calls; args: never[] }) => {
  const { id, call, args } = message
  const run = CALLS[call] as (...all: never[]) => Promise<unknown>
  run(...args).then(
    (answer) => process.send?.({ id, answer }),
    (error: unknown) => {
      const code = error instanceof HearsayError ? error.code : undefined
      process.send?.({ id, error: { code, message: error instanceof Error ? error.message : String(error) } })
    },
  )
})
