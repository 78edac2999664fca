/**
 * How far a node is with reading its log: for its status, for who asks it too early, and for the log that people read,
 * which gets a line at the start, at most one a second in between, and one at the end. A log with nothing in it is not told of.
 */

import type { Clock, Logger } from '../core/ports.ts'
import type { StatusReport } from '../core/report.ts'

/** Lines come no closer than this, ms, and say at least so much more, or come after so long, ms. */
const LINE_MS_MIN = 1_000
const LINE_SHARE_MIN = 0.1
const LINE_MS_MAX = 10_000

export class Reading {
  readonly #logger: Logger
  readonly #clock: Pick<Clock, 'monoMs'>
  readonly #startedMs: number
  #bytes = 0
  #bytesAll = 0
  #toldMs = 0
  #toldBytes = 0
  #isOver = false

  constructor(logger: Logger, clock: Pick<Clock, 'monoMs'>) {
    this.#logger = logger
    this.#clock = clock
    this.#startedMs = clock.monoMs()
  }

  /** Of all that is to be read, so much was. Begins anew with 0. */
  readonly progress = (bytes: number, bytesAll: number): void => {
    this.#bytes = Math.min(bytes, bytesAll)
    this.#bytesAll = bytesAll
    const nowMs = this.#clock.monoMs()
    if (bytes === 0 && bytesAll > 0) {
      this.#told(nowMs)
      this.#logger.info({ bytes: bytesAll }, `Reading the log: ${sizeWords(bytesAll)}`)
    }
    const sinceMs = nowMs - this.#toldMs
    const isMuch = this.#bytes - this.#toldBytes >= bytesAll * LINE_SHARE_MIN
    if (sinceMs < LINE_MS_MIN || (!isMuch && sinceMs < LINE_MS_MAX) || bytes >= bytesAll) return
    this.#told(nowMs)
    this.#logger.info({ bytes, bytesAll }, `Reading the log: ${this.#percent()} %`)
  }

  /** All of it was read. */
  end(entries: number): void {
    this.#isOver = true
    if (this.#bytesAll === 0) return
    const ms = Math.round(this.#clock.monoMs() - this.#startedMs)
    this.#logger.info({ entries, ms, bytes: this.#bytesAll }, 'The log was read')
  }

  /** `undefined` when all was read. */
  get report(): StatusReport['recovery'] {
    return this.#isOver ? undefined : { bytes: this.#bytes, bytesAll: this.#bytesAll }
  }

  /** To follow a sentence: empty, or how far it is. */
  get words(): string {
    return this.#isOver || this.#bytesAll === 0 ? '' : `: ${this.#percent()} % of ${sizeWords(this.#bytesAll)}`
  }

  #told(nowMs: number): void {
    this.#toldMs = nowMs
    this.#toldBytes = this.#bytes
  }

  #percent(): number {
    return this.#bytesAll === 0 ? 0 : Math.floor((this.#bytes / this.#bytesAll) * 100)
  }
}

function sizeWords(bytes: number): string {
  if (bytes < 1e6) return `${Math.ceil(bytes / 1e3)} kB`
  return bytes < 1e9 ? `${Math.round(bytes / 1e6)} MB` : `${(bytes / 1e9).toFixed(1)} GB`
}
