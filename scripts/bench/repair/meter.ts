/**
 * What finding the differences of two stores cost: bytes both ways, messages, and the CPU time of each side. Every
 * message also carries its sender's row, and the first two carry vectors; that envelope is the same for all ways of
 * finding and is counted apart, as are the entries that were wanted.
 */

import type { Row } from '../../../src/core/message.ts'
import type { VectorEntries } from '../../../src/core/vector.ts'
import { encodeMessage } from '../../../src/wire/peer-codec.ts'

export type End = 'asker' | 'giver'

export const ROWS: Readonly<Record<End, Row>> = { asker: rowOf('asker'), giver: rowOf('giver') }
/** What both have seen of three members. */
export const SEEN: VectorEntries = ['asker', 'giver', 'third'].map((name) => [originOf(name), timeOf(9_000_000)])
const ENVELOPE_BYTES: Readonly<Record<End, number>> = { asker: rowBytes('asker'), giver: rowBytes('giver') }

/** The steps that entries go through, by the message that an end hears. */
export const HAND_OVER: Readonly<Record<End, string>> = { giver: 'want', asker: 'answer' }

export interface Hold {
  readonly ms: number
  readonly what: string
}

/** One exchange. */
export class Meter {
  /** Without envelopes and entries. */
  bytes = 0
  envelopeBytes = 0
  entryBytes = 0
  messages = 0
  /** Time of each end to find what differs, ms, without the pauses between slices. */
  readonly ms: Record<End, number> = { asker: 0, giver: 0 }
  /** The same of both to hand the entries over. */
  handOverMs = 0
  /** The longest that one end held its loop, and what it did. */
  longest: Hold = { ms: 0, what: '' }
  /** Slices of work after which the loop turns. */
  slices = 0

  /** One step of an end: what it does until its loop turns. `what`: the message it heard, or a word for it. */
  step<T>(end: End, what: string, act: () => T): T {
    const startMs = cpuMs()
    const result = act()
    const tookMs = cpuMs() - startMs
    if (what === HAND_OVER.giver || what === HAND_OVER.asker) this.handOverMs += tookMs
    else this.ms[end] += tookMs
    if (tookMs > this.longest.ms) this.longest = { ms: tookMs, what: `${end}: ${what}` }
    return result
  }

  /** A frame of `bytes`, of which so many are entries and so many vectors. */
  sent(end: End, bytes: number, entryBytes: number, vectorBytes: number): void {
    const envelope = ENVELOPE_BYTES[end] + vectorBytes
    this.messages++
    this.entryBytes += entryBytes
    this.envelopeBytes += envelope
    this.bytes += bytes - entryBytes - envelope
  }
}

/** Time that this process has used: what other processes take from it does not count. */
export function cpuMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1_000
}

export function originOf(name: string): string {
  return `${name}/1/${(timeOf(0) - 1).toString(36)}/0123456789`
}

/** HLC of the write of this number: one a millisecond. */
export function timeOf(number: number): number {
  return (200_000_000_000 + number) * 4_096
}

function rowOf(name: string): Row {
  const hash = '0123456789abcdef'
  const last = timeOf(9_000_000)
  const fields = { seq: 100_000, last, clear: last, low: last, h: hash, wallMs: 1_777_777_777_777, gone: hash }
  return { origin: originOf(name), address: 'ws://127.0.0.1:7070', joining: false, ...fields }
}

function rowBytes(end: End): number {
  return encodeMessage({ row: ROWS[end], body: { kind: 'same' } }).length
}
