/**
 * The tables of `repair`, and which goals are met. What was aimed at is of the design: ratios to a prototype's figures.
 * It measures nothing; it only puts what was measured into words.
 */

import { spread } from '../rounds.ts'
import { type Case, type Cost, WAYS, type Way } from './cases.ts'
import type { Hold } from './meter.ts'
import { moreBytes, moreNs, STRUCTURES, type Upkeeps } from './upkeep.ts'

/** Bytes without envelopes and entries by number of differences, in a store of a million with recent overwrites. */
const BYTES_GOAL: Readonly<Record<number, number>> = { 1: 180, 100: 2_575, 1000: 21_562, 10000: 241_000 }
const MESSAGES_GOAL = 4
/** Of both sides at 1,000 differences. */
const MS_GOAL = 3.6
const NS_PUT_GOAL = 560
const HOLD_MS_MAX = 5
const GOAL_ENTRIES = 1_000_000

export function caseTable(cases: readonly Case[]): string {
  const head = ['entries', 'differ', 'sketch', 'goal', 'trie', 'ranges', '× less', 'messages', 'ms asker + giver']
  const lines = cases.map(({ entries, differ, kind, costs }) => {
    const { sketch, trie, ranges } = costs
    const goal = kind === 'recent' ? BYTES_GOAL[differ] : undefined
    const hold = longestOf(sketch)
    return [
      int(entries),
      `${int(differ)} ${kind}`,
      int(middle(sketch.bytes)),
      goal === undefined ? '' : int(goal),
      int(middle(trie.bytes)),
      int(middle(ranges.bytes)),
      [trie, ranges].map(({ bytes }) => (middle(bytes) / middle(sketch.bytes)).toFixed(1)).join(' '),
      all(costs, ({ messages }) => int(middle(messages))),
      all(costs, ({ askerMs, giverMs }) => `${ms(askerMs)}+${ms(giverMs)}`),
      all(costs, ({ handOverMs }) => ms(handOverMs)),
      all(costs, ({ wasted }) => int(middle(wasted))),
      int(middle(sketch.envelopeBytes)),
      int(middle(sketch.slices)),
      `${hold.ms.toFixed(1)} ms ${hold.what}`,
    ]
  })
  return [
    aligned([[...head, 'ms entries', 'wasted', 'envelope', 'slices', 'longest hold'], ...lines]),
    '',
    'Bytes both ways without entries, and without rows and vectors: those are the envelope, told of the sketch. Three figures:',
    'sketch / trie / ranges. Wasted: entries sent that the asker had, or had newer. Slices and longest hold are of the sketch.',
  ].join('\n')
}

export function upkeepTable(kept: Upkeeps): string {
  const lines = STRUCTURES.map((structure) => [
    structure,
    spreadText(kept[structure].nsPut),
    structure === 'none' ? '' : `+${int(middle(moreNs(kept, structure)))}`,
    kept[structure].bytesEntry.toFixed(0),
    structure === 'none' ? '' : `+${moreBytes(kept, structure).toFixed(1)}`,
    kept[structure].digestBytes === 0 ? '' : `${(kept[structure].digestBytes / 1e6).toFixed(2)} MB`,
  ])
  return aligned([['upkeep with', 'ns a put', '', 'bytes an entry', '', 'of which sums, all'], ...lines])
}

/** A line for each goal that was measured. */
export function goalLines(cases: readonly Case[], kept: Upkeeps): string[] {
  const large = cases.filter(({ entries, kind }) => entries === GOAL_ENTRIES && kind === 'recent')
  const lines: string[] = []
  for (const { differ, costs } of large) {
    const goal = BYTES_GOAL[differ]
    if (goal !== undefined)
      lines.push(verdict(`bytes, ${int(differ)} of a million`, middle(costs.sketch.bytes), goal, 'bytes'))
    if (goal !== undefined)
      lines.push(verdict(`messages, ${int(differ)}`, middle(costs.sketch.messages), MESSAGES_GOAL, ''))
    if (differ === 1_000) {
      const { askerMs, giverMs } = costs.sketch
      lines.push(verdict('both sides, 1,000', middle(askerMs) + middle(giverMs), MS_GOAL, 'ms'))
    }
  }
  const holds = cases.map(({ costs }) => longestOf(costs.sketch))
  const longest = holds.reduce((most, hold) => (hold.ms > most.ms ? hold : most), { ms: 0, what: '' })
  lines.push(verdict(`longest hold of a loop, ${longest.what}`, longest.ms, HOLD_MS_MAX, 'ms'))
  lines.push(verdict('upkeep', middle(moreNs(kept, 'sketch')), NS_PUT_GOAL, 'ns a put'))
  return [lines.join('\n')]
}

function verdict(what: string, measured: number, goal: number, unit: string): string {
  const far = `${(measured / goal).toFixed(2)} × the goal`
  return `${measured <= goal ? 'met  ' : 'short'}  ${what}: ${short(measured)} ${unit}, goal ≤ ${short(goal)} (${far})`
}

function all(costs: Readonly<Record<Way, Cost>>, text: (cost: Cost) => string): string {
  return WAYS.map((way) => text(costs[way])).join(' / ')
}

function aligned(lines: readonly (readonly string[])[]): string {
  const widths = lines[0]?.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0))) ?? []
  return lines.map((line) => line.map((cell, column) => cell.padStart(widths[column] ?? 0)).join('  ')).join('\n')
}

function spreadText(values: readonly number[]): string {
  const { median, least, most } = spread(values)
  return `${int(median)} (${int(least)}–${int(most)})`
}

/** The middle one of the rounds. */
function longestOf({ holds }: Cost): Hold {
  return [...holds].sort((one, other) => one.ms - other.ms)[holds.length >> 1] ?? { ms: 0, what: '' }
}

function middle(values: readonly number[]): number {
  return spread(values).median
}

function ms(values: readonly number[]): string {
  return middle(values).toFixed(1)
}

function int(value: number): string {
  return Math.round(value).toLocaleString('en-US')
}

function short(value: number): string {
  return Math.abs(value) >= 100 ? int(value) : value.toPrecision(2)
}
