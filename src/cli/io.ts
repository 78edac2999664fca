/**
 * The world as a verb sees it: three streams, the environment, and the wish that it should stop. Tests put their own in
 * its place. An output that nobody reads any more (`hearsay ls | head -1`) shows as `OutputGone`, which is no failure; one
 * that takes nothing more, such as a file on a full disk, as `OutputFailed`.
 */

import type { Readable, Writable } from 'node:stream'
import type { StopSignal } from './exit-codes.ts'

/** What was printed could not be written. */
export class OutputFailed extends Error {
  override readonly name: string = 'OutputFailed'
  /** Of the system, such as `ENOSPC`. */
  readonly code: string

  constructor(cause: unknown) {
    const { code = 'EIO', message } = cause as NodeJS.ErrnoException
    super(`cannot write: ${message}`, { cause })
    this.code = code
  }
}

/** The reader of an output has gone. */
export class OutputGone extends OutputFailed {
  override readonly name: string = 'OutputGone'
}

/** An output with backpressure. */
export class Output {
  readonly isTerminal: boolean
  readonly #stream: Writable
  #error: OutputFailed | undefined

  constructor(stream: Writable, isTerminal: boolean) {
    this.#stream = stream
    this.isTerminal = isTerminal
    stream.on('error', (error: NodeJS.ErrnoException) => {
      this.#error ??= error.code === 'EPIPE' ? new OutputGone(error) : new OutputFailed(error)
    })
  }

  /** Characters in a line of the terminal; `undefined` when it is none. */
  get columns(): number | undefined {
    return this.isTerminal ? (this.#stream as Writable & { columns?: number }).columns : undefined
  }

  /** Resolves when there is room for more. Rejects with `OutputGone` or `OutputFailed`. */
  async write(chunk: string | Uint8Array): Promise<void> {
    if (this.#error !== undefined) throw this.#error
    if (!this.#stream.write(chunk)) await this.flush()
    if (this.#error !== undefined) throw this.#error
  }

  async line(text: string): Promise<void> {
    await this.write(`${text}\n`)
  }

  /** Resolves when everything is written, or never will be. */
  flush(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#error !== undefined || this.#stream.destroyed) resolve()
      else this.#stream.write('', () => resolve())
    })
  }

  /** `flush`, but rejects with `OutputFailed` when something that was read by somebody could not be written. */
  async finish(): Promise<void> {
    await this.flush()
    if (this.#error !== undefined && !(this.#error instanceof OutputGone)) throw this.#error
  }

  /** For words on the side: whoever does not read them misses nothing. */
  say(text: string): void {
    if (this.#error === undefined) this.#stream.write(text)
  }
}

export interface Io {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly stdin: Readable & { readonly isTTY?: boolean }
  readonly stdout: Output
  readonly stderr: Output
  /**
   * Calls when the user wants it to stop. The caller then ends in order; a second wish ends the program at once. Returns
   * what takes the listener back. While there is none the first wish ends the program.
   */
  onStop(listener: (signal: StopSignal) => void): () => void
}

/** The streams of this program. `onStop` is the entry point's. */
export function programIo(onStop: Io['onStop']): Io {
  return {
    env: process.env,
    stdin: process.stdin,
    stdout: new Output(process.stdout, process.stdout.isTTY === true),
    stderr: new Output(process.stderr, process.stderr.isTTY === true),
    onStop,
  }
}
