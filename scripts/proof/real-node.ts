/**
 * The parent's end of a node in a process of its own: asks it, kills it, starts it again in its folder. A cluster is
 * some of them on ports of their own, which know each other by their seeds. Whoever waits says for how long at most.
 */

import { type ChildProcess, fork } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { StatusReport } from '../../src/client/index.ts'
import { connect } from '../../src/client/index.ts'
import type { NodeOptions } from '../../src/index.ts'
import type { Calls } from './node-child.ts'

const CHILD = fileURLToPath(new URL('./node-child.js', import.meta.url))
const LOOK_EVERY_MS = 20

type Answer<K extends keyof Calls> = Awaited<ReturnType<Calls[K]>>

interface Waiting {
  resolve(answer: unknown): void
  reject(error: Error): void
}

export interface RealNodeOptions extends Omit<NodeOptions<Uint8Array>, 'name' | 'dataDir' | 'codec'> {
  readonly name: string
  readonly dataDir: string
}

export class RealNode {
  readonly name: string
  readonly options: RealNodeOptions
  readonly #execArgv: readonly string[]
  readonly #waiting = new Map<number, Waiting>()
  #child: ChildProcess | undefined
  #asked = 0
  url = ''

  constructor(options: RealNodeOptions, execArgv: readonly string[] = []) {
    this.name = options.name
    this.options = options
    this.#execArgv = execArgv
  }

  /** Resolves when the node is ready. `more` counts for this start only. */
  async start(more: Partial<RealNodeOptions> = {}): Promise<void> {
    const child = fork(CHILD, {
      execArgv: ['--expose-gc', ...this.#execArgv],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    })
    this.#child = child
    child.on('message', (message: { id: number; answer?: unknown; error?: { code?: string; message: string } }) => {
      const waiting = this.#waiting.get(message.id)
      this.#waiting.delete(message.id)
      if (message.error === undefined) waiting?.resolve(message.answer)
      else
        waiting?.reject(
          Object.assign(new Error(`${this.name}: ${message.error.message}`), { code: message.error.code }),
        )
    })
    child.once('exit', () => {
      for (const { reject } of this.#waiting.values()) reject(new Error(`${this.name} has ended`))
      this.#waiting.clear()
      if (this.#child === child) this.#child = undefined
    })
    this.url = await this.ask('open', { logLevel: 'silent', ...this.options, ...more })
  }

  ask<K extends keyof Calls>(call: K, ...args: Parameters<Calls[K]>): Promise<Answer<K>> {
    const id = ++this.#asked
    return new Promise((resolve, reject) => {
      if (this.#child === undefined) {
        reject(new Error(`${this.name} is down`))
        return
      }
      this.#waiting.set(id, { resolve: resolve as (answer: unknown) => void, reject })
      this.#child.send({ id, call, args })
    })
  }

  async status(): Promise<StatusReport> {
    return (await this.ask('status')) as StatusReport
  }

  /** SIGKILL, as a power cut would. */
  async kill(): Promise<void> {
    const child = this.#child
    if (child === undefined) return
    await new Promise((resolve) => {
      child.once('exit', resolve)
      child.kill('SIGKILL')
    })
  }

  /** Refuses links to the members of these names. */
  async refuse(names: readonly string[]): Promise<void> {
    const client = connect(this.url)
    try {
      await client.admin.fault(names)
    } finally {
      await client.close()
    }
  }

  /** Bytes of all files in its folder. */
  get logBytes(): number {
    const { dataDir } = this.options
    return readdirSync(dataDir).reduce((sum, file) => sum + statSync(join(dataDir, file)).size, 0)
  }
}

/** `count` running nodes that all see each other; `use` gets them, and afterwards nothing of them is left. */
export async function withCluster<T>(
  count: number,
  more: Partial<RealNodeOptions>,
  use: (nodes: readonly RealNode[], folder: string) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'hearsay-proof-'))
  const ports = await freePorts(count)
  const seeds = ports.map((port) => `127.0.0.1:${port}`)
  const nodes = ports.map((port, at) => {
    const name = `n${at + 1}`
    return new RealNode({ ...more, name, dataDir: join(folder, name), listen: `127.0.0.1:${port}`, seeds })
  })
  try {
    await Promise.all(nodes.map((node) => node.start()))
    await until('all see each other', 30_000, async () =>
      (await statuses(nodes)).every(({ links, stalenessMs }) => links === count - 1 && stalenessMs !== undefined),
    )
    return await use(nodes, folder)
  } finally {
    await Promise.all(nodes.map((node) => node.kill()))
    rmSync(folder, { recursive: true, force: true })
  }
}

export function statuses(nodes: readonly RealNode[]): Promise<readonly StatusReport[]> {
  return Promise.all(nodes.map((node) => node.status()))
}

/** Whether all hold the same. */
export async function areEqual(nodes: readonly RealNode[]): Promise<boolean> {
  const all = await statuses(nodes)
  return new Set(all.map(({ fingerprint, keys }) => `${fingerprint} ${keys}`)).size === 1
}

/** Milliseconds until it was so; throws when it is not within `limitMs`. */
export async function until(what: string, limitMs: number, holds: () => Promise<boolean> | boolean): Promise<number> {
  const beganMs = performance.now()
  while (!(await holds())) {
    if (performance.now() - beganMs > limitMs) throw new Error(`not within ${limitMs / 1_000} s: ${what}`)
    await sleep(LOOK_EVERY_MS)
  }
  return performance.now() - beganMs
}

async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer()
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      return server
    }),
  )
  const ports = servers.map((server) => {
    const address = server.address()
    return typeof address === 'object' && address !== null ? address.port : 0
  })
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  return ports
}
