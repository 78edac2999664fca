/**
 * A plan says in explicit terms everything that happens to a run from outside: what clients ask and which faults strike,
 * when, where and for how long. A seed draws a plan and a plan makes the run, so a failing run can be made smaller by
 * leaving steps out: what the seed still decides (delays, entropy of nodes, fates of unsynced bytes) is drawn per link,
 * disk and node, and does not shift when a step is gone. Plain JSON.
 */

import type { FsyncMode } from '../src/storage/fsync-mode.ts'
import type { Fault } from './faults/index.ts'

export interface Plan {
  /** Of everything that is not explicit. An integer, 0 to 2^32 − 1. */
  readonly seed: number
  /** The cluster at the start is `n1` … `n<nodes>`; 1 to 50. */
  readonly nodes: number
  /** Clients are `c1` … `c<clients>`; each starts at a node of its own choice in turn: `c1` at `n1`. */
  readonly clients: number
  readonly fsync: FsyncMode
  /** Simulated time with faults and operations, ms. Then everything is made whole. */
  readonly lengthMs: number
  /** One-way delay of a frame, ms. */
  readonly delayMs: DelayShape
  /** How far the clock of each node is ahead of true time for the whole run, ms: that of `n1` first. Missing ones are right. */
  readonly clocksMs?: readonly number[]
  /** A member that is silent for so long is forgotten by the others, ms. Missing: in three days, so never in a run. */
  readonly forgetAfterMs?: number
  /** Those among which all faults end first: they must agree before the others are made whole. Empty: all at once. */
  readonly core: Core
  /** In the order of `atMs`. */
  readonly steps: readonly Step[]
}

/** Between places of one region, and between regions. Every node and client is in region 0 unless `regions` says more. */
export interface DelayShape {
  readonly near: readonly [leastMs: number, mostMs: number]
  readonly far: readonly [leastMs: number, mostMs: number]
  /** Names by region: `[['n1', 'n2'], ['n3']]`. */
  readonly regions: readonly (readonly string[])[]
  /** In place of `far`: the one-way delay from each region to each other, ms, a row for each region it is sent from. */
  readonly matrixMs?: readonly (readonly number[])[]
}

/** A connected part of the cluster: its nodes, and the pairs that can talk. */
export interface Core {
  readonly nodes: readonly string[]
  readonly links: readonly (readonly [string, string])[]
}

export type Step = Operation | Fault

/** What a client asks. Values are text; each is written once in a run. */
export type Operation =
  | {
      readonly kind: 'put'
      readonly atMs: number
      readonly client: string
      readonly key: string
      readonly value: string
      /** It expires so long after its stamp, ms. */
      readonly ttlMs?: number
    }
  | { readonly kind: 'delete'; readonly atMs: number; readonly client: string; readonly key: string }
  /** `value` is missing for a delete. */
  | {
      readonly kind: 'batch'
      readonly atMs: number
      readonly client: string
      readonly changes: readonly PlannedChange[]
    }
  | { readonly kind: 'get'; readonly atMs: number; readonly client: string; readonly key: string }
  | {
      readonly kind: 'scan'
      readonly atMs: number
      readonly client: string
      readonly prefix: string
      readonly limit: number
    }
  /** Opens a watch of everything with this prefix, in place of the one that the client has. */
  | { readonly kind: 'watch'; readonly atMs: number; readonly client: string; readonly prefix: string }
  | { readonly kind: 'unwatch'; readonly atMs: number; readonly client: string }
  /** Drops the connection and connects to another node. */
  | { readonly kind: 'move'; readonly atMs: number; readonly client: string; readonly node: string }

export interface PlannedChange {
  readonly key: string
  readonly value?: string
  /** Only with a value. */
  readonly ttlMs?: number
}

const OPERATIONS: ReadonlySet<string> = new Set(['put', 'delete', 'batch', 'get', 'scan', 'watch', 'unwatch', 'move'])

export function isOperation(step: Step): step is Operation {
  return OPERATIONS.has(step.kind)
}

/** Tells a step from most others of its instant. */
export function hashOfStep(step: Step): number {
  let hash = mixText(0, step.kind)
  if (!isOperation(step)) return hash
  hash = mixText(hash, step.client)
  if ('key' in step) hash = mixText(hash, step.key)
  return 'value' in step ? mixText(hash, step.value) : hash
}

function mixText(hash: number, text: string): number {
  let mixed = hash
  for (let i = 0; i < text.length; i++) mixed = Math.imul(mixed ^ text.charCodeAt(i), 0x01000193)
  return mixed
}
