/**
 * Runs `hearsay` as a user would: in this process with streams of its own (quick), or as a program (real). Also nodes to
 * run it against. Everything is stopped when the test has finished.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { PassThrough, Readable, Writable } from 'node:stream'
import { onTestFinished } from 'vitest'
import type { StopSignal } from '../../src/cli/exit-codes.ts'
import { type Io, Output } from '../../src/cli/io.ts'
import { runCommand } from '../../src/cli/run-command.ts'
import { createNode, type HearsayNode, type NodeOptions } from '../../src/node/create-node.ts'

export interface Ended {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export interface RunOptions {
  readonly stdin?: string | Uint8Array | AsyncIterable<Uint8Array>
  readonly env?: Record<string, string>
  /** Whether the outputs are terminals. */
  readonly terminal?: boolean
  /** The user wants it to stop as soon as it listens to that. */
  readonly stopped?: StopSignal
  /** What every write to standard output fails with. */
  readonly outputFails?: NodeJS.ErrnoException
}

export interface Running {
  readonly ended: Promise<Ended>
  /** Standard output so far. */
  readonly stdout: Collected
  stop(signal?: StopSignal): void
}

/** Text as it arrives. */
export class Collected extends Writable {
  readonly chunks: Buffer[] = []
  readonly columns = 100
  #waiting: (() => void)[] = []

  get text(): string {
    return Buffer.concat(this.chunks).toString()
  }

  override _write(chunk: Buffer, _: unknown, done: () => void): void {
    this.chunks.push(Buffer.from(chunk))
    for (const wake of this.#waiting.splice(0)) wake()
    done()
  }

  /** Resolves when the text holds a match. */
  async until(pattern: RegExp): Promise<RegExpExecArray> {
    while (true) {
      const match = pattern.exec(this.text)
      if (match !== null) return match
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
  }
}

/** Starts a command in this process. */
export function start(argv: readonly string[], options: RunOptions = {}): Running {
  const { stdin = '', env = {}, terminal = false, stopped, outputFails } = options
  const stdout = new Collected()
  const stderr = new Collected()
  const listeners = new Set<(signal: StopSignal) => void>()
  const io: Io = {
    env,
    stdin: Readable.from(isBytes(stdin) ? [Buffer.from(stdin)].filter((chunk) => chunk.length > 0) : stdin),
    stdout: new Output(outputFails === undefined ? stdout : failing(outputFails), terminal),
    stderr: new Output(stderr, terminal),
    onStop(listener) {
      listeners.add(listener)
      if (stopped !== undefined) listener(stopped)
      return () => listeners.delete(listener)
    },
  }
  const ended = runCommand(argv, io).then((code) => ({ code, stdout: stdout.text, stderr: stderr.text }))
  return {
    ended,
    stdout,
    stop: (signal = 'SIGINT') => {
      for (const listener of listeners) listener(signal)
    },
  }
}

function failing(error: Error): Writable {
  return new Writable({ write: (_, __, done) => done(error) })
}

function isBytes(stdin: NonNullable<RunOptions['stdin']>): stdin is string | Uint8Array {
  return typeof stdin === 'string' || stdin instanceof Uint8Array
}

/** Runs a command in this process, to its end. */
export function run(argv: readonly string[], options: RunOptions = {}): Promise<Ended> {
  return start(argv, options).ended
}

/** A node in this process, in memory unless the options say otherwise. */
export async function startNode(options: NodeOptions<unknown> = {}): Promise<HearsayNode<unknown>> {
  const node = await createNode({ listen: '127.0.0.1:0', logLevel: 'silent', name: 'a', ...options })
  onTestFinished(() => node.close())
  return node
}

export interface Program {
  readonly child: ChildProcess
  readonly stdin: Writable
  readonly stdout: Collected
  readonly stderr: Collected
  /** Code and signal it ended with. */
  readonly ended: Promise<{ code: number | null; signal: string | null }>
}

const PROGRAM = join(import.meta.dirname, '../../dist/src/cli/main.js')

/** The built program in a process of its own. */
export function spawnHearsay(argv: readonly string[], env: Record<string, string> = {}): Program {
  const child = spawn(process.execPath, [PROGRAM, ...argv], { env: { PATH: process.env.PATH, ...env }, stdio: 'pipe' })
  onTestFinished(() => void child.kill('SIGKILL'))
  const stdout = new Collected()
  const stderr = new Collected()
  child.stdout.pipe(stdout)
  child.stderr.pipe(stderr)
  const ended = once(child, 'close').then(([code, signal]) => ({ code, signal }))
  return { child, stdin: child.stdin ?? new PassThrough(), stdout, stderr, ended }
}

/** The address in the first line of `serve`. */
export async function urlOf(stdout: Collected): Promise<string> {
  return (await stdout.until(/ws:\/\/[\d.]+:\d+/))[0]
}
