/** Asker and giver over a channel that loses, doubles, delays and reorders: what is committed is exactly what was frozen. */

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Asker, type Claim } from '../../src/core/asker.ts'
import { type Entry, liveEntry } from '../../src/core/entry.ts'
import { type Frozen, Giver } from '../../src/core/giver.ts'
import type { Ended, Piece, Pull } from '../../src/core/message.ts'
import type { VectorEntries } from '../../src/core/vector.ts'
import { ORIGINS } from './arbitraries.ts'

const [ASKER = '', , GIVER = '', NEXT_GIVER = ''] = ORIGINS
const NO_CLAIM: Claim = { seen: [], rest: undefined, of: 'missing' }
const TIMES = { exchangeTimeoutMs: 3_000, exchangeRetriesMax: 3, pieceWindow: 3 }
const LIMITS = { pieceBytesMax: 60, pieceWindow: 3, frozenForMs: 30_000 }

/** Two nodes, what is on its way between them, and what was committed. */
class Channel {
  readonly asker = new Asker(TIMES, 100)
  readonly giver = new Giver(LIMITS)
  /** Exchange → what the giver froze for it; a second freeze under one id is a mistake. */
  readonly frozen = new Map<number, Frozen>()
  committed: { entries: readonly Entry[]; seen: VectorEntries; id: number } | undefined
  giverRun = GIVER
  nowMs = 0
  readonly #flying: (Pull | Piece | Ended)[] = []
  #written: number

  constructor(entries: number) {
    this.#written = entries
    this.asker.wish('giver')
    this.begin()
  }

  get flying(): number {
    return this.#flying.length
  }

  begin(): void {
    const begun = this.asker.begin(() => NO_CLAIM, this.nowMs)
    if (begun !== undefined) this.#flying.push(begun.pull)
  }

  deliver(at: number, isKept: boolean): void {
    const message = this.#flying[at]
    if (message === undefined) return
    if (!isKept) this.#flying.splice(at, 1)
    if (message.kind === 'pull') this.#give(message)
    else if (message.kind === 'piece') this.#take(message)
    else this.asker.end(message.exchange)
    this.begin()
  }

  lose(at: number): void {
    this.#flying.splice(at, 1)
  }

  /** The giver writes one more entry: it must not get into a list that is frozen already. */
  write(): void {
    this.#written++
  }

  /** The giver starts again and has forgotten everything about exchanges; the link stays up, as far as the asker knows. */
  restartGiver(): void {
    this.giver.forgetPeer('asker')
    this.giverRun = NEXT_GIVER
  }

  pass(ms: number): void {
    this.nowMs += ms
    this.giver.tick(this.nowMs)
    const again = this.asker.tick(this.nowMs)
    if (again !== undefined) this.#flying.push(again.pull)
    if (this.asker.exchange === undefined && this.committed === undefined) this.asker.wish('giver')
    this.begin()
  }

