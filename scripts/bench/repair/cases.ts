/**
 * Two stores that differ by what a case asks for, and what it cost each of the three to find that. Whatever is found
 * must be what was made to differ; then both sides are made equal for the next case.
 */

import { compareEntries } from '../../../src/core/entry.ts'
import { deepPull } from './deep-pull.ts'
import { type Hold, Meter } from './meter.ts'
import { rangeSearch } from './range-search.ts'
import { entryOf, overwrites, Side } from './side.ts'
import { trieSearch } from './trie-search.ts'

/** `recent`, `old`: overwrites on the giver's side. `both`: recent ones, half of them on each side. */
export type Kind = 'recent' | 'old' | 'both'

export const WAYS = ['sketch', 'trie', 'ranges'] as const
export type Way = (typeof WAYS)[number]

/** A figure a round; each round has other differences. */
export interface Cost {
  readonly bytes: readonly number[]
  readonly envelopeBytes: readonly number[]
  readonly messages: readonly number[]
  /** To find what differs. */
  readonly askerMs: readonly number[]
  readonly giverMs: readonly number[]
  readonly handOverMs: readonly number[]
  readonly slices: readonly number[]
  /** Entries that the asker had, or had something newer of. */
  readonly wasted: readonly number[]
  readonly holds: readonly Hold[]
}

export interface Case {
  readonly entries: number
  readonly kind: Kind
  readonly differ: number
  readonly costs: Readonly<Record<Way, Cost>>
}

interface Found {
  readonly meter: Meter
  readonly wasted: number
}

const SEARCHES = { sketch: deepPull, trie: trieSearch, ranges: rangeSearch } as const

export class Pair {
  readonly #entries: number
  readonly #mine: Side
  readonly #theirs: Side
  #rounds = 0

  constructor(entries: number) {
    this.#entries = entries
    this.#mine = new Side(entries)
    this.#theirs = new Side(entries)
    for (let number = 0; number < entries; number++) {
      const entry = entryOf(number)
      this.#mine.apply(entry)
      this.#theirs.apply(entry)
    }
  }

  measure(kind: Kind, differ: number, rounds: number): Case {
    const found: Record<Way, Found[]> = { sketch: [], trie: [], ranges: [] }
    globalThis.gc?.()
    for (let round = 0; round < rounds; round++) this.#round(kind, differ, found)
    const costs = { sketch: costOf(found.sketch), trie: costOf(found.trie), ranges: costOf(found.ranges) }
    return { entries: this.#entries, kind, differ, costs }
  }

  #round(kind: Kind, differ: number, into: Record<Way, Found[]>): void {
    const age = kind === 'old' ? 'old' : 'recent'
    const written = overwrites(this.#theirs.store, this.#entries, differ, age, ++this.#rounds)
    const onMine = kind === 'both' ? written.filter((_, at) => at % 2 === 1) : []
    const onTheirs = kind === 'both' ? written.filter((_, at) => at % 2 === 0) : written
    for (const entry of onMine) this.#mine.apply(entry)
    for (const entry of onTheirs) this.#theirs.apply(entry)
    for (const way of WAYS) into[way].push(this.#find(way, new Set(written.map(({ key }) => key))))
    for (const entry of onTheirs) this.#mine.apply(entry)
    for (const entry of onMine) this.#theirs.apply(entry)
    if (this.#mine.store.fingerprint() !== this.#theirs.store.fingerprint()) throw new Error('the sides still differ')
  }

  #find(way: Way, keys: ReadonlySet<string>): Found {
    const meter = new Meter()
    const answers = SEARCHES[way](this.#mine, this.#theirs, meter)
    const found = new Set(answers.map(({ key }) => key))
    for (const key of keys) if (!found.has(key)) throw new Error(`${way} did not find ${key}`)
    const wasted = answers.filter((entry) => {
      const held = this.#mine.store.held(entry.key)
      return held !== undefined && compareEntries(held, entry) >= 0
    }).length
    return { meter, wasted }
  }
}

function costOf(found: readonly Found[]): Cost {
  const each = (figure: (meter: Meter) => number): number[] => found.map(({ meter }) => figure(meter))
  return {
    bytes: each(({ bytes }) => bytes),
    envelopeBytes: each(({ envelopeBytes }) => envelopeBytes),
    messages: each(({ messages }) => messages),
    askerMs: each(({ ms }) => ms.asker),
    giverMs: each(({ ms }) => ms.giver),
    handOverMs: each(({ handOverMs }) => handOverMs),
    slices: each(({ slices }) => slices),
    wasted: found.map(({ wasted }) => wasted),
    holds: found.map(({ meter }) => meter.longest),
  }
}
