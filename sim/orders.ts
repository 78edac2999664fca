/**
 * What is asked of a node itself and not of its store: the orders of operators, and the write that each node must take
 * when all is over. Whoever is not there, or stands still, is not asked. Checkers hear of each answer in the history,
 * which also knows who waits for one.
 */

import type { HearsayError } from '../src/core/errors.ts'
import type { SyncReport } from '../src/core/report.ts'
import type { Host } from '../src/host/host.ts'
import type { History } from './history.ts'
import type { SimNode } from './sim-node.ts'

/** `write`: none of an operator, but the last of a run. */
export type OrderKind = 'sync' | 'resetClock' | 'write'

export interface Order {
  readonly kind: OrderKind
  readonly node: string
  /** Of a `sync`. */
  readonly peer?: string
  /** Which process of the node was asked: `SimNode.starts`. */
  readonly start: number
  /** By the node's own monotonic clock, ms. */
  readonly askedMs: number
  /** Why it was refused. */
  error?: HearsayError
  /** Of a `sync` that was done. */
  report?: SyncReport
}

type OrderDone = (error: HearsayError | undefined, report?: SyncReport | undefined) => void

/** `ask` is called with what takes the answer, once. */
export function order(
  { name, host, starts, clock, isServing, isPaused }: SimNode,
  asked: Pick<Order, 'kind' | 'peer'>,
  history: History,
  ask: (host: Host, done: OrderDone) => void,
): void {
  if (host === undefined || !isServing || isPaused) return
  const one: Order = { ...asked, node: name, start: starts, askedMs: clock.monoMs() }
  history.ordered(one)
  ask(host, (error, report) => {
    if (error !== undefined) one.error = error
    if (report !== undefined) one.report = report
    history.answered(one)
  })
}
