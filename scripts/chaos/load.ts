/**
 * Writes to a node through a client, some at a time, until told to stop; the ledger learns what was issued and how it
 * ended, and a tally how often which error came. Each lane has keys of its own and waits for its write.
 */

import { setTimeout as sleep } from 'node:timers/promises'
import { HearsayError, type Store } from '../../src/client/index.ts'
import type { Rng } from '../../src/core/rng.ts'
import type { Ledger } from './ledger.ts'

/** A lane that was refused waits before its next write. */
const REFUSED_WAIT_MS = 20

export interface LoadOptions {
  readonly lanes: number
  /** Keys of a lane. */
  readonly keys: number
  readonly valueBytes: number
  /** Share of deletes, 0 to 1. */
  readonly deletes: number
  readonly timeoutMs: number
  readonly rng: Rng
}

/** Counts of what came of calls: `ok`, or the code of an error. */
export type Outcomes = Map<string, number>

export interface Load {
  readonly outcomes: Outcomes
  stop(): Promise<void>
}

export function startLoad(store: Store<string>, ledger: Ledger, options: LoadOptions): Load {
  const outcomes: Outcomes = new Map()
  let isOver = false
  const lane = async (number: number): Promise<void> => {
    while (!isOver) {
      const key = `lane${number}/${Math.floor(options.rng() * options.keys)}`
      const valueBytes = options.rng() < options.deletes ? undefined : options.valueBytes
      const outcome = await write(store, ledger, { key, valueBytes, timeoutMs: options.timeoutMs })
      count(outcomes, outcome)
      if (outcome !== 'ok') await sleep(REFUSED_WAIT_MS)
    }
  }
  const lanes = Promise.all(Array.from({ length: options.lanes }, (_, number) => lane(number)))
  return {
    outcomes,
    async stop() {
      isOver = true
      await lanes
    },
  }
}

/** One put, or a delete without `valueBytes`. Returns `ok`, or the code of the error and whether it may be applied. */
export async function write(
  store: Store<string>,
  ledger: Ledger,
  { key, valueBytes, timeoutMs }: { key: string; valueBytes?: number | undefined; timeoutMs: number },
): Promise<string> {
  // Each value is another one.
  const value = valueBytes === undefined ? undefined : `${ledger.issued + 1}:${'v'.repeat(valueBytes)}`
  const id = ledger.issue(key, value)
  try {
    if (value === undefined) await store.delete(key, { timeout: timeoutMs })
    else await store.put(key, value, { timeout: timeoutMs })
    ledger.acknowledge(id)
    return 'ok'
  } catch (error) {
    if (!(error instanceof HearsayError)) throw error
    if (!error.maybeApplied) ledger.refuse(id)
    return `${error.code}${error.maybeApplied ? ' (maybe applied)' : ''}${error.retryable ? ' (retryable)' : ''}`
  }
}

/** Counts, for people. */
export function told(outcomes: Outcomes): string {
  return [...outcomes].map(([outcome, times]) => `${outcome} ${times}`).join(', ') || 'none'
}

export function count(outcomes: Outcomes, outcome: string): void {
  outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
}
