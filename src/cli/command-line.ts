/**
 * The command line as yargs reads it: which verb, which flags, which operands, or a text to print. All that is typed is
 * text here; what it means is for `flags.ts`. Operands are never taken for anything else: a key may be called `help`.
 */

import yargs, { type Argv, type Options } from 'yargs'
import { HearsayError } from '../core/errors.ts'
import { type Flag, type Flags, flagName, type Given, toSwitch } from './flags.ts'
import { programVersion } from './program-version.ts'
import { operandWords, type Verb } from './verb.ts'
import { VERBS } from './verbs.ts'

export type CommandLine =
  | { readonly kind: 'run'; readonly verb: Verb; readonly given: Given; readonly operands: readonly string[] }
  | { readonly kind: 'text'; readonly text: string }
  /** No verb: the text is help that nobody asked for. */
  | { readonly kind: 'nothing'; readonly text: string }

const PARSER = {
  'boolean-negation': true,
  'camel-case-expansion': false,
  'dot-notation': false,
  'greedy-arrays': false,
  'parse-numbers': false,
  'parse-positional-numbers': false,
}
const WIDTH_MAX = 100

/** Throws `ERR_USAGE`. `columns`: of the terminal that help is for. */
export async function parseCommandLine(argv: readonly string[], columns: number = WIDTH_MAX): Promise<CommandLine> {
  const width = Math.min(columns, WIDTH_MAX)
  const { verbName, rest, given } = await findVerb(argv)
  if (given.version === true) return { kind: 'text', text: `${programVersion()}\n` }
  if (verbName === undefined) {
    return { kind: given.help === true ? 'text' : 'nothing', text: `${await helpOfAll(width).getHelp()}\n` }
  }
  const verb = VERBS.find(({ name }) => name === verbName)
  if (verb === undefined) {
    const names = VERBS.map(({ name }) => name).join(', ')
    throw new HearsayError('ERR_USAGE', `no such verb: ${JSON.stringify(verbName)}; there are ${names}`)
  }
  const parsed = await parse(withFlags(parser(), verb.flags).strictOptions(), plainSwitches(rest, verb.flags))
  if (parsed.version === true) return { kind: 'text', text: `${programVersion()}\n` }
  if (parsed.help === true) return { kind: 'text', text: `${await helpOf(verb, width).getHelp()}\n` }
  const { _: operands, $0: _, ...flags } = parsed
  checkOperands(verb, operands)
  return { kind: 'run', verb, given: flags, operands }
}

/** For what stands before the verb. Where verbs differ it counts as a switch: else it would take the verb for its value. */
const EVERY_FLAG: Flags = Object.assign(
  {},
  ...VERBS.map(({ flags }) => flags),
  ...VERBS.map(({ flags }) => Object.fromEntries(Object.entries(flags).filter(([, { type }]) => type === 'boolean'))),
)

/** yargs takes `--json=yes` for false, and any word for one. */
function plainSwitches(argv: readonly string[], flags: Flags): readonly string[] {
  const end = argv.indexOf('--')
  return argv.map((word, i) => {
    const [, name, value] = /^--([a-z-]+)=(.*)$/s.exec(word) ?? []
    const isSwitch = Object.entries(flags).some(([flag, { type }]) => flagName(flag) === name && type === 'boolean')
    if (!isSwitch || (end !== -1 && i > end)) return word
    return toSwitch(`--${name}`, value) ? `--${name}` : `--no-${name}`
  })
}

type Parsed = Given & { readonly _: readonly string[] }

/** The verb is the first word that is no flag; flags may stand before it. */
async function findVerb(
  argv: readonly string[],
): Promise<{ verbName: string | undefined; rest: readonly string[]; given: Given }> {
  const first = withFlags(parser({ 'halt-at-non-option': true }), EVERY_FLAG)
  const parsed = await parse(first, argv)
  const [verbName, ...behind] = parsed._
  // `hearsay help put`, as people type it.
  if (verbName === 'help') return { verbName: behind[0], rest: ['--help'], given: { help: true } }
  return { verbName, rest: [...argv.slice(0, argv.length - parsed._.length), ...behind], given: parsed }
}