  #give(pull: Pull): void {
    const freeze = (): Frozen => {
      expect(this.frozen.has(pull.exchange)).toBe(false)
      const entries = Array.from({ length: this.#written }, (_, i) =>
        liveEntry(`key-${i}`, 100 + i, GIVER, new Uint8Array(i % 50)),
      )
      const seen: VectorEntries = [[GIVER, 100 + this.#written]]
      const frozen = { entries, seen, written: seen, floor: 0 }
      this.frozen.set(pull.exchange, frozen)
      return frozen
    }
    this.#flying.push(...this.giver.answer('asker', ASKER, pull, this.giverRun, this.nowMs, freeze))
  }

  #take(piece: Piece): void {
    const outcome = this.asker.take('giver', piece, this.nowMs)
    if (outcome.kind === 'staged' && outcome.pull !== undefined) this.#flying.push(outcome.pull)
    if (outcome.kind !== 'complete') return
    this.committed = { entries: outcome.exchange.staged, seen: outcome.end.seen, id: outcome.exchange.id }
  }
}

const anAct = fc.oneof(
  { weight: 6, arbitrary: fc.record({ verb: fc.constant('deliver' as const), at: fc.nat({ max: 5 }) }) },
  { weight: 2, arbitrary: fc.record({ verb: fc.constant('double' as const), at: fc.nat({ max: 5 }) }) },
  { weight: 2, arbitrary: fc.record({ verb: fc.constant('lose' as const), at: fc.nat({ max: 5 }) }) },
  { weight: 1, arbitrary: fc.record({ verb: fc.constant('pass' as const), at: fc.nat({ max: 9 }) }) },
  { weight: 1, arbitrary: fc.record({ verb: fc.constant('write' as const), at: fc.constant(0) }) },
)

function act(channel: Channel, { verb, at }: { verb: string; at: number }): void {
  const place = channel.flying === 0 ? 0 : at % channel.flying
  if (verb === 'deliver') channel.deliver(place, false)
  else if (verb === 'double') channel.deliver(place, true)
  else if (verb === 'lose') channel.lose(place)
  else if (verb === 'write') channel.write()
  else channel.pass(at * 500)
}

/** From here on nothing goes wrong. */
function finish(channel: Channel): void {
  for (let i = 0; i < 500 && channel.committed === undefined; i++) {
    if (channel.flying > 0) channel.deliver(0, false)
    else channel.pass(1_000)
  }
}

function expectExact(channel: Channel): void {
  const { committed } = channel
  const frozen = channel.frozen.get(committed?.id ?? -1)
  expect(committed?.entries).toEqual(frozen?.entries)
  expect(committed?.seen).toEqual(frozen?.seen)
}

describe('an exchange', () => {
  it('ends with exactly what was frozen, whatever the channel does', () => {
    fc.assert(
      fc.property(fc.nat({ max: 40 }), fc.array(anAct, { maxLength: 60 }), (entries, acts) => {
        const channel = new Channel(entries)
        for (const each of acts) if (channel.committed === undefined) act(channel, each)
        finish(channel)
        expectExact(channel)
      }),
      { numRuns: 500 },
    )
  })

  it('of two runs of a giver never mixes their pieces', () => {
    fc.assert(
      fc.property(fc.array(anAct, { maxLength: 30 }), fc.array(anAct, { maxLength: 30 }), (before, after) => {
        const channel = new Channel(30)
        for (const each of before) if (channel.committed === undefined) act(channel, each)
        if (channel.committed === undefined) channel.restartGiver()
        for (const each of after) if (channel.committed === undefined) act(channel, each)
        finish(channel)
        expectExact(channel)
      }),
    )
  })

  it('keeps to its window: no more pieces fly than were asked for', () => {
    const channel = new Channel(40)
    channel.deliver(0, false)
    expect(channel.flying).toBe(LIMITS.pieceWindow)
  })

  it('of an empty list is one piece', () => {
    const channel = new Channel(0)
    channel.deliver(0, false)
    channel.deliver(0, false)
    expect(channel.committed?.entries).toEqual([])
  })

  it('is given up after some repeats, and a later wish starts afresh', () => {
    const asker = new Asker(TIMES, 1)
    asker.wish('giver')
    const first = asker.begin(() => NO_CLAIM, 0)
    for (let i = 1; i <= TIMES.exchangeRetriesMax; i++) {
      expect(asker.tick(i * TIMES.exchangeTimeoutMs)?.pull.exchange).toBe(first?.pull.exchange)
    }
    expect(asker.tick(10 * TIMES.exchangeTimeoutMs)).toBeUndefined()
    expect(asker.exchange).toBeUndefined()
    asker.wish('giver')
    expect(asker.begin(() => NO_CLAIM, 0)?.pull.exchange).toBeGreaterThan(first?.pull.exchange ?? 0)
  })

  it('is one at a time; wishes meanwhile are kept once a peer', () => {
    const asker = new Asker(TIMES, 1)
    for (const peer of ['a', 'b', 'b', 'c']) asker.wish(peer)
    expect(asker.begin(() => NO_CLAIM, 0)?.peer).toBe('a')
    expect(asker.begin(() => NO_CLAIM, 0)).toBeUndefined()
    asker.forgetPeer('a')
    asker.forgetPeer('c')
    expect(asker.begin(() => NO_CLAIM, 0)?.peer).toBe('b')
    asker.forgetPeer('b')
    expect(asker.begin(() => NO_CLAIM, 0)).toBeUndefined()
  })

  it('is over when the giver has dropped its list', () => {
    const giver = new Giver(LIMITS)
    const pull: Pull = { kind: 'pull', exchange: 5, next: 0, ...NO_CLAIM }
    const view: Frozen = { entries: [], seen: [], written: [], floor: 0 }
    expect(giver.answer('p', ASKER, pull, GIVER, 0, () => view)).toHaveLength(1)
    giver.tick(LIMITS.frozenForMs + 1)
    const ended = [{ kind: 'ended', exchange: 5 }]
    expect(giver.answer('p', ASKER, pull, GIVER, 0, () => view)).toEqual(ended)
    expect(giver.answer('p', ASKER, { ...pull, next: 1 }, GIVER, 0, () => view)).toEqual(ended)
  })
})

describe('a giver', () => {
  const none: Frozen = { entries: [], seen: [], written: [], floor: 0 }
  const many: Frozen = {
    entries: Array.from({ length: 100 }, (_, i) => liveEntry(`k${i}`, i + 10, GIVER, new Uint8Array(50))),
    seen: [],
    written: [],
    floor: 0,
  }
  const pull = (exchange: number, next = 0): Pull => ({ kind: 'pull', exchange, next, ...NO_CLAIM })

  it('ends the exchange of an asker that asks beyond what it was sent', () => {
    const giver = new Giver(LIMITS)
    expect(giver.answer('p', ASKER, pull(1), GIVER, 0, () => many)).toHaveLength(LIMITS.pieceWindow)
    expect(giver.answer('p', ASKER, pull(1, 50), GIVER, 0, () => many)).toEqual([{ kind: 'ended', exchange: 1 }])
  })

  it('freezes one list for an id, also when a former run of the asker is heard late', () => {
    const giver = new Giver(LIMITS)
    const frozen: number[] = []
    const ask = (asker: string, exchange: number): unknown =>
      giver.answer('p', asker, pull(exchange), GIVER, 0, () => {
        frozen.push(exchange)
        return none
      })
    ask(ASKER, 5)
    ask(NEXT_GIVER, 6)
    ask(ASKER, 5)
    ask(NEXT_GIVER, 6)
    expect(frozen).toEqual([5, 6])
  })
})
