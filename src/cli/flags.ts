/**
 * A flag of the command line, described once: help, `--kebab-case`, `HEARSAY_…`, default and check come from here. The
 * node's settings have the same shape, so that `serve` takes its flags from them. What was typed wins over the
 * environment, the environment over the default. Nothing here parses a command line: see `command-line.ts`.
 */

import { HearsayError } from '../core/errors.ts'

export interface Flag {
  readonly type: 'string' | 'number' | 'boolean' | 'list'
  /** `undefined`: the verb is told that nothing was given. */
  readonly default?: unknown
  readonly describe: string
  readonly choices?: readonly string[]
  /** Bounds of a number. */
  readonly least?: number
  readonly most?: number
}

/** camelCase name → flag. */
export type Flags = Readonly<Record<string, Flag>>

type Plain<F extends Flag> = F extends { type: 'number' }
  ? number
  : F extends { type: 'boolean' }
    ? boolean
    : F extends { type: 'list' }
      ? readonly string[]
      : F extends { choices: readonly (infer C)[] }
        ? C
        : string

/** What a verb gets: a value for each flag, `undefined` only for those without a default. */
export type ArgsOf<F extends Flags> = {
  readonly [K in keyof F]: F[K] extends { default: string | number | boolean | readonly string[] }
    ? Plain<F[K]>
    : Plain<F[K]> | undefined
}

/** What the parser found for one flag; more than one when it was repeated. */
export type Given = Readonly<Record<string, unknown>>

type Env = Readonly<Record<string, string | undefined>>

const SWITCH_WORDS: Readonly<Record<string, boolean>> = {
  '1': true,
  true: true,
  yes: true,
  on: true,
  '0': false,
  false: false,
  no: false,
  off: false,
}

export function flagName(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}

export function envName(name: string): string {
  return `HEARSAY_${flagName(name).replaceAll('-', '_').toUpperCase()}`
}

/** A value for each flag. Throws `ERR_USAGE` that names the flag or the variable. */
export function resolveFlags(flags: Flags, given: Given, env: Env): Record<string, unknown> {
  const args: Record<string, unknown> = {}
  for (const [name, flag] of Object.entries(flags)) {
    const typed = given[flagName(name)]
    const fromEnv = env[envName(name)]
    // An empty variable is how shells and container files say "not set".
    if (typed !== undefined) args[name] = toValue(`--${flagName(name)}`, flag, typed)
    else if (fromEnv !== undefined && fromEnv !== '') args[name] = toValue(envName(name), flag, fromEnv)
    else args[name] = flag.default
  }
  return args
}

function toValue(label: string, flag: Flag, given: unknown): unknown {
  const all: readonly unknown[] = Array.isArray(given) ? given : [given]
  if (flag.type === 'list') return all.flatMap((item) => listItems(label, item))
  // Given twice, the last one counts, so that an alias or a script can be overruled.
  const last = all.at(-1)
  if (flag.type === 'boolean') return toSwitch(label, last)
  if (typeof last !== 'string') throw wrong(label, 'needs a value')
  if (flag.type === 'number') return toNumber(label, flag, last)
  if (flag.choices?.includes(last) === false) throw wrong(label, `must be one of ${flag.choices.join(', ')}`)
  return last
}

function listItems(label: string, item: unknown): string[] {
  if (typeof item !== 'string') throw wrong(label, 'needs a value')
  return item
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
}

/** The value of `--json=VALUE`. Throws `ERR_USAGE`. */
export function toSwitch(label: string, given: unknown): boolean {
  if (typeof given === 'boolean') return given
  const on = SWITCH_WORDS[String(given).toLowerCase()]
  if (on === undefined) throw wrong(label, 'must be true or false')
  return on
}

function toNumber(label: string, { least = 0, most = Number.MAX_SAFE_INTEGER }: Flag, text: string): number {
  const value = /^-?\d[\d_]*$/.test(text) ? Number(text.replaceAll('_', '')) : Number.NaN
  if (!Number.isSafeInteger(value) || value < least || value > most) {
    const range = most === Number.MAX_SAFE_INTEGER ? `${least} or more` : `from ${least} to ${most}`
    throw wrong(label, `must be a whole number, ${range}, not ${JSON.stringify(text)}`)
  }
  return value
}

function wrong(label: string, why: string): HearsayError {
  return new HearsayError('ERR_USAGE', `${label} ${why}`)
}
