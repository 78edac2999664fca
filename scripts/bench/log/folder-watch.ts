/**
 * What another process does to its data folder, seen from outside: how many bytes there are, how many there ever were,
 * and from when to when a checkpoint was made. It looks every few milliseconds, and may miss what is shorter.
 */

import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { machineMs } from '../child.ts'

const LOOK_MS = 5
const REST_LOOK_MS = 50

/** Milliseconds of the machine's clock. */
export interface SeenCheckpoint {
  /** Its draft was there, or itself. */
  readonly beganMs: number
  /** It was there, and all that it stands for was gone. */
  endedMs: number | undefined
}

export class FolderWatch {
  readonly checkpoints: SeenCheckpoint[] = []
  bytes = 0
  peakBytes = 0
  readonly #folder: string
  /** The number of the latest that is over. */
  #latest = 0
  readonly #timer: NodeJS.Timeout

  constructor(folder: string) {
    this.#folder = folder
    this.#timer = setInterval(() => this.#look(), LOOK_MS)
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  /** Resolves when the bytes have been the same for `calmMs`, or after `mostMs`. */
  async rested(calmMs: number, mostMs: number): Promise<void> {
    const endMs = machineMs() + mostMs
    let last = this.bytes
    let sinceMs = machineMs()
    while (machineMs() < Math.min(endMs, sinceMs + calmMs)) {
      await new Promise((resolve) => setTimeout(resolve, REST_LOOK_MS))
      if (this.bytes === last) continue
      last = this.bytes
      sinceMs = machineMs()
    }
  }

  #look(): void {
    const names = readdirSync(this.#folder)
    this.bytes = names.reduce((sum, name) => sum + this.#sizeOf(name), 0)
    this.peakBytes = Math.max(this.peakBytes, this.bytes)
    const made = numbersOf('checkpoint', names)
    const newest = made.at(-1) ?? 0
    const isUnderWay = this.checkpoints.at(-1)?.endedMs === undefined && this.checkpoints.length > 0
    const hasDraft = names.some((name) => name.includes('checkpoint') && !name.endsWith('.checkpoint'))
    if (!isUnderWay && (hasDraft || newest > this.#latest)) {
      this.checkpoints.push({ beganMs: machineMs(), endedMs: undefined })
    }
    const last = this.checkpoints.at(-1)
    if (last === undefined || last.endedMs !== undefined || hasDraft || newest === this.#latest) return
    if (made.length > 1 || (numbersOf('log', names)[0] ?? newest) < newest) return
    last.endedMs = machineMs()
    this.#latest = newest
  }

  #sizeOf(name: string): number {
    return statSync(join(this.#folder, name), { throwIfNoEntry: false })?.size ?? 0
  }
}

function numbersOf(ending: 'checkpoint' | 'log', names: readonly string[]): readonly number[] {
  const numbers = names.filter((name) => /^\d+\./.test(name) && name.endsWith(`.${ending}`))
  return numbers.map((name) => Number.parseInt(name, 10)).sort((a, b) => a - b)
}
