/**
 * Another operating-system process with a file of this folder in it, and messages both ways. It ends with its parent,
 * and its parent ends it by its own handle. Messages are JSON, read in order; one that does not come is an error.
 */

import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const ANSWER_WAIT_MS = 60_000

export class Child<Said> {
  readonly #child: ChildProcess
  readonly #said: Said[] = []
  #listener: (() => void) | undefined
  #end: Error | undefined

  /** `file` is a name in this folder, without its ending. */
  constructor(file: string) {
    const path = fileURLToPath(new URL(`./${file}.js`, import.meta.url))
    this.#child = fork(path, { execArgv: ['--expose-gc'], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
    this.#child.on('message', (message) => {
      this.#said.push(message as Said)
      this.#listener?.()
    })
    this.#child.on('exit', (code, signal) => {
      this.#end = new Error(`${file} ended with ${code ?? signal}`)
      this.#listener?.()
    })
  }

  send(message: object): void {
    this.#child.send(message)
  }

  /** The next message of the child. One call at a time. */
  async next(): Promise<Said> {
    if (this.#said.length === 0 && this.#end === undefined) await this.#heard()
    const message = this.#said.shift()
    if (message !== undefined) return message
    throw this.#end ?? new Error(`the other side said nothing for ${ANSWER_WAIT_MS} ms`)
  }

  ask(message: object): Promise<Said> {
    this.send(message)
    return this.next()
  }

  stop(): Promise<void> {
    if (this.#end !== undefined) return Promise.resolve()
    return new Promise((resolve) => {
      this.#child.once('exit', () => resolve())
      this.#child.kill('SIGKILL')
    })
  }

  #heard(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#listener?.(), ANSWER_WAIT_MS)
      this.#listener = () => {
        clearTimeout(timer)
        this.#listener = undefined
        resolve()
      }
    })
  }
}

/** In the child: answers or acts on each message of the parent, and ends when the parent is gone. */
export function listenToParent<Asked>(hear: (message: Asked) => Promise<void>): void {
  process.on('disconnect', () => process.exit())
  process.on('message', (message) => {
    hear(message as Asked).catch((error: unknown) => {
      process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`)
      process.exit(1)
    })
  })
}

/** In the child. */
export function tellParent(message: object): void {
  process.send?.(message)
}

/** Milliseconds of the machine's own monotonic clock, which all its processes share. */
export function machineMs(): number {
  const [seconds, nanoseconds] = process.hrtime()
  return seconds * 1_000 + nanoseconds / 1_000_000
}
