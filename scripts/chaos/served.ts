/**
 * A shipped node, `hearsay serve`, in a process of its own on one folder, and a client that speaks to it. Signals go to
 * its pid; it ends with this process.
 */

import type { ChildProcess } from 'node:child_process'
import { type Client, connect, string } from '../../src/client/index.ts'
import { spawnServe } from '../cluster/shipped.ts'
import { undoLater } from './undo.ts'

const TAIL_CHARS = 2_000
const STOP_WAIT_MS = 15_000

export interface ServedOptions {
  readonly dataDir: string
  readonly segmentBytesMax: number
  /** Threads for calls of the file system; 1 makes their order one that can be counted. */
  readonly threads?: number
}

export class Served {
  readonly client: Client<string>
  readonly pid: number
  /** Resolves with how it ended. */
  readonly ended: Promise<string>
  readonly #child: ChildProcess
  #end: string | undefined

  constructor(child: ChildProcess, url: string, ended: Promise<string>) {
    this.#child = child
    this.pid = child.pid ?? 0
    this.client = connect(url, { codec: string })
    this.ended = ended
    void ended.then((how) => {
      this.#end = how
    })
  }

  /** How it ended, if it has. */
  get end(): string | undefined {
    return this.#end
  }

  /** SIGKILL. */
  async kill(): Promise<void> {
    await this.client.close()
    this.#child.kill('SIGKILL')
    await this.ended
  }

  /** SIGTERM; killed when it does not stop. Returns how it ended. */
  async stop(): Promise<string> {
    await this.client.close()
    this.#child.kill('SIGTERM')
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), STOP_WAIT_MS)
    const how = await this.ended
    clearTimeout(timer)
    return how
  }

  /** All that it shows. */
  async contents(): Promise<ReadonlyMap<string, string>> {
    const found = new Map<string, string>()
    for await (const { key, value } of this.client.scan()) found.set(key, value)
    return found
  }
}

/** Resolves when the node is ready; rejects with its last words when it ends before. */
export async function serve({ dataDir, segmentBytesMax, threads = 4 }: ServedOptions): Promise<Served> {
  const flags = ['--name', 'n1', '--cluster', 'chaos', '--listen', '127.0.0.1:0', '--data-dir', dataDir, '--json']
  const child = spawnServe([...flags, '--segment-bytes-max', String(segmentBytesMax)], {
    env: { ...process.env, UV_THREADPOOL_SIZE: String(threads), UV_USE_IO_URING: '0' },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  const forget = undoLater(() => child.kill('SIGKILL'))
  let tail = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    tail = (tail + text).slice(-TAIL_CHARS)
  })
  const ended = new Promise<string>((resolve) => {
    child.once('close', (code, signal) => {
      forget()
      const lines = tail.trim().split('\n')
      const words = (lines.findLast((line) => line.includes('ERR_')) ?? lines.at(-1) ?? '').slice(0, 400)
      resolve(`${signal ?? `exit code ${code}`}${words === '' ? '' : `: ${words}`}`)
    })
  })
  const url = new Promise<string>((resolve, reject) => {
    let text = ''
    child.stdout?.setEncoding('utf8').on('data', (more: string) => {
      text += more
      if (text.includes('\n')) resolve((JSON.parse(text.slice(0, text.indexOf('\n'))) as { url: string }).url)
    })
    void ended.then((how) => reject(new Error(`the node did not start: ${how}`)))
  })
  return new Served(child, await url, ended)
}
