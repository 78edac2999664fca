/**
 * The callers of `write`: whether what they ask is within the limits, and whom to tell what became of it. Checked before
 * anything changes; each caller is told once.
 */

import type { Change } from '../core/change.ts'
import type { Version } from '../core/entry.ts'
import { HearsayError } from '../core/errors.ts'
import { checkKey } from '../core/key.ts'
import type { HostLimits } from './host-options.ts'

export type WriteDone = (error: HearsayError | undefined, version: Version | undefined) => void

export class Writers {
  readonly #limits: HostLimits
  readonly #waiting = new Map<number, { readonly done: WriteDone; readonly bytes: number }>()
  /** Of keys and values that wait for an answer. */
  #bytes = 0
  #nextOp = 1

  constructor(limits: HostLimits) {
    this.#limits = limits
  }

  /** Takes a caller in and gives the number of its write. Throws what is wrong with it; nothing has happened then. */
  take(changes: readonly Change[], done: WriteDone): number {
    const bytes = this.#check(changes)
    const { logPendingBytesMax, writesWaitingMax } = this.#limits
    if (this.#bytes > logPendingBytesMax || this.#waiting.size >= writesWaitingMax) throw overloaded()
    const op = this.#nextOp++
    this.#waiting.set(op, { done, bytes })
    this.#bytes += bytes
    return op
  }

  answer(op: number, version: Version): void {
    const waiting = this.#waiting.get(op)
    if (waiting === undefined) return
    this.#waiting.delete(op)
    this.#bytes -= waiting.bytes
    waiting.done(undefined, version)
  }

  reject(op: number, error: HearsayError): void {
    const waiting = this.#waiting.get(op)
    if (waiting === undefined) return
    this.#waiting.delete(op)
    this.#bytes -= waiting.bytes
    waiting.done(error, undefined)
  }

  rejectAll(error: HearsayError): void {
    const waiting = [...this.#waiting.values()]
    this.#waiting.clear()
    this.#bytes = 0
    for (const { done } of waiting) done(error, undefined)
  }

  /** The bytes of keys and values of a write that is within the limits. */
  #check(changes: readonly Change[]): number {
    const { valueBytesMax, batchChangesMax, batchBytesMax } = this.#limits
    const count = changes.length
    if (count === 0) throw new HearsayError('ERR_INVALID_ARGUMENT', 'a write changes at least one key')
    if (count > batchChangesMax) throw tooLarge(`${batchChangesMax} changes`, count)
    let bytes = 0
    for (const { key, value } of changes) {
      checkKey(key)
      const length = value?.length ?? 0
      if (length > valueBytesMax) {
        throw new HearsayError('ERR_VALUE_TOO_LARGE', `a value has at most ${valueBytesMax} bytes, this one ${length}`)
      }
      bytes += key.length + length
    }
    // One value may be as long as a value may be.
    if (count > 1 && bytes > batchBytesMax) throw tooLarge(`${batchBytesMax} bytes`, bytes)
    return bytes
  }
}

export function overloaded(): HearsayError {
  return new HearsayError('ERR_OVERLOADED', 'too many writes wait for the disk')
}

function tooLarge(limit: string, size: number): HearsayError {
  return new HearsayError('ERR_BATCH_TOO_LARGE', `a write has at most ${limit}, this one ${size}`)
}
