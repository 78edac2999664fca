/**
 * A checker holds one invariant against what the nodes do and what clients are told. It watches steps and calls as they
 * happen, looks around at samples, and judges when a core agrees and when all faults are over and the nodes had time to
 * agree. What it finds is thrown as a `Violation`.
 */

import type { LogRecord } from '../src/core/record.ts'
import type { Effect, Input, Now } from '../src/core/step.ts'
import type { TailLoss } from './disk.ts'
import type { History, HistoryListener } from './history.ts'
import type { Ledger } from './ledger.ts'
import type { Network } from './network.ts'
import type { Plan } from './plan.ts'
import type { SimClient } from './sim-client.ts'
import type { SimNode } from './sim-node.ts'
import type { World } from './world.ts'

/**
 * `chaos`: faults and operations. `core`: all is whole within the plan's core, and cut off from it outside. `whole`:
 * no faults any more. `idle`: all agree and know it; nobody asks anything. `last`: all is judged but whether each node
 * takes a write.
 */
export type Phase = 'chaos' | 'core' | 'whole' | 'idle' | 'last'

export interface Scene {
  readonly plan: Plan
  readonly world: World
  readonly network: Network
  readonly nodes: readonly SimNode[]
  readonly clients: readonly SimClient[]
  readonly ledger: Ledger
  readonly history: History
  readonly phase: Phase
}

export interface Checker extends HistoryListener {
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
  /** `loss` is what its disk lost. Called once more when the disk was replaced by another. */
  crashed?(node: SimNode, loss: TailLoss): void
  /** A node that is down got another disk: an older, a cloned or an empty one. `crashed` follows. */
  diskReplaced?(node: SimNode): void
  /** Every so often, between events. */
  sample?(): void
  /** These are connected, without faults, and had the time to agree. */
  settled?(nodes: readonly SimNode[]): void
  /** At the end: faults are over, all nodes are up and had the time to agree. */
  finish?(): void
}

export type MakeChecker = (scene: Scene) => Checker

export class Violation extends Error {
  readonly id: string
  readonly rule: string
  readonly finding: string

  constructor(checker: Pick<Checker, 'id' | 'rule'>, finding: string) {
    super(`${checker.id} is broken: ${checker.rule}\n  ${finding}`)
    this.id = checker.id
    this.rule = checker.rule
    this.finding = finding
  }
}

/** The replicas that serve now. */
export function* serving(nodes: readonly SimNode[]): IterableIterator<{ node: SimNode; replica: Replica }> {
  for (const node of nodes) if (node.isServing && node.host !== undefined) yield { node, replica: node.host.replica }
}

type Replica = NonNullable<SimNode['host']>['replica']
