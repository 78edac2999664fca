/**
 * The events of a recording as columns: one typed array a field, each text and each list of names once. An event is a
 * row number, in order of time, so fifty thousand of them are a few arrays and what lies in a window is found by
 * bisection. Times keep microseconds. `eventAt` gives back the event as it was recorded.
 */

import type { ProcessState, RecordedEvent, RecordedState, Recording } from '../../recording.ts'

export type EventKind = RecordedEvent['kind']

/** The order is the code of a kind in the column. */
export const EVENT_KINDS: readonly EventKind[] = [
  'frame',
  'fault',
  'write',
  'shown',
  'call',
  'process',
  'state',
  'note',
]

/** What travels inside the page: JSON, deflated. −1 stands for what is missing. */
export interface PackedRecording extends Omit<Recording, 'events'> {
  /** Nodes, clients, then whoever else was named. `who` and `to` point here. */
  readonly places: readonly string[]
  readonly texts: readonly string[]
  /** Lists of texts. */
  readonly lists: readonly (readonly number[])[]
  readonly states: readonly RecordedState[]
  readonly kind: readonly number[]
  /** µs since the event before. */
  readonly at: readonly number[]
  /** µs from its start to its end. */
  readonly span: readonly number[]
  readonly who: readonly number[]
  readonly to: readonly number[]
  /** Fate, family, outcome or state of the process. */
  readonly tag: readonly number[]
  /** What a frame is; the version of a write. */
  readonly what: readonly number[]
  readonly words: readonly number[]
  /** A list: the keys, or the nodes of a fault. */
  readonly keys: readonly number[]
  /** Bytes of a frame; the number of a state. */
  readonly amount: readonly number[]
}

const BLOCK = 256

export class Columns {
  readonly run: PackedRecording
  readonly size: number
  readonly #kind: Uint8Array
  readonly #at: Float64Array
  readonly #end: Float64Array
  readonly #who: Int32Array
  readonly #to: Int32Array
  readonly #tag: Int32Array
  readonly #what: Int32Array
  readonly #words: Int32Array
  readonly #keys: Int32Array
  readonly #amount: Int32Array
  /** The latest end in each block of rows: tells which rows before a window reach into it. */
  readonly #blockEnd: Float64Array

