/**
 * Where the script speaks and listens. On a terminal that is `terminal-screen.ts`, with a status that stays in view;
 * here is the plain one, for pipes and files: it prints lines in order, and reads commands until the input ends.
 */

import { createInterface, type Interface } from 'node:readline'
import type { StatusLine } from './status-table.ts'

export const PROMPT = 'hearsay> '

export interface Screen {
  /** Whether it shows a status that is worth refreshing. */
  readonly isLive: boolean
  /** What is typed, line by line, until the input ends. */
  readonly lines: AsyncIterable<string>
  print(...lines: readonly string[]): void
  /** Replaces the status in view. */
  show(status: readonly StatusLine[]): void
  /** Gives the input back; printing goes on. */
  close(): void
}

export class PlainScreen implements Screen {
  readonly isLive = false
  readonly lines: AsyncIterable<string>
  readonly #output: NodeJS.WritableStream
  readonly #typed: Interface

  constructor(input: NodeJS.ReadStream, output: NodeJS.WritableStream) {
    this.#output = output
    this.#typed = createInterface({ input, terminal: false })
    // Taken now: what is typed while the nodes start must not be lost.
    const typed = this.#typed[Symbol.asyncIterator]()
    this.lines = input.isTTY ? typed : echoed(typed, this)
  }

  print(...lines: readonly string[]): void {
    this.#output.write(lines.map((line) => `${line}\n`).join(''))
  }

  show(): void {}

  close(): void {
    this.#typed.close()
  }
}

/** Each line is printed when it is taken, so that what was typed ahead stands above its own output. */
export async function* echoed(typed: AsyncIterable<string>, screen: Pick<Screen, 'print'>): AsyncIterable<string> {
  for await (const line of typed) {
    if (line.trim() !== '') screen.print(`${PROMPT}${line}`)
    yield line
  }
}
