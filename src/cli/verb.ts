/**
 * A verb of the command: its name, its words for the help, its flags, and what it does. A verb talks to the world only
 * through `Io` and ends with an exit code or a `HearsayError`; it knows nothing of the parser.
 */

import type { ErrorCode } from '../core/errors.ts'
import type { ArgsOf, Flags } from './flags.ts'
import type { Io } from './io.ts'

/** What follows a verb and is no flag. */
export interface Operand {
  /** As in the help, upper case. */
  readonly name: string
  readonly describe: string
  readonly optional?: boolean
  /** Takes all that follows; only on the last one. */
  readonly many?: boolean
}

export type Hints = { readonly [C in ErrorCode]?: string }

export interface Verb {
  readonly name: string
  /** One line for the list of verbs. */
  readonly summary: string
  /** Paragraphs for the verb's own help. */
  readonly details?: string
  readonly operands: readonly Operand[]
  readonly flags: Flags
  /** Its flags come from the command line alone, where variables of a node of the same names would be in the way. */
  readonly ignoresEnvironment?: boolean
  /** What to do about a failure of this verb, where its code says that to no other. */
  readonly hints?: Hints
  /** Whole command lines with a word on each. The first stands in the help of `hearsay`. */
  readonly examples: readonly (readonly [command: string, what: string])[]
  /** Returns the exit code. */
  run(args: Record<string, unknown>, operands: readonly string[], io: Io): Promise<number>
}

interface TypedVerb<F extends Flags> extends Omit<Verb, 'flags' | 'run'> {
  readonly flags: F
  run(args: ArgsOf<F>, operands: readonly string[], io: Io): Promise<number>
}

/** Ties the arguments of `run` to the flags. */
export function defineVerb<F extends Flags>(verb: TypedVerb<F>): Verb {
  return { ...verb, run: (args, operands, io) => verb.run(args as ArgsOf<F>, operands, io) }
}

/** `KEY [VALUE]`, `KEY…`. */
export function operandWords(verb: Verb): string {
  return verb.operands
    .map(({ name, optional, many }) => {
      const word = many ? `${name}…` : name
      return optional ? `[${word}]` : word
    })
    .join(' ')
}
