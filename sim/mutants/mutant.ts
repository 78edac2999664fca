/**
 * A mutant is a bug that is planted on purpose: one replacement in one file of the shipped code, and the checker that
 * must find it. Mutants are told in terms of the compiled code, where types are gone, and live here as text, so that
 * the sources know nothing of them.
 */

/** One replacement in one file. */
export interface Patch {
  /** The source file, `src/core/replica.ts`. */
  readonly file: string
  /** Occurs exactly once in the compiled file. Holds no types; indentation is four spaces. */
  readonly find: string
  readonly replace: string
}

export interface Mutant extends Patch {
  /** Also the name of its folder. */
  readonly id: string
  /** Who must find it, as in `I7`. */
  readonly checker: string
  /** What is wrong, in one sentence. */
  readonly text: string
  /** Name of the scenario whose seeds show it; missing: the usual runs do. */
  readonly scenario?: string
}
