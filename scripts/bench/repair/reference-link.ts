/**
 * Frames of the references, in the envelope that the shipped messages have, and what is common to both at their end:
 * the keys that are wanted, and the entries that the giver answers.
 */

import type { Entry } from '../../../src/core/entry.ts'
import { packFrame } from '../../../src/wire/codec.ts'
import { decodePeerFrame, encodeMessage } from '../../../src/wire/peer-codec.ts'
import { packRow } from '../../../src/wire/row-fields.ts'
import { type End, HAND_OVER, type Meter, originOf, ROWS, SEEN } from './meter.ts'
import type { Side } from './side.ts'

/** A type that the wire does not know. */
const REFERENCE_TYPE = 100

const VECTOR_BYTES: Readonly<Record<End, number>> = {
  asker:
    encodeMessage({ row: ROWS.asker, body: compare(true) }).length -
    encodeMessage({ row: ROWS.asker, body: compare(false) }).length,
  giver:
    2 *
    (encodeMessage({ row: ROWS.asker, body: compare(true) }).length -
      encodeMessage({ row: ROWS.asker, body: compare(false) }).length),
}

/** One step of an end: it makes the content of its next message. */
export function say(meter: Meter, end: End, isFirst: boolean, contentOf: () => Uint8Array): Uint8Array {
  const sent = meter.step(end, 'find', () => {
    const content = contentOf()
    return { content, frame: packFrame([REFERENCE_TYPE, packRow(ROWS[end]), 1, content]) }
  })
  const vectorBytes = isFirst ? VECTOR_BYTES[end] : 0
  meter.sent(end, sent.frame.length + vectorBytes, 0, vectorBytes)
  return sent.content
}

/** The giver hands over all that it holds of these ks. */
export function answer(meter: Meter, theirs: Side, ks: Iterable<number>): Entry[] {
  const sent = meter.step('giver', HAND_OVER.giver, () => {
    const entries: Entry[] = []
    const { store } = theirs
    for (const k of ks) for (const key of store.summary.keysOf(k)) entries.push(...store.allOf(key))
    return { entries, frame: encodeAnswer(entries) }
  })
  meter.sent('giver', sent.frame.length, sent.frame.length - encodeAnswer([]).length, 0)
  return meter.step('asker', HAND_OVER.asker, () => {
    const message = decodePeerFrame(sent.frame)
    return 'body' in message && message.body.kind === 'answer' ? [...message.body.entries] : []
  })
}

/** Pairs of k and w of which the other side has another w, or none: their ks. */
export function differing(mine: readonly number[], theirs: readonly number[], into: Set<number>): void {
  const weights = new Map<number, number>()
  for (let i = 0; i < mine.length; i += 2)
    weights.set(mine[i] ?? 0, (weights.get(mine[i] ?? 0) ?? 0) + (mine[i + 1] ?? 0))
  for (let i = 0; i < theirs.length; i += 2) {
    weights.set(theirs[i] ?? 0, (weights.get(theirs[i] ?? 0) ?? 0) - (theirs[i + 1] ?? 0))
  }
  for (const [k, weight] of weights) if (weight !== 0) into.add(k)
}

function encodeAnswer(entries: readonly Entry[]): Uint8Array {
  const giver = originOf('giver')
  return encodeMessage({
    row: ROWS.giver,
    body: { kind: 'answer', exchange: 1, giver, batch: 0, answered: 1, entries },
  })
}

function compare(isWhole: boolean): Parameters<typeof encodeMessage>[0]['body'] {
  return { kind: 'compare', exchange: 1, from: 0, to: 8, seen: isWhole ? SEEN : [], rest: undefined }
}
