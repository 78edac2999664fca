/**
 * What is on its way to the disk: records appended and not yet durable, the callers who wait for them, and V as the disk
 * has it, which follows record by record and is what a crash now would leave. The order is that of the log.
 */

import { Claims } from './claims.ts'
import type { Version } from './entry.ts'
import type { OriginId } from './origin.ts'
import type { LogRecord } from './record.ts'

/** A caller of `write`, and what it will be told. */
export interface Waiting {
  readonly op: number
  readonly version: Version
}

export class Journal {
  /** True of the disk. Of a run that stopped being current meanwhile it may claim what a replay would clamp. */
  readonly claims: Claims = new Claims()
  #appended = 0
  #isOver = false
  #durable = 0
  readonly #records: LogRecord[] = []
  readonly #waiting: (Waiting & { readonly index: number })[] = []

  /** Index of the latest record; 0 before the first. */
  get appended(): number {
    return this.#appended
  }

  /** Takes the next record and gives its index. */
  append(record: LogRecord): number {
    if (!this.#isOver) this.#records.push(record)
    return ++this.#appended
  }

  /** The caller is to be told when everything appended so far is promised. */
  wait(waiting: Waiting): void {
    if (!this.#isOver) this.#waiting.push({ op: waiting.op, version: waiting.version, index: this.#appended })
  }

  /** Those who may be told now that all up to `index` is promised, in the order in which they came. */
  promised(index: number): readonly Waiting[] {
    let count = 0
    while ((this.#waiting[count]?.index ?? Number.POSITIVE_INFINITY) <= index) count++
    return this.#waiting.splice(0, count)
  }

  /** The log takes no more: the disk's claims stay what they are, and who waits waits for nothing. */
  end(): void {
    this.#isOver = true
    this.#records.length = 0
    this.#waiting.length = 0
  }

  /** All up to `index` is durable: the disk's claims follow. */
  synced(index: number, isCurrent: (origin: OriginId) => boolean): void {
    for (const record of this.#records.splice(0, index - this.#durable)) this.claims.absorb(record, isCurrent)
    this.#durable = index
  }

  /** Whether a record that draws an origin is still on its way. */
  get awaitsOrigin(): boolean {
    return this.#records.some(({ kind }) => kind === 'origin')
  }
}
