/**
 * The shipped deep pull between two stores: asker and giver as they are, every message to bytes and back by the wire's
 * codec. What the host does between them, a pause after each slice of work, is counted and not waited for.
 */

import type { Entry } from '../../../src/core/entry.ts'
import type { Ended } from '../../../src/core/message.ts'
import { DeepAsker, type DeepOutcome } from '../../../src/core/repair/deep-asker.ts'
import { DeepGiver } from '../../../src/core/repair/deep-giver.ts'
import type { RepairBody } from '../../../src/core/repair-message.ts'
import { REPLICA_DEFAULTS } from '../../../src/core/replica-options.ts'
import { decodePeerFrame, encodeMessage } from '../../../src/wire/peer-codec.ts'
import { type End, type Meter, originOf, ROWS, SEEN } from './meter.ts'
import type { Side } from './side.ts'

type Body = RepairBody | Ended

/** What the giver holds of all keys that differ. */
export function deepPull(mine: Side, theirs: Side, meter: Meter): Entry[] {
  const asker = new DeepAsker(REPLICA_DEFAULTS, mine.store)
  const giver = new DeepGiver(REPLICA_DEFAULTS, theirs.store)
  const frames: { readonly to: End; readonly what: string; readonly frame: Uint8Array }[] = []
  const now: { outcome: DeepOutcome } = { outcome: { kind: 'on', send: [], isBusy: false } }

  const act = (end: End, what: string, bodiesOf: () => readonly Body[]): void => {
    const sent = meter.step(end, what, () =>
      bodiesOf().map((body) => ({ body, frame: encodeMessage({ row: ROWS[end], body }) })),
    )
    for (const { body, frame } of sent) {
      meter.sent(end, frame.length, entryBytes(end, body, frame.length), vectorBytes(end, body, frame.length))
      frames.push({ to: end === 'asker' ? 'giver' : 'asker', what: body.kind, frame })
    }
  }
  const goOn = (next: DeepOutcome): readonly Body[] => {
    now.outcome = next
    return next.kind === 'on' ? next.send : []
  }
  const give = (body: Body): readonly Body[] => {
    if (body.kind !== 'compare' && body.kind !== 'want' && body.kind !== 'split' && body.kind !== 'list') return []
    const state = { seen: SEEN, written: SEEN, floor: 0 }
    const answer = giver.answer('asker', body, originOf('giver'), 0, () => state)
    return answer === undefined ? [] : [answer]
  }
  const hear = (body: Body): readonly Body[] => {
    const isAnswer = body.kind === 'sketch' || body.kind === 'answer' || body.kind === 'parts' || body.kind === 'listed'
    if (!isAnswer) throw new Error(`the giver answered ${body.kind}`)
    return goOn(asker.hear('giver', body, 0))
  }

  act('asker', 'begin', () => [asker.begin('giver', 1, { seen: SEEN, rest: undefined }, 0)])
  for (;;) {
    const next = frames.shift()
    if (next !== undefined) act(next.to, next.what, () => (next.to === 'giver' ? give : hear)(bodyOf(next.frame)))
    else if (giver.isBusy) {
      meter.slices++
      act('giver', 'slice', () => giver.chore(originOf('giver')).map(({ body }) => body))
    } else if (now.outcome.kind === 'on' && now.outcome.isBusy) {
      meter.slices++
      act('asker', 'slice', () => goOn(asker.chore(0)))
    } else break
  }
  giver.forgetPeer('asker')
  const { outcome } = now
  if (outcome.kind !== 'found') throw new Error('the deep pull failed')
  return [...outcome.finding.answers.values()].flat()
}

function bodyOf(frame: Uint8Array): Body {
  const message = decodePeerFrame(frame)
  if ('kind' in message) throw new Error('a hello')
  return message.body as Body
}

function entryBytes(end: End, body: Body, length: number): number {
  if (body.kind !== 'answer') return 0
  return length - encodeMessage({ row: ROWS[end], body: { ...body, entries: [] } }).length
}

function vectorBytes(end: End, body: Body, length: number): number {
  if (body.kind === 'compare' && body.from === 0) {
    return length - encodeMessage({ row: ROWS[end], body: { ...body, seen: [] } }).length
  }
  if (body.kind !== 'sketch' || body.view === undefined) return 0
  const view = { ...body.view, seen: [], written: [] }
  return length - encodeMessage({ row: ROWS[end], body: { ...body, view } }).length
}