function parser(configuration: Readonly<Record<string, boolean>> = {}): Argv {
  return (
    yargs()
      .scriptName('hearsay')
      .parserConfiguration({ ...PARSER, ...configuration })
      .detectLocale(false)
      .exitProcess(false)
      // Its own help would take a last operand `help` for a wish.
      .help(false)
      .version(false)
      .string('_')
      .option('help', { type: 'boolean', describe: 'show this' })
      .option('version', { type: 'boolean', describe: 'show the version of hearsay' })
      .fail((message, error) => {
        throw error ?? new HearsayError('ERR_USAGE', lowerFirst(message))
      })
  )
}

function withFlags(argv: Argv, flags: Flags): Argv {
  return Object.entries(flags).reduce((all, [name, flag]) => {
    return all.option(
      flagName(name),
      flag.type === 'boolean' ? { type: 'boolean' } : { type: 'string', requiresArg: true },
    )
  }, argv)
}

/** The same flags with their words, for a parser that only prints help: numbers are called so, and none is parsed. */
function withWords(argv: Argv, flags: Flags): Argv {
  return Object.entries(flags).reduce((all, [name, flag]) => all.option(flagName(name), toWords(flag)), argv)
}

function toWords({ describe, type, choices, default: value }: Flag): Options {
  const shown = Array.isArray(value) ? value.join(',') : String(value ?? '')
  const more =
    choices === undefined ? (type === 'list' ? '; repeat it, or put commas between' : '') : `: ${choices.join(', ')}`
  return {
    describe: `${describe}${more}`,
    type: type === 'list' ? 'string' : type,
    ...(shown !== '' && value !== false && { defaultDescription: shown }),
  }
}

async function parse(argv: Argv, words: readonly string[]): Promise<Parsed> {
  try {
    return (await argv.parseAsync([...words])) as unknown as Parsed
  } catch (error) {
    if (error instanceof HearsayError) throw error
    throw new HearsayError('ERR_USAGE', lowerFirst(error instanceof Error ? error.message : String(error)))
  }
}

function checkOperands(verb: Verb, operands: readonly string[]): void {
  const missing = verb.operands.filter(({ optional }) => optional !== true)[operands.length]
  if (missing !== undefined) throw new HearsayError('ERR_USAGE', `${verb.name} needs ${operandWords(verb)}`)
  const takesMany = verb.operands.at(-1)?.many === true
  const extra = operands[verb.operands.length]
  if (extra === undefined || takesMany) return
  const takes = verb.operands.length === 0 ? 'nothing' : operandWords(verb)
  throw new HearsayError('ERR_USAGE', `${verb.name} takes ${takes}; ${JSON.stringify(extra)} is too much`)
}

const ENVIRONMENT = 'Every flag can come from the environment too: --data-dir as HEARSAY_DATA_DIR.'

function helpOfAll(width: number): Argv {
  const usage = 'hearsay VERB [flags]\n\nA masterless, always-writable, eventually consistent key-value store.'
  let all = parser().usage(usage).wrap(width)
  for (const { name, summary } of VERBS) all = all.command(name, summary)
  for (const { examples } of VERBS) for (const [command, what] of examples.slice(0, 1)) all = all.example(command, what)
  return all
    .updateStrings({ 'Commands:': 'Verbs:', 'Options:': 'Flags:' })
    .epilogue(
      `hearsay VERB --help tells more about a verb. ${ENVIRONMENT}\n\nExit codes: 0 ok, 1 not found, differs, damaged or cannot write (serve: failed), 2 usage, 3 unreachable, 4 timeout, 5 not allowed, 70 bug in hearsay.`,
    )
}

function helpOf(verb: Verb, width: number): Argv {
  const operands = verb.operands.map(({ name, describe }) => `  ${name.padEnd(8)} ${describe}`)
  const usage = [
    `hearsay ${verb.name} ${operandWords(verb)}`.trimEnd(),
    verb.details === undefined ? verb.summary : `${verb.summary} ${verb.details}`,
    ...(operands.length === 0 ? [] : [operands.join('\n')]),
  ]
  let help = withWords(parser(), verb.flags).usage(usage.join('\n\n')).wrap(width)
  for (const [command, what] of verb.examples) help = help.example(command, what)
  return help.updateStrings({ 'Options:': 'Flags:' }).epilogue(verb.ignoresEnvironment ? '' : ENVIRONMENT)
}

function lowerFirst(text: string): string {
  return `${text.slice(0, 1).toLowerCase()}${text.slice(1)}`
}
