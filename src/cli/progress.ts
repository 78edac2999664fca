/**
 * One line on a terminal that says how far a long run has come, written over and over; on anything else, nothing.
 */

import type { Output } from './io.ts'
import { count } from './style.ts'

/** Milliseconds between two looks of the line. */
const STEP_MS = 100

export class Progress {
  readonly #output: Output
  #shownMs = Number.NEGATIVE_INFINITY
  #isThere = false

  constructor(output: Output) {
    this.#output = output
  }

  /** `text` is only asked for when it is time to show it. */
  show(text: () => string): void {
    if (!this.#output.isTerminal) return
    const nowMs = performance.now()
    if (nowMs - this.#shownMs < STEP_MS) return
    this.#shownMs = nowMs
    this.#isThere = true
    this.#output.say(`\r\u001b[K${text()}`)
  }

  /** `restored 35 % of 1,234 bytes`. */
  showShare(done: string, bytes: number, bytesAll: number): void {
    this.show(() => `${done} ${Math.floor((bytes / Math.max(1, bytesAll)) * 100)} % of ${count(bytesAll, 'byte')}`)
  }

  clear(): void {
    if (this.#isThere) this.#output.say('\r\u001b[K')
    this.#isThere = false
  }
}
