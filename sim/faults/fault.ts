/**
 * A fault family: one kind of thing that goes wrong. It draws a fault with every choice made, says it in words, makes it,
 * and takes it back. Faults overlap in any way, so taking one back undoes just that one; when a run is made whole, all
 * that still stand are taken back.
 */

import type { Rng } from '../../src/core/rng.ts'
import type { FsyncMode } from '../../src/storage/fsync-mode.ts'
import type { History } from '../history.ts'
import type { Network } from '../network.ts'
import type { SimNode } from '../sim-node.ts'
import type { World } from '../world.ts'
import type { Field } from './fields.ts'

export interface FaultStep {
  readonly kind: string
  readonly atMs: number
  /** How long it lasts, ms. Where it is over at once, 0. */
  readonly forMs: number
}

/** Whom a fault may be drawn for. */
export interface Cast {
  /** Nodes of the cluster at the start. */
  readonly names: readonly string[]
  readonly fsync: FsyncMode
}

/** What faults act on. */
export interface Stage {
  readonly world: World
  readonly network: Network
  readonly history: History
  /** All nodes that are or were part of the cluster. */
  readonly nodes: readonly SimNode[]
  /** Throws when there is none of this name. */
  node(name: string): SimNode
  /** A node that joins the cluster now, started. */
  join(name: string): SimNode
}

export interface FaultFamily<F extends FaultStep = FaultStep> {
  readonly kind: F['kind']
  /** What goes wrong, in one sentence for users. */
  readonly text: string
  /** Why no seed switches it on. */
  readonly off?: string
  /** An operator's word, which breaks nothing: a seed draws it apart from the faults, which stay what they were. */
  readonly isOrder?: boolean
  /** It strikes at most so often in a run of a seed. */
  readonly strikesMax?: number
  /** What its faults say beyond `FaultStep`: no other fields are taken from a plan. */
  readonly fields: { readonly [Name in Exclude<keyof F, keyof FaultStep>]-?: Field }
  /** Draws one fault; all its chance is spent here. `forMs` included. */
  draw(rng: Rng, cast: Cast): Omit<F, 'kind' | 'atMs'>
  /** `partition n1,n2 | n3`. */
  words(fault: F): string
  /** The nodes it concerns, for the picture; empty for all. */
  where(fault: F): readonly string[]
  /** Makes it. What it returns takes it back, once. */
  strike(fault: F, stage: Stage): () => void
}
