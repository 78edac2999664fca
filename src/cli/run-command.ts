/**
 * One run of `hearsay`: from the words of a command line to an exit code. Whatever goes wrong is told here and becomes the
 * code; nothing is thrown. Ending the program is left to the entry point.
 */

import { HearsayError } from '../core/errors.ts'
import { parseCommandLine } from './command-line.ts'
import { REMOTE_FLAGS } from './connection.ts'
import { EXIT } from './exit-codes.ts'
import { tellFailure } from './failure.ts'
import { resolveFlags } from './flags.ts'
import { type Io, OutputGone } from './io.ts'
import { VERBS } from './verbs.ts'

/** Resolves with the exit code, when everything is written. */
export async function runCommand(argv: readonly string[], io: Io): Promise<number> {
  try {
    const code = await run(argv, io)
    await io.stdout.finish()
    return code
  } catch (error) {
    // Whoever read our output has enough: `hearsay ls | head -1`.
    if (error instanceof OutputGone) return EXIT.ok
    return tellFailure(error, io, wantsJson(argv, io), hintFor(error, argv))
  }
}

async function run(argv: readonly string[], io: Io): Promise<number> {
  const line = await parseCommandLine(argv, io.stdout.columns)
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

function hintFor(error: unknown, argv: readonly string[]): string | undefined {
  if (!(error instanceof HearsayError) || error.code !== 'ERR_USAGE') return undefined
  const verb = VERBS.find(({ name }) => argv.includes(name))
  const help = `\`hearsay ${verb === undefined ? '' : `${verb.name} `}--help\` tells more`
  const hasDash = argv.some((word) => /^-[^-]/.test(word))
  return hasDash ? `${help}; what begins with a dash and is no flag goes behind --` : help
}
