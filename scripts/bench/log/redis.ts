/**
 * redis-server as a peer: a process of its own below a folder of its own, on a Unix socket and no port, ended by its
 * own handle. It is filled over the socket as any client would, into a plain append-only file, then into a dump of the
 * same entries; each load is a new process, timed by its own log.
 */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { machineMs } from '../child.ts'
import { KEY_BYTES, keyOf } from '../samples.ts'
import { noiseOf, VALUE_BYTES } from './entries.ts'
import type { StartTimes } from './starts.ts'

export type RedisKind = 'aof' | 'rdb'

const PROGRAM = 'redis-server'
const VERSION_LEAST = 7
const READY_WAIT_MS = 60_000
const FILL_BATCH = 10_000
const OK = '+OK\r\n'

/** Its version, or `undefined` where there is none, or only an older one. */
export function redisVersion(): string | undefined {
  const { stdout } = spawnSync(PROGRAM, ['--version'], { encoding: 'utf8' })
  const version = /v=(\S+)/.exec(stdout ?? '')?.[1]
  return Number.parseInt(version ?? '0', 10) < VERSION_LEAST ? undefined : version
}

/** Leaves both files of the same entries in the folder. */
export async function fillRedis(folder: string, keys: number): Promise<void> {
  const server = new RedisServer(folder, 'aof')
  try {
    await server.ready()
    const socket = await server.connect()
    for (let from = 0; from < keys; from += FILL_BATCH) {
      const count = Math.min(FILL_BATCH, keys - from)
      await told(socket, Buffer.concat(Array.from({ length: count }, (_, at) => setCommand(from + at))), count)
    }
    await told(socket, Buffer.from('SAVE\r\n'), 1)
    socket.destroy()
  } finally {
    await server.stop()
  }
}

export async function loadRedis(folder: string, kind: RedisKind): Promise<StartTimes> {
  const spawnedMs = machineMs()
  const server = new RedisServer(folder, kind)
  try {
    const readyMs = await server.ready()
    return { loadMs: server.loadMs, wholeMs: readyMs - spawnedMs }
  } finally {
    await server.stop()
  }
}

class RedisServer {
  readonly #child: ChildProcess
  /** Paths of sockets are short, those of folders may be long. */
  readonly #socketFolder = mkdtempSync(join(tmpdir(), 'redis-'))
  readonly #isReady: Promise<number>
  #said = ''

  constructor(folder: string, kind: RedisKind) {
    const flags = {
      port: '0',
      unixsocket: this.#socket,
      dir: folder,
      save: '',
      appendonly: kind === 'aof' ? 'yes' : 'no',
      'aof-use-rdb-preamble': 'no',
      'auto-aof-rewrite-percentage': '0',
      appendfsync: 'no',
    }
    const words = Object.entries(flags).flatMap(([name, value]) => [`--${name}`, value])
    this.#child = spawn(PROGRAM, words, { stdio: ['ignore', 'pipe', 'ignore'] })
    this.#isReady = new Promise((resolve, reject) => {
      this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => {
        this.#said += text
        if (/ready to accept connections/i.test(this.#said)) resolve(machineMs())
      })
      const late = setTimeout(() => reject(new Error(`redis-server is not ready:\n${this.#said}`)), READY_WAIT_MS)
      late.unref()
      this.#child.once('error', reject)
      this.#child.once('exit', (code) => reject(new Error(`redis-server ended with ${code}:\n${this.#said}`)))
    })
  }

  /** When it took connections, on the machine's clock, ms. */
  ready(): Promise<number> {
    return this.#isReady
  }

  /** What its log says of the load. */
  get loadMs(): number {
    const found = /DB loaded from (?:append only file|disk): ([\d.]+) seconds/.exec(this.#said)
    if (found === null) throw new Error(`redis-server did not say how long it loaded:\n${this.#said}`)
    return Number(found[1]) * 1_000
  }

  connect(): Promise<Socket> {
    return new Promise((resolve, reject) => {
      const socket = connect(this.#socket)
      socket.once('connect', () => resolve(socket)).once('error', reject)
    })
  }

  async stop(): Promise<void> {
    // Already told to whoever waited for it to be ready.
    this.#isReady.catch(() => {})
    if (this.#child.exitCode === null && this.#child.pid !== undefined) {
      const ended = new Promise((resolve) => this.#child.once('exit', resolve))
      this.#child.kill('SIGKILL')
      await ended
    }
    rmSync(this.#socketFolder, { recursive: true, force: true })
  }

  get #socket(): string {
    return join(this.#socketFolder, 's')
  }
}

/** Sends, and resolves when all the commands were answered with OK. */
function told(socket: Socket, commands: Buffer, count: number): Promise<void> {
  return new Promise((resolve, reject) => {
    let bytes = 0
    const end = (act: () => void): void => {
      socket.off('data', hear).off('close', close)
      act()
    }
    const hear = (chunk: Buffer): void => {
      bytes += chunk.length
      if (chunk.includes('-')) end(() => reject(new Error(`redis-server refused: ${chunk.toString('latin1')}`)))
      else if (bytes >= count * OK.length) end(resolve)
    }
    const close = (): void => end(() => reject(new Error('redis-server closed the connection')))
    socket.on('data', hear).on('close', close)
    socket.write(commands)
  })
}

function setCommand(number: number): Buffer {
  const head = `*3\r\n$3\r\nSET\r\n$${KEY_BYTES}\r\n${keyOf(number)}\r\n$${VALUE_BYTES}\r\n`
  return Buffer.concat([Buffer.from(head, 'latin1'), noiseOf(number, VALUE_BYTES), Buffer.from('\r\n')])
}
