/** Three nodes to whom everything happens that can: drawn acts, and logs that outlive their runs. */

import fc from 'fast-check'
import type { LogRecord } from '../../src/core/record.ts'
import { Bench, beats, cutAll, linkAll, talk, talkOnce } from './replica-bench.ts'

const NAMES = ['a', 'b', 'c'] as const
export const KEYS = ['p', 'q', 'r', 's'] as const
export const SMALL = { replica: { pieceBytesMax: 60, pieceWindow: 2, sliceEntriesMax: 3 } }

export interface TrioAct {
  readonly verb: string
  readonly at: number
  readonly key: string
}

export const anAct: fc.Arbitrary<TrioAct> = fc.record({
  verb: fc.constantFrom(
    ...['write', 'write', 'write', 'delete', 'expire', 'beat', 'beat', 'talk', 'talk', 'cut', 'link'],
    ...['forget', 'restart', 'crash', 'resetClock', 'leap', 'lose', 'burst', 'return'],
  ),
  at: fc.nat({ max: 2 }),
  key: fc.constantFrom(...KEYS),
})

/** Three nodes, each with the log that its disk has from all its runs. */
export class Trio {
  readonly nodes: Bench[] = NAMES.map((name) => Bench.ready(name, SMALL))
  readonly #former: LogRecord[][] = [[], [], []]
  #cut: number | undefined
  #luck = 0
  #writes = 0

  constructor() {
    linkAll(...this.nodes)
    talk(...this.nodes)
    beats(2, ...this.nodes)
  }

  logOf(at: number): readonly LogRecord[] {
    return [...(this.#former[at] ?? []), ...(this.nodes[at]?.records ?? [])]
  }

  act({ verb, at, key }: TrioAct): void {
    const node = this.nodes[at]
    if (node === undefined) return
    switch (verb) {
      case 'write':
        node.write(key, `v${++this.#writes}`)
        break
      case 'delete':
        node.write(key)
        break
      case 'expire':
        node.write(key, `v${++this.#writes}`, 2_000)
        break
      case 'beat':
        beats(1, ...this.nodes)
        break
      case 'talk':
        talkOnce(...this.nodes)
        break
      case 'lose':
        node.sent = []
        break
      case 'cut':
        this.heal()
        this.#cut = at
        for (const other of this.nodes) if (other !== node) cutAll(node, other)
        break
      case 'link':
        this.heal()
        break
      case 'forget':
        node.ask({ kind: 'forget', name: NAMES[(at + 1) % 3] ?? '' })
        break
      case 'restart':
      case 'crash':
        this.#restart(at, verb === 'crash' ? 3 : 0)
        break
      case 'burst':
        // The pushes are lost: a pull of several pieces will bring it.
        for (const each of KEYS) node.write(each, `much of it ${++this.#writes} `.repeat(5))
        node.sent = []
        break
      case 'return':
        this.#return(at, key)
        break
      case 'resetClock':
        node.ask({ kind: 'resetClock' })
        break
      case 'leap':
        // For one write only: what is written so is far ahead of everybody.
        node.wallMs += 90_000
        node.write(key, `far${++this.#writes}`)
        node.wallMs -= 90_000
        break
    }
  }

  /** Comes back after the others have forgotten it and let go of a delete that it never met. */
  #return(at: number, key: string): void {
    this.heal()
    beats(2, ...this.nodes)
    const node = this.nodes[at]
    const others = this.nodes.filter((other) => other !== node)
    const [other] = others
    if (node === undefined || other === undefined) return
    for (const each of others) cutAll(node, each)
    linkAll(...others)
    other.write(key)
    other.ask({ kind: 'forget', name: node.name })
    for (let i = 0; i < 6; i++) {
      beats(1, ...others)
      beats(1, node)
    }
    linkAll(...this.nodes)
    beats(4, ...this.nodes)
  }

  /** Every link is up again. */
  heal(): void {
    if (this.#cut === undefined) return
    this.#cut = undefined
    linkAll(...this.nodes)
  }

  /** A process ends and another takes over, which may find less of the log. */
  #restart(at: number, lost: number): void {
    const node = this.nodes[at]
    if (node === undefined) return
    for (const other of this.nodes) if (other !== node) cutAll(node, other)
    const all = this.logOf(at)
    const log = all.slice(0, Math.max(1, all.length - lost))
    const next = new Bench(node.name, { ...SMALL, log, wallMs: node.wallMs, luck: ++this.#luck })
    next.monoMs = node.monoMs
    next.sync()
    this.#former[at] = [...log]
    this.nodes[at] = next
    if (this.#cut !== at) for (const other of this.nodes) if (other !== next) linkAll(next, other)
  }
}
