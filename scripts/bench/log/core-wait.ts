/**
 * How long the main thread of this process was ready to run and no core was free: what a busy machine does to it, and
 * no fault of the program. Only Linux tells; elsewhere it is always 0.
 */

import { openSync, readSync } from 'node:fs'

const NS = 1_000_000
/** Three whole numbers of 64 bits: nanoseconds on a core, nanoseconds of waiting, turns. */
const TEXT_BYTES = 64

export class CoreWait {
  readonly #fd = openSchedstat()
  readonly #text: Buffer = Buffer.alloc(TEXT_BYTES)

  /** Since the process began, ms. */
  get ms(): number {
    if (this.#fd === undefined) return 0
    const length = readSync(this.#fd, this.#text, 0, TEXT_BYTES, 0)
    return Number(this.#text.toString('latin1', 0, length).split(' ')[1] ?? 0) / NS
  }
}

function openSchedstat(): number | undefined {
  try {
    return openSync(`/proc/self/task/${process.pid}/schedstat`, 'r')
  } catch {
    return undefined
  }
}
