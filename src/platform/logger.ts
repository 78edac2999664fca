/**
 * Logs go to stderr, one line each, written before the call returns, so that the last words of a dying process are
 * kept. `json` is pino's own format; `text` says the same for a person: when (UTC), how bad, which node, one sentence,
 * and then the facts as key=value. Nothing that a stranger sent can break a line or colour a terminal.
 */
import { pino } from 'pino'
import type { Logger } from '../core/ports.ts'

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent'

export interface LoggerOptions {
  readonly level: LogLevel
  readonly format: 'text' | 'json'
  /** The node's name, in every line. */
  readonly name?: string
  /** Takes whole lines. Default: stderr. */
  readonly destination?: { write(line: string): void }
}

/** What waits while stderr takes nothing (a full disk behind it); lines beyond are lost, the node goes on. */
const BACKLOG_BYTES_MAX = 1_048_576

const LEVEL_COLOURS: Readonly<Record<string, string>> = { debug: '90', info: '36', warn: '33', error: '31' }

interface LogLine {
  readonly level: string
  readonly time: string
  readonly node?: string
  readonly msg?: string
  readonly [field: string]: unknown
}

/** A logger. Of the fields, `level`, `time`, `node` and `msg` are taken. */
export function createLogger(options: LoggerOptions): Logger {
  const destination = options.destination ?? standardError()
  const colours = options.destination === undefined && process.stderr.isTTY && !process.env.NO_COLOR
  const text = { write: (line: string) => destination.write(formatLine(JSON.parse(line) as LogLine, colours)) }
  return pino(
    {
      level: options.level,
      base: options.name === undefined ? null : { node: options.name },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (level) => ({ level }), log: spellErrors },
    },
    options.format === 'json' ? destination : text,
  )
}

function standardError(): { write(line: string): void } {
  const stderr = pino.destination({ fd: 2, sync: true, maxLength: BACKLOG_BYTES_MAX })
  // There is no other place to say that stderr is gone.
  stderr.on('error', () => undefined)
  return stderr
}

/** JSON knows no errors: an `Error` in a field becomes its type, message, code and stack. */
function spellErrors(fields: Record<string, unknown>): Record<string, unknown> {
  const found = Object.entries(fields).filter(([, value]) => value instanceof Error)
  if (found.length === 0) return fields
  const spelled = found.map(([key, value]) => [key, pino.stdSerializers.err(value as Error)])
  return { ...fields, ...Object.fromEntries(spelled) }
}

function formatLine({ level, time, node, msg, ...fields }: LogLine, colours: boolean): string {
  const paint = (text: string, code: string): string => (colours ? `\u001b[${code}m${text}\u001b[0m` : text)
  const when = time.replace('T', ' ')
  const word = paint(level.toUpperCase().padEnd(5), LEVEL_COLOURS[level] ?? '0')
  const facts = Object.entries(fields).map(([key, value]) => `${key}=${spell(value)}`)
  const parts = [`${when} ${word}`, node, plain(msg ?? ''), paint(facts.join(' '), '90')]
  const stacks = level === 'error' ? Object.values(fields).map(stackOf).join('') : ''
  return `${parts.filter((part) => part !== undefined && part !== '').join('  ')}\n${stacks}`
}

function spell(value: unknown): string {
  if (typeof value === 'string' && /^[\w.:/@+-]+$/.test(value)) return value
  const message = isSpelledError(value) ? value.message : value
  return plain(JSON.stringify(message) ?? String(message))
}

function stackOf(value: unknown): string {
  if (!isSpelledError(value)) return ''
  const lines = value.stack.split('\n').map((line) => `    ${plain(line.trim())}\n`)
  return lines.join('')
}

function isSpelledError(value: unknown): value is { message: string; stack: string } {
  return typeof value === 'object' && value !== null && 'stack' in value && 'message' in value && 'type' in value
}

/** Spells out control characters, and those that turn the direction of writing. */
function plain(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cf}\u2028\u2029]/gu,
    (c) => `\\u${(c.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`,
  )
}
