/**
 * One real node on this machine: its place, the child that runs it, and a client that speaks to it alone. Says how it
 * is and why it is down; a node that ended by itself stays down until it is started again. Signals go to the one pid.
 */

import type { ChildProcess } from 'node:child_process'
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import type { Client, StatusReport } from '../../src/client/index.ts'
import { bytes, connect } from '../../src/client/index.ts'
import type { Place } from './places.ts'
import { spawnServe } from './shipped.ts'

/** A node that has not stopped by then is killed. */
const STOP_WAIT_MS = 5_000
const LOG_TAIL_BYTES = 4_096

export type NodeState =
  | { readonly kind: 'starting' | 'up'; readonly pid: number }
  | { readonly kind: 'down'; readonly why: string }

interface Run {
  readonly child: ChildProcess
  readonly client: Client<Uint8Array>
  readonly gone: Promise<unknown>
  /** Set before a signal is sent: what ends then did not end by itself. */
  ending: string | undefined
  isUp: boolean
}

export class LocalNode {
  readonly place: Place
  readonly #seeds: readonly string[]
  readonly #onDeath: (node: LocalNode, why: string) => void
  #run: Run | undefined
  #why = 'not started'

  /** `onDeath` is called when the node ended although nobody asked it to. */
  constructor(place: Place, seeds: readonly string[], onDeath: (node: LocalNode, why: string) => void) {
    this.place = place
    this.#seeds = seeds
    this.#onDeath = onDeath
  }

  get name(): string {
    return this.place.name
  }

  get state(): NodeState {
    const run = this.#run
    if (run?.child.pid === undefined) return { kind: 'down', why: this.#why }
    return { kind: run.isUp ? 'up' : 'starting', pid: run.child.pid }
  }

  /** Speaks to this node only. `undefined` while it is down. */
  get client(): Client<Uint8Array> | undefined {
    return this.#run?.client
  }

  /** Does nothing when it runs already. */
  start(): void {
    if (this.#run !== undefined) return
    const { name, port, url, dataDir, logFile } = this.place
    const flags = ['--name', name, '--listen', `127.0.0.1:${port}`, '--data-dir', dataDir]
    const seeds = this.#seeds.flatMap((seed) => ['--seeds', seed])
    const log = openSync(logFile, 'a')
    const child = spawnServe([...flags, ...seeds, '--faults', '--log-format', 'text'], {
      stdio: ['ignore', log, log, 'ipc'],
      // So that Ctrl-C in the terminal reaches only the script, which then stops the nodes in order.
      detached: process.platform !== 'win32',
      windowsHide: true,
    })
    closeSync(log)
    const gone = new Promise<void>((resolve) => {
      const ended = (how: string): void => {
        if (this.#run === run) this.#ended(run, how)
        resolve()
      }
      child.on('error', (error) => {
        if (child.pid === undefined) ended(error.message)
      })
      child.once('exit', (code, signal) => ended(signal === null ? `exit code ${code}` : signal))
    })
    const run: Run = { child, client: connect(url, { codec: bytes }), gone, ending: undefined, isUp: false }
    this.#run = run
  }

  /** How the node says it is; `undefined` when it is down or says nothing in time. */
  async report(timeoutMs: number): Promise<StatusReport | undefined> {
    const run = this.#run
    if (run === undefined) return undefined
    try {
      const report = await run.client.admin.status({ timeout: timeoutMs })
      // One that comes up can tell no more than that.
      if (report.state === 'recovering' || report.state === 'joining') return undefined
      run.isUp = true
      return report
    } catch {
      // A table shows it as silent; what is wrong with it stands in its log.
      return undefined
    }
  }

  /** As a power cut would: the node has no say. */
  async kill(): Promise<void> {
    const run = this.#run
    if (run === undefined) return
    run.ending ??= 'killed'
    run.child.kill('SIGKILL')
    await run.gone
  }

  /** Asks it to stop, and kills it when it does not. */
  async stop(): Promise<void> {
    const run = this.#run
    if (run === undefined) return
    run.ending ??= 'stopped'
    run.child.kill('SIGTERM')
    const timer = setTimeout(() => run.child.kill('SIGKILL'), STOP_WAIT_MS)
    await run.gone
    clearTimeout(timer)
  }

  #ended(run: Run, how: string): void {
    this.#run = undefined
    void run.client.close()
    if (run.ending !== undefined) {
      this.#why = `${run.ending} (${how})`
      return
    }
    const words = lastLogLine(this.place.logFile)
    this.#why = `ended unasked (${how})${words === '' ? '' : `: ${words}`}`
    this.#onDeath(this, this.#why)
  }
}

/** The last line of a log that says something: neither a stack nor a bracket. Without its time. */
function lastLogLine(file: string): string {
  const log = openSync(file, 'r')
  try {
    const { size } = fstatSync(log)
    const tail = Buffer.alloc(Math.min(size, LOG_TAIL_BYTES))
    const read = readSync(log, tail, 0, tail.length, size - tail.length)
    const lines = tail.toString('utf8', 0, read).split('\n')
    const last = lines.findLast((line) => /^\S.*\w/.test(line) && !line.startsWith('Node.js v')) ?? ''
    return last.replace(/^\d{4}-\d\d-\d\d \S+ +/, '').replace(/[\s\p{Cc}]+/gu, ' ')
  } finally {
    closeSync(log)
  }
}
