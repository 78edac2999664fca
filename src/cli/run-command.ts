/**
 * One run of `hearsay`: from the words of a command line to an exit code. Whatever goes wrong is told here and becomes the
 * code; nothing is thrown. Ending the program is left to the entry point.
 */

import { HearsayError } from '../core/errors.ts'
import { type CommandLine, parseCommandLine } from './command-line.ts'
import { REMOTE_FLAGS } from './connection.ts'
import { EXIT } from './exit-codes.ts'
import { tellFailure } from './failure.ts'
import { resolveFlags } from './flags.ts'
import { type Io, OutputGone } from './io.ts'
import type { Verb } from './verb.ts'
import { VERBS } from './verbs.ts'

/** Resolves with the exit code, when everything is written. */
export async function runCommand(argv: readonly string[], io: Io): Promise<number> {
  let verb: Verb | undefined
  try {
    const line = await parseCommandLine(argv, io.stdout.columns)
    if (line.kind === 'run') verb = line.verb
    const code = await run(line, io)
    await io.stdout.finish()
    return code
  } catch (error) {
    // Whoever read our output has enough: `hearsay ls | head -1`.
    if (error instanceof OutputGone) return EXIT.ok
    return tellFailure(error, io, wantsJson(argv, io), hintFor(error, argv, verb))
  }
}

async function run(line: CommandLine, io: Io): Promise<number> {
  if (line.kind === 'text') {
    await io.stdout.write(line.text)
    return EXIT.ok
  }
  if (line.kind === 'nothing') {
    io.stderr.say(line.text)
    await io.stderr.flush()
    return EXIT.usage
  }
  const { verb, given, operands } = line
  return verb.run(resolveFlags(verb.flags, given, verb.ignoresEnvironment ? {} : io.env), operands, io)
}

/** Known even when the command line is wrong. */
function wantsJson(argv: readonly string[], io: Io): boolean {
  const flags = argv.slice(0, argv.includes('--') ? argv.indexOf('--') : undefined)
  if (flags.includes('--json')) return true
  try {
    return resolveFlags({ json: REMOTE_FLAGS.json }, {}, io.env).json === true
  } catch {
    return false
  }
}

/** `verb` is `undefined` when the command line is wrong. */
function hintFor(error: unknown, argv: readonly string[], verb: Verb | undefined): string | undefined {
  if (!(error instanceof HearsayError)) return undefined
  if (error.code !== 'ERR_USAGE') return verb?.hints?.[error.code]
  const meant = VERBS.find(({ name }) => argv.includes(name))
  const help = `\`hearsay ${meant === undefined ? '' : `${meant.name} `}--help\` tells more`
  const hasDash = argv.some((word) => /^-[^-]/.test(word))
  return hasDash ? `${help}; what begins with a dash and is no flag goes behind --` : help
}
