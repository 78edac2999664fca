/**
 * Makes a recording small enough to travel inside a page: columns of numbers, each text once, then deflated. What
 * `Columns` reads back is what was recorded, to the microsecond. The result is base64, so nothing that a value says can
 * end the element that it stands in.
 */

import { deflateRawSync } from 'node:zlib'
import type { RecordedEvent, RecordedState, Recording } from '../recording.ts'
import { EVENT_KINDS, type PackedRecording } from './page/columns.ts'

/** Gives each text a number, the first one met 0. */
class Numbers {
  readonly texts: string[] = []
  readonly #codes = new Map<string, number>()

  of(text: string): number {
    const known = this.#codes.get(text)
    if (known !== undefined) return known
    this.texts.push(text)
    this.#codes.set(text, this.texts.length - 1)
    return this.texts.length - 1
  }
}

type Row = readonly [
  end: number | undefined,
  who: string | undefined,
  to: string | undefined,
  tag: string | undefined,
  what: string | undefined,
  words: string | undefined,
  list: readonly string[] | undefined,
  amount: number,
]

export function packRecording({ events, ...run }: Recording): PackedRecording {
  const places = new Numbers()
  for (const name of [...run.nodes, ...run.clients]) places.of(name)
  const texts = new Numbers()
  const lists = new Numbers()
  const states: RecordedState[] = []
  const column = (): number[] => []
  const [kind, at, span, who, to] = [column(), column(), column(), column(), column()]
  const [tag, what, words, keys, amount] = [column(), column(), column(), column(), column()]
  const textOr = (text: string | undefined): number => (text === undefined ? -1 : texts.of(text))
  const placeOr = (name: string | undefined): number => (name === undefined ? -1 : places.of(name))
  let beforeUs = 0
  for (const event of events) {
    const [end, from, target, tagText, whatText, wordsText, list, many] = rowOf(event, states)
    const atUs = Math.round(event.atMs * 1000)
    kind.push(EVENT_KINDS.indexOf(event.kind))
    at.push(atUs - beforeUs)
    span.push(end === undefined ? -1 : Math.max(0, Math.round(end * 1000) - atUs))
    who.push(placeOr(from))
    to.push(placeOr(target))
    tag.push(textOr(tagText))
    what.push(textOr(whatText))
    words.push(textOr(wordsText))
    keys.push(list === undefined ? -1 : lists.of(list.map((text) => texts.of(text)).join()))
    amount.push(many)
    beforeUs = atUs
  }
  const listCodes = lists.texts.map((list) => (list === '' ? [] : list.split(',').map(Number)))
  const columns = { kind, at, span, who, to, tag, what, words, keys, amount }
  return { ...run, places: places.texts, texts: texts.texts, lists: listCodes, states, ...columns }
}

function rowOf(event: RecordedEvent, states: RecordedState[]): Row {
  const none = undefined
  switch (event.kind) {
    case 'frame': {
      const { arrivedMs, from, to, fate, what, words, keys, bytes } = event
      return [arrivedMs, from, to, fate, what, words, keys, bytes]
    }
    case 'fault':
      return [event.untilMs, none, none, event.family, none, event.words, event.nodes, -1]
    case 'write':
    case 'shown':
      return [none, event.node, none, none, event.version, event.value, [event.key], -1]
    case 'call':
      return [event.endedMs, event.client, event.node, event.outcome, none, event.words, event.keys, -1]
    case 'process':
      return [none, event.node, none, event.state, none, none, none, -1]
    case 'state':
      states.push(event.state)
      return [none, event.node, none, none, none, none, none, states.length - 1]
    case 'note':
      return [none, event.node, none, none, none, event.text, none, -1]
  }
}

/** Base64 of the deflated JSON. */
export function packedText(packed: PackedRecording): string {
  return deflateRawSync(JSON.stringify(packed), { level: 9 }).toString('base64')
}
