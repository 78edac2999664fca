/**
 * A run as plain text for terminals and for search: one line an event, time first, in order, and the violation at the
 * instant it was found and again in full at the end. ASCII, as far as keys and values are.
 */

import type { RecordedViolation, Recording } from '../recording.ts'
import { eventInvolves, eventMentions, inSeconds, lineOf, printable } from './words.ts'

export interface TextTraceOptions {
  /** Only what mentions this key, with the faults and the starts and stops around it. */
  readonly key?: string
  /** Only what this node or client has a part in. */
  readonly node?: string
}

export function textTrace(recording: Recording, options: TextTraceOptions = {}): string {
  const { key, node } = options
  const rows: { readonly atMs: number; readonly where: string; readonly text: string }[] = []
  for (const event of recording.events) {
    const isFrame = event.kind === 'fault' || event.kind === 'process'
    if (key !== undefined && !isFrame && !eventMentions(event, key)) continue
    if (node !== undefined && !eventInvolves(event, node)) continue
    rows.push({ atMs: event.atMs, ...lineOf(event) })
  }
  const { violation } = recording
  if (violation !== undefined) {
    const place = rows.findIndex(({ atMs }) => atMs > violation.atMs)
    const row = { atMs: violation.atMs, where: violation.node ?? '', text: `*** ${violation.id} is broken ***` }
    rows.splice(place === -1 ? rows.length : place, 0, row)
  }
  const timeWidth = inSeconds(recording.endedMs).length
  const whereWidth = rows.reduce((width, { where }) => Math.max(width, where.length), 0)
  const lines = rows.map(({ atMs, where, text }) =>
    `${inSeconds(atMs).padStart(timeWidth)}  ${where.padEnd(whereWidth)}  ${text}`.trimEnd(),
  )
  return `${[...head(recording), '', ...lines, '', ...verdict(recording, violation)].join('\n')}\n`
}

function head({ seed, nodes, clients, calmMs, endedMs, replay }: Recording): string[] {
  return [
    `seed ${seed}: ${nodes.length} nodes, ${clients.length} clients`,
    `faults and operations end at ${inSeconds(calmMs)} s, the run at ${inSeconds(endedMs)} s`,
    `replay: ${printable(replay)}`,
  ]
}

function verdict({ endedMs }: Recording, violation: RecordedViolation | undefined): string[] {
  if (violation === undefined) return [`All invariants held until ${inSeconds(endedMs)} s.`]
  const { id, rule, finding, atMs, key, node } = violation
  const at = node === undefined ? '' : ` at ${node}`
  const about = key === undefined ? '' : `, about the key ${printable(key)}`
  return [
    `${id} is broken at ${inSeconds(atMs)} s${at}${about}.`,
    `  rule:    ${printable(rule)}`,
    `  finding: ${printable(finding)}`,
  ]
}
