/**
 * Nodes as a user runs them: `hearsay serve` in processes of their own, on ports and folders of their own. Everything is
 * ended and removed when the test has finished. Nothing sleeps by guess: `until` looks again until it is so.
 */

import { once } from 'node:events'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { expect, onTestFinished } from 'vitest'
import { type Client, connect, type StatusReport } from '../../src/client/index.ts'
import { type Program, spawnHearsay, urlOf } from '../cli/command.ts'
import { newFolder } from '../platform/folders.ts'

const LOOK_EVERY_MS = 10
const LOOKS_MAX = 3_000

export interface Told {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export class Served {
  readonly name: string
  readonly url: string
  readonly dataDir: string
  readonly #flags: readonly string[]
  #program: Program | undefined
  #client: Client<unknown> | undefined

  constructor(name: string, port: number, dataDir: string, seeds: readonly string[], more: readonly string[]) {
    this.name = name
    this.url = `ws://127.0.0.1:${port}`
    this.dataDir = dataDir
    const flags = ['--name', name, '--listen', `127.0.0.1:${port}`, '--data-dir', dataDir]
    this.#flags = [...flags, ...seeds.flatMap((seed) => ['--seeds', seed]), ...more]
    onTestFinished(() => this.#client?.close())
  }

  /** Speaks to this node only, for as long as it takes. */
  get client(): Client<unknown> {
    this.#client ??= connect(this.url, { timeout: 30_000 })
    return this.#client
  }

  get program(): Program {
    if (this.#program === undefined) throw new Error(`${this.name} was not started`)
    return this.#program
  }

  launch(env: Record<string, string> = {}): Program {
    this.#program = spawnHearsay(['serve', ...this.#flags], env)
    return this.#program
  }

  /** Resolves when it is ready. */
  async start(env: Record<string, string> = {}): Promise<void> {
    const program = this.launch(env)
    const ended = program.ended.then(({ code }) => {
      throw new Error(`${this.name} ended with ${code}: ${program.stderr.text}`)
    })
    await Promise.race([urlOf(program.stdout), ended])
    ended.catch(() => {})
  }

  async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    this.program.child.kill(signal)
    await this.program.ended
  }

  status(): Promise<StatusReport> {
    return this.client.admin.status()
  }

  refuse(...names: readonly string[]): Promise<void> {
    return this.client.admin.fault(names)
  }

  async putAll(prefix: string, count: number): Promise<void> {
    await this.client.batch(
      Array.from({ length: count }, (_, i) => ({ type: 'put' as const, key: `${prefix}${i}`, value: i })),
    )
  }

  async deleteAll(prefix: string, count: number): Promise<void> {
    await this.client.batch(Array.from({ length: count }, (_, i) => ({ type: 'del' as const, key: `${prefix}${i}` })))
  }

  async keys(prefix = ''): Promise<string[]> {
    const found: string[] = []
    for await (const { key } of this.client.scan({ prefix })) found.push(key)
    return found
  }

  /** Runs a verb against this node. */
  hearsay(...argv: readonly string[]): Promise<Told> {
    return hearsay(...argv, '--url', this.url)
  }
}

/** A verb to its end, in a process of its own. */
export async function hearsay(...argv: readonly string[]): Promise<Told> {
  const { ended, stdout, stderr } = spawnHearsay(argv)
  const { code } = await ended
  return { code, stdout: stdout.text, stderr: stderr.text }
}

/** Running nodes n1, n2, … that all see each other; `env` is for the last of them. */
export async function servedCluster(
  count: number,
  more: readonly string[] = [],
  env: Record<string, string> = {},
): Promise<readonly Served[]> {
  const folder = newFolder()
  const ports = await freePorts(count)
  const seeds = ports.map((port) => `127.0.0.1:${port}`)
  const nodes = ports.map((port, at) => {
    const name = `n${at + 1}`
    return new Served(name, port, join(folder, name), seeds, ['--faults', ...more])
  })
  await Promise.all(nodes.map((node, at) => node.start(at === count - 1 ? env : {})))
  await until('all see each other', async () =>
    (await statuses(nodes)).every(({ links, members }) => links === count - 1 && members.alive === count),
  )
  return nodes
}

export function statuses(nodes: readonly Served[]): Promise<readonly StatusReport[]> {
  return Promise.all(nodes.map((node) => node.status()))
}

export async function untilEqual(nodes: readonly Served[], keys: number): Promise<void> {
  await until(`all hold the same ${keys} keys`, async () => {
    const all = await statuses(nodes)
    return all.every((one) => one.keys === keys && one.fingerprint === all[0]?.fingerprint)
  })
}

/** What a node shows before its disk has it, a kill may take. */
export async function untilOnDisk(node: Served): Promise<void> {
  await until(`${node.name} has all on its disk`, async () => (await node.status()).logPendingBytes === 0)
}

export async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let look = 0; look < LOOKS_MAX; look++) {
    if (await holds()) return
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS))
  }
  expect.fail(`this never came true: ${what}`)
}

export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'))
  await Promise.all(servers.map((server) => once(server, 'listening')))
  const ports = servers.map((server) => {
    const address = server.address()
    return typeof address === 'object' && address !== null ? address.port : 0
  })
  await Promise.all(
    servers.map((server) => {
      server.close()
      return once(server, 'close')
    }),
  )
  return ports
}
