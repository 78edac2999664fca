/**
 * What clients asked and what they were told, in the order in which calls ended. A call is `ok`, `failed` (nothing
 * happened) or `maybe` (it may have happened); reads that got no answer failed. Checkers compare it with what the nodes
 * hold, so that a write counts as acknowledged only when a client heard so. Beside it, what operators ordered.
 */

import type { Entry, Version } from '../src/core/entry.ts'
import type { Order } from './orders.ts'
import type { Operation } from './plan.ts'

export type Outcome = 'ok' | 'failed' | 'maybe'

export interface Call {
  readonly client: string
  /** One connection of one client; a new number for each. */
  readonly connection: number
  /** The node at its other end; empty when there was none. */
  readonly node: string
  readonly operation: Operation
  readonly calledMs: number
  endedMs: number
  outcome: Outcome
  /** Of the last change of a write that is `ok`. */
  version?: Version
  /** What a `get` that is `ok` found, tombstones included. */
  entry?: Entry | undefined
  /** What a `scan` that is `ok` found. */
  entries?: readonly Entry[]
  /** Why it is not `ok`. */
  code?: string
}

/** Events of one watch on one connection. */
export interface WatchEvents {
  readonly client: string
  readonly connection: number
  /** Tells it from others of this connection. */
  readonly watch: number
  readonly node: string
  readonly prefix: string
  readonly entries: readonly Entry[]
  readonly ready: boolean
}

/** Told of what clients see as it happens. */
export interface HistoryListener {
  called?(call: Call): void
  ended?(call: Call): void
  watched?(events: WatchEvents): void
  /** A watch ended with its connection. */
  watchLost?(client: string): void
  /** An order has its answer. */
  answered?(order: Order): void
}

export class History {
  /** Calls that ended. */
  readonly calls: Call[] = []
  readonly counts: Record<Outcome, number> = { ok: 0, failed: 0, maybe: 0 }
  acknowledgedWrites = 0
  /** Orders without an answer. Those of a process that has ended get none. */
  readonly waiting: Set<Order> = new Set()
  // A list for each, of those who want to hear it: most listeners want little.
  readonly #called: ((call: Call) => void)[] = []
  readonly #ended: ((call: Call) => void)[] = []
  readonly #watched: ((events: WatchEvents) => void)[] = []
  readonly #watchLost: ((client: string) => void)[] = []
  readonly #answered: ((order: Order) => void)[] = []

  listen(listener: HistoryListener): void {
    if (listener.called !== undefined) this.#called.push(listener.called.bind(listener))
    if (listener.ended !== undefined) this.#ended.push(listener.ended.bind(listener))
    if (listener.watched !== undefined) this.#watched.push(listener.watched.bind(listener))
    if (listener.watchLost !== undefined) this.#watchLost.push(listener.watchLost.bind(listener))
    if (listener.answered !== undefined) this.#answered.push(listener.answered.bind(listener))
  }

  called(call: Call): void {
    for (const hear of this.#called) hear(call)
  }

  ended(call: Call): void {
    this.calls.push(call)
    this.counts[call.outcome]++
    if (call.version !== undefined) this.acknowledgedWrites++
    for (const hear of this.#ended) hear(call)
  }

  watchLost(client: string): void {
    for (const hear of this.#watchLost) hear(client)
  }

  watched(events: WatchEvents): void {
    for (const hear of this.#watched) hear(events)
  }

  ordered(order: Order): void {
    this.waiting.add(order)
  }

  answered(order: Order): void {
    this.waiting.delete(order)
    for (const hear of this.#answered) hear(order)
  }
}

export function isWrite(operation: Operation): boolean {
  return operation.kind === 'put' || operation.kind === 'delete' || operation.kind === 'batch'
}

const NO_KEYS: readonly string[] = []

/** The keys that a write changes, in its order. */
export function keysOf(operation: Operation): readonly string[] {
  if (operation.kind === 'batch') return operation.changes.map(({ key }) => key)
  return operation.kind === 'put' || operation.kind === 'delete' ? [operation.key] : NO_KEYS
}

/** The key whose version answers a write. */
export function lastKeyOf(operation: Operation): string | undefined {
  return 'key' in operation ? operation.key : 'changes' in operation ? operation.changes.at(-1)?.key : undefined
}