  constructor(packed: PackedRecording) {
    this.run = packed
    this.size = packed.kind.length
    this.#kind = Uint8Array.from(packed.kind)
    this.#who = Int32Array.from(packed.who)
    this.#to = Int32Array.from(packed.to)
    this.#tag = Int32Array.from(packed.tag)
    this.#what = Int32Array.from(packed.what)
    this.#words = Int32Array.from(packed.words)
    this.#keys = Int32Array.from(packed.keys)
    this.#amount = Int32Array.from(packed.amount)
    this.#at = new Float64Array(this.size)
    this.#end = new Float64Array(this.size)
    this.#blockEnd = new Float64Array(Math.ceil(this.size / BLOCK)).fill(-Infinity)
    let atUs = 0
    for (let i = 0; i < this.size; i++) {
      atUs += packed.at[i] ?? 0
      const span = packed.span[i] ?? -1
      this.#at[i] = atUs / 1000
      this.#end[i] = span < 0 ? Number.NaN : (atUs + span) / 1000
      const block = Math.floor(i / BLOCK)
      // What never ends is as long as a lost frame is drawn or as the run: it counts as open.
      const reach = span < 0 && packed.kind[i] !== undefined && packed.kind[i] !== 0 ? atUs / 1000 : (this.#end[i] ?? 0)
      this.#blockEnd[block] = Math.max(this.#blockEnd[block] ?? 0, Number.isNaN(reach) ? atUs / 1000 + 1000 : reach)
    }
  }

  kind(i: number): EventKind {
    return EVENT_KINDS[this.#kind[i] ?? 0] ?? 'note'
  }

  atMs(i: number): number {
    return this.#at[i] ?? 0
  }

  /** NaN when it has no end. */
  endMs(i: number): number {
    return this.#end[i] ?? Number.NaN
  }

  /** A number of `run.places`, or −1. */
  who(i: number): number {
    return this.#who[i] ?? -1
  }

  to(i: number): number {
    return this.#to[i] ?? -1
  }

  tag(i: number): string {
    return this.#text(this.#tag[i])
  }

  what(i: number): string {
    return this.#text(this.#what[i])
  }

  /** Equal numbers are equal texts. */
  whatCode(i: number): number {
    return this.#what[i] ?? -1
  }

  words(i: number): string | undefined {
    const code = this.#words[i] ?? -1
    return code < 0 ? undefined : this.#text(code)
  }

  keys(i: number): readonly string[] {
    return (this.run.lists[this.#keys[i] ?? -1] ?? []).map((code) => this.#text(code))
  }

  state(i: number): RecordedState | undefined {
    return this.#kind[i] === 6 ? this.run.states[this.#amount[i] ?? -1] : undefined
  }

  /** The first row at or after this time. */
  firstAt(ms: number): number {
    let [low, high] = [0, this.size]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#at[middle] ?? 0) < ms) low = middle + 1
      else high = middle
    }
    return low
  }

  /** Visits the rows that may touch the window, in order. */
  within(fromMs: number, toMs: number, visit: (i: number) => void): void {
    const first = this.firstAt(fromMs)
    const end = this.firstAt(toMs)
    for (let block = 0; block * BLOCK < first; block++) {
      if ((this.#blockEnd[block] ?? 0) < fromMs) continue
      const stop = Math.min((block + 1) * BLOCK, first)
      for (let i = block * BLOCK; i < stop; i++) visit(i)
    }
    for (let i = first; i < end; i++) visit(i)
  }

  /** 1 for each row that mentions the key. */
  mentioning(key: string): Uint8Array {
    const code = this.run.texts.indexOf(key)
    const lists = Uint8Array.from(this.run.lists, (list) => (list.includes(code) ? 1 : 0))
    const marks = new Uint8Array(this.size)
    // The list of a fault holds names of nodes, not keys.
    for (let i = 0; i < this.size; i++) if (this.#kind[i] !== 1) marks[i] = lists[this.#keys[i] ?? -1] ?? 0
    return marks
  }

  eventAt(i: number): RecordedEvent {
    const atMs = this.atMs(i)
    const end = this.endMs(i)
    const endOr = Number.isNaN(end) ? undefined : end
    const who = this.run.places[this.who(i)] ?? ''
    const to = this.run.places[this.to(i)] ?? ''
    const words = this.words(i)
    const [key = ''] = this.keys(i)
    switch (this.kind(i)) {
      case 'frame': {
        const fate = this.tag(i) as Extract<RecordedEvent, { kind: 'frame' }>['fate']
        const [what, keys, bytes] = [this.what(i), this.keys(i), this.#amount[i] ?? 0]
        return { kind: 'frame', atMs, from: who, to, arrivedMs: endOr, fate, what, words: words ?? '', keys, bytes }
      }
      case 'fault':
        return { kind: 'fault', atMs, untilMs: end, family: this.tag(i), words: words ?? '', nodes: this.keys(i) }
      case 'write':
        return { kind: 'write', atMs, node: who, key, version: this.what(i), value: words }
      case 'shown':
        return { kind: 'shown', atMs, node: who, key, version: this.what(i), value: words }
      case 'call': {
        const outcome = this.tag(i) as Extract<RecordedEvent, { kind: 'call' }>['outcome']
        const [client, node, keys] = [who, to, this.keys(i)]
        return { kind: 'call', atMs, endedMs: endOr, client, node, words: words ?? '', outcome, keys }
      }
      case 'process':
        return { kind: 'process', atMs, node: who, state: this.tag(i) as ProcessState }
      case 'state':
        return { kind: 'state', atMs, node: who, state: this.state(i) as RecordedState }
      case 'note':
        return { kind: 'note', atMs, node: this.who(i) < 0 ? undefined : who, text: words ?? '' }
    }
  }

  #text(code: number | undefined): string {
    return this.run.texts[code ?? -1] ?? ''
  }
}
