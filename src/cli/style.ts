/**
 * How text looks: colour only on a terminal that wants it, and nothing that came from a stranger (a key, a value, a name)
 * may colour, clear or turn a terminal. Tables, times and counts are told here, so that all verbs tell them alike.
 */

import type { Io, Output } from './io.ts'

export type Colour = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan'
export type Paint = (text: string, colour: Colour) => string

const CODES: Readonly<Record<Colour, number>> = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 }

/** Paints only on a terminal, and not with NO_COLOR (https://no-color.org) or a terminal that cannot. */
export function painter(output: Output, env: Io['env']): Paint {
  const colours = output.isTerminal && !env.NO_COLOR && env.TERM !== 'dumb'
  return (text, colour) => (colours && text !== '' ? `\u001b[${CODES[colour]}m${text}\u001b[0m` : text)
}

/** Spells out control characters, and those that turn the direction of writing. Tabs and newlines too. */
export function plain(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, spelled)
}

/** The same for text of several lines. */
export function plainLines(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, (c) => (c === '\n' || c === '\t' ? c : spelled(c)))
}

function spelled(character: string): string {
  return `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`
}

/** Columns as wide as their widest cell. `paint` may colour a whole cell, after its width was measured. */
export function table(
  rows: readonly (readonly string[])[],
  paint: (cell: string, row: number, column: number) => string,
): string[] {
  const widths: number[] = []
  for (const row of rows) for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, cell.length)
  return rows.map((row, r) =>
    row
      .map((cell, c) => paint(cell, r, c) + (c < row.length - 1 ? ' '.repeat((widths[c] ?? 0) - cell.length) : ''))
      .join('  ')
      .trimEnd(),
  )
}

export function count(n: number, one: string, many: string = `${one}s`): string {
  return `${n.toLocaleString('en-US')} ${n === 1 ? one : many}`
}

/** `420 ms`, `3.2 s`, `5 min`, `7.5 h`, `12 days`. */
export function duration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`
  if (ms < 60_000) return `${(ms / 1_000).toFixed(1)} s`
  if (ms < 3_600_000) return `${Math.floor(ms / 60_000)} min`
  if (ms < 172_800_000) return `${(ms / 3_600_000).toFixed(1)} h`
  return `${Math.floor(ms / 86_400_000)} days`
}

/** `2025-03-01 12:00:00.000 UTC`. */
export function moment(unixMs: number): string {
  const date = new Date(unixMs)
  return Number.isNaN(date.getTime()) ? String(unixMs) : date.toISOString().replace('T', ' ').replace('Z', ' UTC')
}
