/**
 * What each structure costs a store that takes puts: time a put, and memory an entry, beside the same store with none.
 * Each is measured in a process of its own, which only ever sees one of them.
 */

import { Child } from '../child.ts'

export const STRUCTURES = ['none', 'sketch', 'trie', 'range tree'] as const
export type Structure = (typeof STRUCTURES)[number]

export interface Upkeep {
  /** A figure a round. */
  readonly nsPut: readonly number[]
  /** Of the whole store. */
  readonly bytesEntry: number
  /** Flat, or of sums: of the whole store. */
  readonly digestBytes: number
}

export interface HolderTold extends Pick<Upkeep, 'bytesEntry' | 'digestBytes'> {
  /** Of the latest round. */
  readonly nsPut: number
}

export type Upkeeps = Readonly<Record<Structure, Upkeep>>

export async function upkeeps(entries: number, rounds: number): Promise<Upkeeps> {
  const [none, sketch, trie, tree] = STRUCTURES.map((structure) => new Holder(structure))
  const holders = [none, sketch, trie, tree].filter((holder) => holder !== undefined)
  try {
    for (const holder of holders) await holder.fill(entries)
    // The first round is for the compiler.
    for (let round = 0; round <= rounds; round++) for (const holder of holders) await holder.puts(round > 0)
    const [ofNone, ofSketch, ofTrie, ofTree] = holders.map((holder) => holder.upkeep)
    if (!(ofNone && ofSketch && ofTrie && ofTree)) throw new Error('each structure is measured')
    return { none: ofNone, sketch: ofSketch, trie: ofTrie, 'range tree': ofTree }
  } finally {
    for (const holder of holders) await holder.stop()
  }
}

/** A process with one of them. */
class Holder {
  readonly #structure: Structure
  readonly #child = new Child<HolderTold>('repair/upkeep-holder')
  readonly #nsPut: number[] = []
  #memory = { bytesEntry: 0, digestBytes: 0 }

  constructor(structure: Structure) {
    this.#structure = structure
  }

  get upkeep(): Upkeep {
    return { ...this.#memory, nsPut: this.#nsPut }
  }

  async fill(entries: number): Promise<void> {
    this.#memory = await this.#child.ask({ structure: this.#structure, entries })
  }

  async puts(isKept: boolean): Promise<void> {
    const { nsPut } = await this.#child.ask({ puts: true })
    if (isKept) this.#nsPut.push(nsPut)
  }

  stop(): Promise<void> {
    return this.#child.stop()
  }
}

/** ns a put above a store with none, round by round: both were measured one after the other. */
export function moreNs(all: Upkeeps, structure: Structure): number[] {
  return all[structure].nsPut.map((ns, round) => ns - (all.none.nsPut[round] ?? Number.NaN))
}

/** Bytes an entry above a store with none. */
export function moreBytes(all: Upkeeps, structure: Structure): number {
  return all[structure].bytesEntry - all.none.bytesEntry
}
