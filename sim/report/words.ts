/**
 * What a recorded event says, in one line of words. The text trace and the page use the same words, so a person who reads
 * one may search for them in the other. Nothing of a value can leave its line: what does not print is escaped.
 */

import type { RecordedEvent } from '../recording.ts'

export interface EventLine {
  /** `n1`, `n1 -> n3`, `c1 at n2`; empty for the whole run. */
  readonly where: string
  readonly text: string
}

const VALUE_LETTERS_MOST = 60

/** Control characters, line ends and marks that turn the direction of writing. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not reach a terminal
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g

export function printable(text: string): string {
  return text.replace(UNPRINTABLE, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** Seconds to the millisecond, as in `41.237`. */
export function inSeconds(ms: number): string {
  return (ms / 1000).toFixed(3)
}

function quotedValue(value: string): string {
  const short = value.length > VALUE_LETTERS_MOST ? `${value.slice(0, VALUE_LETTERS_MOST)}…` : value
  return `"${printable(short)}"`
}

const FATES: Readonly<Record<string, string>> = {
  lost: 'lost',
  doubled: 'doubled',
  late: 'late',
  held: 'held back',
  replayed: 'an old one, sent again',
  corrupt: 'corrupt',
}

const PROCESS: Readonly<Record<string, string>> = {
  starting: 'starts',
  up: 'serves',
  down: 'is killed',
  paused: 'is paused',
  resumed: 'goes on',
}

export function lineOf(event: RecordedEvent): EventLine {
  switch (event.kind) {
    case 'frame': {
      const end = event.arrivedMs === undefined ? 'never arrives' : `arrives ${inSeconds(event.arrivedMs)}`
      const fate = FATES[event.fate]
      const { what, words } = event
      const parts = [printable(words.startsWith(what) ? words : `${what} ${words}`.trim()), `${event.bytes} bytes`]
      if (fate !== undefined) parts.push(fate)
      if (event.fate !== 'lost') parts.push(end)
      return { where: `${event.from} -> ${event.to}`, text: parts.join(', ') }
    }
    case 'fault': {
      const until = event.untilMs > event.atMs ? `, until ${inSeconds(event.untilMs)}` : ''
      return { where: event.nodes.join(','), text: `fault: ${printable(event.words)}${until}` }
    }
    case 'write':
      return {
        where: event.node,
        text:
          event.value === undefined
            ? `deletes ${printable(event.key)} (version ${event.version})`
            : `writes ${printable(event.key)} = ${quotedValue(event.value)} (version ${event.version})`,
      }
    case 'shown':
      return {
        where: event.node,
        text:
          event.value === undefined
            ? `learns that ${printable(event.key)} is deleted (version ${event.version})`
            : `learns ${printable(event.key)} = ${quotedValue(event.value)} (version ${event.version})`,
      }
    case 'call': {
      const took = event.endedMs === undefined ? '' : ` after ${(event.endedMs - event.atMs).toFixed(1)} ms`
      const outcome = event.outcome === 'maybe' ? 'never answered; maybe done' : `${event.outcome}${took}`
      const where = event.node === '' ? event.client : `${event.client} at ${event.node}`
      return { where, text: `${printable(event.words)}: ${outcome}` }
    }
    case 'process':
      return { where: event.node, text: PROCESS[event.state] ?? event.state }
    case 'state': {
      const { keys, tombstones, fingerprint, stableMs } = event.state
      const stable = stableMs === undefined ? 'stable time unknown' : `stable to ${inSeconds(stableMs)}`
      return {
        where: event.node,
        text: `holds ${keys} keys, ${tombstones} tombstones, fingerprint ${fingerprint}, ${stable}`,
      }
    }
    case 'note':
      return { where: event.node ?? '', text: `note: ${printable(event.text)}` }
  }
}

export function eventMentions(event: RecordedEvent, key: string): boolean {
  if (event.kind === 'write' || event.kind === 'shown') return event.key === key
  return (event.kind === 'frame' || event.kind === 'call') && event.keys.includes(key)
}

/** Whether `place`, a node or a client, has a part in it. What concerns all concerns everyone. */
export function eventInvolves(event: RecordedEvent, place: string): boolean {
  switch (event.kind) {
    case 'frame':
      return event.from === place || event.to === place
    case 'fault':
      return event.nodes.length === 0 || event.nodes.includes(place)
    case 'call':
      return event.client === place || event.node === place
    case 'note':
      return event.node === undefined || event.node === place
    case 'write':
    case 'shown':
    case 'process':
    case 'state':
      return event.node === place
  }
}
