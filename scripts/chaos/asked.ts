/**
 * A child that answers one question at a time, by messages. One that ends is started again for the next question, and
 * what was asked of it is answered with how it ended.
 */

import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const ANSWER_WAIT_MS = 60_000

export class Asked<Question extends object, Answer> {
  readonly #path: string
  readonly #ended: (how: string) => Answer
  #child: ChildProcess | undefined

  /** `file` is a name in this folder, without its ending. */
  constructor(file: string, ended: (how: string) => Answer) {
    this.#path = fileURLToPath(new URL(`./${file}.js`, import.meta.url))
    this.#ended = ended
  }

  ask(question: Question): Promise<Answer> {
    this.#child ??= fork(this.#path, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
    const child = this.#child
    return new Promise((resolve) => {
      const answer = (it: Answer): void => {
        clearTimeout(timer)
        child.removeAllListeners()
        resolve(it)
      }
      const timer = setTimeout(() => child.kill('SIGKILL'), ANSWER_WAIT_MS)
      child.once('message', (message) => answer(message as Answer))
      child.once('exit', (code, signal) => {
        this.#child = undefined
        answer(this.#ended(signal === null ? `exit code ${code}` : signal))
      })
      child.send(question)
    })
  }

  stop(): void {
    this.#child?.kill('SIGKILL')
    this.#child = undefined
  }
}

/** Works through a list, one at a time with each of the children. */
export async function inLanes<Child, T>(
  children: readonly Child[],
  all: readonly T[],
  work: (child: Child, one: T) => Promise<void>,
): Promise<void> {
  const left = all.values()
  const lane = async (child: Child): Promise<void> => {
    for (const one of left) await work(child, one)
  }
  await Promise.all(children.map(lane))
}
