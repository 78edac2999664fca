/**
 * Puts in batches, several under way at one time, in the order in which they were given: a client sends in order and a
 * node stamps in order, so of two puts of one key the later wins. After the first batch that fails nothing more is sent.
 */

import type { BatchOperation, Store } from '../client/store.ts'
import { HearsayError } from '../core/errors.ts'

/** A batch goes out with this many records, */
export const BATCH_RECORDS = 500
/** or with this many bytes of keys and values. */
export const BATCH_BYTES: number = 256 * 1024
/** Batches without an answer at one time. */
export const BATCHES_IN_FLIGHT_MAX = 4

interface Put {
  readonly key: string
  readonly value: Uint8Array
  /** ms; `undefined`: it never expires. */
  readonly ttl?: number | undefined
}

export class BatchWriter {
  readonly #store: Pick<Store<Uint8Array>, 'batch'>
  readonly #onWritten: () => void
  readonly #underWay = new Set<Promise<void>>()
  #operations: BatchOperation<Uint8Array>[] = []
  #bytes = 0
  #firstLine = 0
  #lastLine = 0
  #written = 0
  #error: unknown

  /** `onWritten` is called after each batch. */
  constructor(store: Pick<Store<Uint8Array>, 'batch'>, onWritten: () => void) {
    this.#store = store
    this.#onWritten = onWritten
  }

  /** Records that a node has acknowledged. */
  get written(): number {
    return this.#written
  }

  /** Resolves when there is room for more. Rejects with what an earlier batch failed with. */
  async add({ key, value, ttl }: Put, line: number): Promise<void> {
    if (this.#operations.length === 0) this.#firstLine = line
    this.#lastLine = line
    this.#operations.push({ type: 'put', key, value, ttl })
    this.#bytes += key.length + value.length
    if (this.#operations.length < BATCH_RECORDS && this.#bytes < BATCH_BYTES) return
    this.#send()
    while (this.#underWay.size >= BATCHES_IN_FLIGHT_MAX) await Promise.race(this.#underWay)
    this.#check()
  }

  /** Sends the rest. Resolves when everything has its answer; rejects with the first failure. */
  async finish(): Promise<void> {
    this.#send()
    await this.settled()
    this.#check()
  }

  /** Resolves when nothing is under way any more. */
  async settled(): Promise<void> {
    await Promise.all(this.#underWay)
  }

  #send(): void {
    const operations = this.#operations
    if (operations.length === 0 || this.#error !== undefined) return
    this.#operations = []
    this.#bytes = 0
    const lines = `lines ${this.#firstLine} to ${this.#lastLine}`
    const done = this.#store.batch(operations).then(
      () => {
        this.#written += operations.length
        this.#onWritten()
      },
      (error: unknown) => {
        this.#error ??= located(error, lines)
      },
    )
    const settled = done.then(() => void this.#underWay.delete(settled))
    this.#underWay.add(settled)
  }

  #check(): void {
    if (this.#error !== undefined) throw this.#error
  }
}

function located(error: unknown, lines: string): unknown {
  if (!(error instanceof HearsayError)) return error
  const { code, message, maybeApplied } = error
  return new HearsayError(code, `${lines}: ${message}`, { maybeApplied, cause: error })
}
