/**
 * What asker and giver of a deep pull say to each other (ARCHITECTURE.md, "Deep pull"). The giver freezes a view at the
 * first `compare` of an exchange and answers all its requests by that view; each request may be repeated and has one
 * answer. Keys go by k, a 31-bit keyed hash; all entries with one k belong together. The asker commits at the end or
 * never, so a lost message costs nothing but time.
 */

import type { Entry } from './entry.ts'
import type { GiverState } from './giver-state.ts'
import type { OriginId } from './origin.ts'
import type { VectorEntries } from './vector.ts'

/** Asker: "Which keys differ? Send cells [from, to) of your sketch." Answered by `sketch`, `whole` or `ended`. */
export interface Compare {
  readonly kind: 'compare'
  readonly exchange: number
  /** 0 begins the exchange. */
  readonly from: number
  readonly to: number
  /** As in a pull; read at `from` 0 and empty later. */
  readonly seen: VectorEntries
  readonly rest: string | undefined
}

export interface SketchPart {
  readonly kind: 'sketch'
  readonly exchange: number
  /** The giver's run: another one than before ends the exchange. */
  readonly giver: OriginId
  readonly from: number
  /** 12 bytes a cell. */
  readonly cells: Uint8Array
  /** With `from` 0: of the whole view. */
  readonly view: SketchView | undefined
}

export interface SketchView extends GiverState {
  /** Entries held, tombstones too. */
  readonly count: number
  /** Hash of them all, 16 hex digits. */
  readonly sum: string
  /** 72 bytes that tell about how many keys differ. */
  readonly estimator: Uint8Array
}

/** Asker: "Split these ranges of k in 16 each." A range of depth d is named by its first d hex digits of 16-bit k. */
export interface Split {
  readonly kind: 'split'
  readonly exchange: number
  /** 0 to 3. */
  readonly depth: number
  readonly ranges: readonly number[]
}

export interface Parts {
  readonly kind: 'parts'
  readonly exchange: number
  readonly giver: OriginId
  readonly depth: number
  readonly ranges: readonly number[]
  /** For each of them 16 times (entries, hash lane, hash lane), as unsigned 32-bit numbers. */
  readonly sums: Uint32Array
}

/** Asker: "Which keys are in these ranges, at which versions?" */
export interface List {
  readonly kind: 'list'
  readonly exchange: number
  /** 1 to 4. */
  readonly depth: number
  readonly ranges: readonly number[]
}

export interface Listed {
  readonly kind: 'listed'
  readonly exchange: number
  readonly giver: OriginId
  readonly depth: number
  readonly ranges: readonly number[]
  /** (k, weight of the version), as unsigned 32-bit numbers. */
  readonly pairs: Uint32Array
}

/** Asker: "What do you hold of these keys?" Batches are counted from 0 and may be under way together. */
export interface Want {
  readonly kind: 'want'
  readonly exchange: number
  readonly batch: number
  readonly ks: readonly number[]
}

export interface Answer {
  readonly kind: 'answer'
  readonly exchange: number
  readonly giver: OriginId
  readonly batch: number
  /** So many of the wanted ks are answered, from the first; at least one. The rest is to be asked for again. */
  readonly answered: number
  /** Everything held under those ks; nothing under a k means that nothing is held. */
  readonly entries: readonly Entry[]
}

export type RepairBody = Compare | SketchPart | Split | Parts | List | Listed | Want | Answer
