/**
 * A checker holds one invariant against what the nodes do. It watches steps as they happen, looks around at samples, and
 * judges once more when all faults are over and the nodes had time to agree. What it finds is thrown as a `Violation`.
 */

import type { LogRecord } from '../src/core/record.ts'
import type { Effect, Input, Now } from '../src/core/step.ts'
import type { Ledger } from './ledger.ts'
import type { SimNode } from './sim-node.ts'
import type { World } from './world.ts'

export interface Scene {
  readonly world: World
  readonly nodes: readonly SimNode[]
  readonly ledger: Ledger
}

export interface Checker {
  /** As in the list of invariants: `I7`. */
  readonly id: string
  /** The invariant in words that a user understands. */
  readonly rule: string
  /** After each step of a node. */
  stepped?(node: SimNode, now: Now, input: Input, effects: readonly Effect[]): void
  /** For each record that a restarting node finds in its log. */
  recovered?(node: SimNode, record: LogRecord): void
  /** A node has replayed its log and has done nothing else yet. */
  replayed?(node: SimNode): void
  crashed?(node: SimNode): void
  /** Every so often, between events. */
  sample?(): void
  /** At the end: faults are over, all nodes are up and had the time to agree. */
  finish?(): void
}

export type MakeChecker = (scene: Scene) => Checker

export class Violation extends Error {
  readonly id: string
  readonly rule: string

  constructor(checker: Checker, finding: string) {
    super(`${checker.id} is broken: ${checker.rule}\n  ${finding}`)
    this.id = checker.id
    this.rule = checker.rule
  }
}

/** The replicas that serve now. */
export function* serving(nodes: readonly SimNode[]): IterableIterator<{ node: SimNode; replica: Replica }> {
  for (const node of nodes) if (node.isServing && node.host !== undefined) yield { node, replica: node.host.replica }
}

type Replica = NonNullable<SimNode['host']>['replica']
