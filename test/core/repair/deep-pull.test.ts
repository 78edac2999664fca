/** A deep pull over a channel that loses, doubles, delays and reorders: it finds exactly what differed, or nothing. */

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { liveEntry } from '../../../src/core/entry.ts'
import { ORIGINS } from '../arbitraries.ts'
import { DeepChannel, type Tamper, TIMES, write } from './deep-channel.ts'

const [, , GIVER = ''] = ORIGINS

interface Act {
  readonly verb: 'deliver' | 'double' | 'lose' | 'pass' | 'work' | 'writeMine' | 'writeTheirs' | 'clearTheirs'
  readonly at: number
}

function acts(verb: Act['verb'], max: number): fc.Arbitrary<Act> {
  return fc.record({ verb: fc.constant(verb), at: fc.nat({ max }) })
}

const anAct: fc.Arbitrary<Act> = fc.oneof(
  { weight: 8, arbitrary: acts('deliver', 5) },
  { weight: 2, arbitrary: acts('double', 5) },
  { weight: 1, arbitrary: acts('lose', 5) },
  { weight: 1, arbitrary: acts('pass', 8) },
  { weight: 4, arbitrary: acts('work', 0) },
  { weight: 1, arbitrary: acts('writeMine', 60) },
  { weight: 1, arbitrary: acts('writeTheirs', 60) },
  { weight: 1, arbitrary: acts('clearTheirs', 60) },
)

let writes = 1_000

function act(channel: DeepChannel, { verb, at }: Act): void {
  const place = channel.flying.length === 0 ? 0 : at % channel.flying.length
  switch (verb) {
    case 'deliver':
      channel.deliver(place, false)
      break
    case 'double':
      channel.deliver(place, true)
      break
    case 'lose':
      channel.flying.splice(place, 1)
      break
    case 'pass':
      channel.pass(at * 500)
      break
    case 'work':
      channel.work()
      break
    case 'writeMine':
      write(channel.mine, writes++, `k${at}`)
      break
    case 'writeTheirs':
      write(channel.theirs, writes++, `k${at}`)
      break
    case 'clearTheirs':
      channel.theirs.clear(`k${at}`)
      break
  }
}

/** Where each key of 60 is: on both sides alike, on one, on both at other versions, or on none. */
const someKeys = fc.array(fc.constantFrom('same', 'same', 'mine', 'theirs', 'differ', 'none'), {
  minLength: 60,
  maxLength: 60,
})

function channelOf(places: readonly string[]): DeepChannel {
  const channel = new DeepChannel()
  for (const [i, place] of places.entries()) {
    const key = `k${i}`
    if (place === 'same' || place === 'mine') write(channel.mine, i, key)
    if (place === 'same' || place === 'theirs') write(channel.theirs, i, key)
    if (place === 'differ') {
      write(channel.mine, i, key)
      write(channel.theirs, i + 100, key)
    }
  }
  return channel
}

function expectExact(channel: DeepChannel): void {
  const found = [...(channel.finding?.answers.keys() ?? [])].sort((a, b) => a - b)
  const differing = new Set(channel.difference().map((key) => channel.mine.summary.kOf(key)))
  expect(found).toEqual([...differing].sort((a, b) => a - b))
  expect(channel.explained()).toEqual(channel.theirs.frozen)
  expect(channel.finding?.view).toMatchObject({ seen: [[expect.any(String), 5_000]], floor: 7 })
}

/** The estimator says nothing and cells are garbled: only ranges are left. */
const noSketch: Tamper = (body) =>
  body.kind === 'sketch' ? { ...body, cells: body.cells.map((_, i) => (i % 4 === 3 ? 1 : i & 0x7f)) } : body

describe('a deep pull', () => {
  it('finds exactly the keys that differed when both froze, or fails with nothing done, whatever the channel does', () => {
    let found = 0
    fc.assert(
      fc.property(someKeys, fc.array(anAct, { maxLength: 50 }), (places, steps) => {
        const channel = channelOf(places)
        channel.begin()
        for (const step of steps) if (!channel.isOver) act(channel, step)
        channel.finish()
        expect(channel.finding === undefined).toBe(channel.failures > 0)
        if (channel.finding === undefined) return
        found++
        expectExact(channel)
      }),
      { numRuns: 150 },
    )
    expect(found).toBeGreaterThan(75)
  })

  it('finds it by ranges where the sketch says nothing of use', () => {
    let searched = 0
    fc.assert(
      fc.property(someKeys, fc.array(anAct, { maxLength: 50 }), (places, steps) => {
        const channel = channelOf(places)
        channel.tamper = noSketch
        channel.begin()
        for (const step of steps) if (!channel.isOver) act(channel, step)
        channel.finish()
        searched += channel.asker.searched
        if (channel.finding === undefined) return
        const differing = new Set(channel.difference().map((key) => channel.mine.summary.kOf(key)))
        for (const k of differing) expect(channel.finding.answers.has(k)).toBe(true)
        expect(channel.explained()).toEqual(channel.theirs.frozen)
      }),
      { numRuns: 60 },
    )
    expect(searched).toBeGreaterThan(20)
  })

  it('of a giver that starts again in the midst fails, or was done before', () => {
    fc.assert(
      fc.property(someKeys, fc.array(anAct, { maxLength: 20 }), (places, steps) => {
        const channel = channelOf(places)
        channel.begin()
        for (const step of steps) if (!channel.isOver) act(channel, step)
        const hadBegun = channel.theirs.frozen !== undefined
        const wasOver = channel.isOver
        channel.restartGiver()
        channel.finish()
        if (channel.finding !== undefined) expectExact(channel)
        else expect(wasOver || hadBegun || channel.failures > 0).toBe(true)
      }),
      { numRuns: 60 },
    )
  })

  it('never takes over what was tampered with', () => {
    const aTamper = fc.record({ nth: fc.nat({ max: 12 }), at: fc.nat(), by: fc.integer({ min: 1, max: 255 }) })
    fc.assert(
      fc.property(
        someKeys,
        fc.array(aTamper, { minLength: 1, maxLength: 4 }),
        fc.boolean(),
        (places, wrongs, ranges) => {
          const channel = channelOf(places)
          let count = 0
          channel.tamper = (body) => {
            const garbled = ranges ? noSketch(body) : body
            const wrong = wrongs.find(({ nth }) => nth === count)
            count++
            return wrong === undefined ? garbled : tampered(garbled, wrong.at, wrong.by)
          }
          channel.begin()
          channel.finish()
          if (channel.finding !== undefined) expect(channel.explained()).toEqual(channel.theirs.frozen)
        },
      ),
      { numRuns: 200 },
    )
  })

  it('of equal stores is two messages', () => {
    const channel = channelOf(Array.from({ length: 60 }, () => 'same'))
    channel.begin()
    channel.deliver(0, false)
    channel.deliver(0, false)
    expect([channel.flying, channel.isOver, channel.finding?.answers.size]).toEqual([[], true, 0])
  })

  it('of 30,000 differences goes by ranges, and finds them all', () => {
    const channel = new DeepChannel()
    for (let i = 0; i < 31_000; i++) {
      if (i < 1_000) write(channel.mine, i, `k${i}`)
      write(channel.theirs, i, `k${i}`)
    }
    channel.begin()
    channel.finish()
    expect(channel.asker.searched).toBe(1)
    expect(channel.finding?.answers.size).toBeGreaterThan(29_990)
    expect(channel.explained().size).toBe(31_000)
    expect(channel.difference().length).toBe(30_000)
  })

  it('gives back its views when it is over', () => {
    const channel = channelOf(Array.from({ length: 60 }, (_, i) => (i % 2 ? 'same' : 'mine')))
    let released = 0
    const { summary } = channel.mine
    const release = summary.release.bind(summary)
    summary.release = (view) => {
      released++
      release(view)
    }
    channel.begin()
    channel.finish()
    expect(released).toBe(1)
    channel.begin()
    channel.deliver(0, false)
    channel.deliver(0, false)
    channel.asker.end(channel.asker.exchange)
    expect(released).toBe(2)
  })

  it('that more peers ask for than there may be views is given to all of them, one after the other', () => {
    const { giver } = channelOf(['theirs'])
    const ask = (peer: string, exchange: number, nowMs: number): string | undefined => {
      const compare = { kind: 'compare', exchange, from: 0, to: 8, seen: [], rest: undefined } as const
      return giver.answer(peer, compare, 'run', nowMs, () => ({ seen: [], written: [], floor: 0 }))?.kind
    }
    for (const peer of ['a', 'b', 'c', 'd']) expect(ask(peer, 1, 0)).toBe('sketch')
    expect(ask('e', 1, 500)).toBe('ended')
    expect(ask('b', 1, 900)).toBe('sketch')
    expect(ask('e', 2, 1_000)).toBe('sketch')
    expect([ask('f', 1, 1_000), ask('b', 1, 1_000)]).toEqual(['sketch', 'sketch'])
  })

  it('is given up after some repeats', () => {
    const channel = channelOf([])
    channel.begin()
    for (let i = 0; i <= TIMES.exchangeRetriesMax; i++) {
      channel.flying.length = 0
      expect(channel.isOver).toBe(false)
      channel.pass(TIMES.exchangeTimeoutMs)
    }
    expect([channel.isOver, channel.failures, channel.asker.abandoned]).toEqual([true, 1, 1])
  })
})

function tampered(body: ReturnType<Tamper>, at: number, by: number): ReturnType<Tamper> {
  switch (body.kind) {
    case 'sketch': {
      const cells = body.cells.slice()
      const place = at % Math.max(1, cells.length)
      // The topmost bits of a word stay within the field.
      cells[place] = place % 4 === 3 ? 1 : (cells[place] ?? 0) ^ by
      if (body.view === undefined || by % 3 === 0) return { ...body, cells }
      if (by % 3 === 1) return { ...body, view: { ...body.view, sum: '0123456789abcdef' } }
      return { ...body, view: { ...body.view, estimator: body.view.estimator.map((byte) => byte ^ by) } }
    }
    case 'parts': {
      const sums = body.sums.slice()
      const place = at % Math.max(1, sums.length)
      sums[place] = (sums[place] ?? 0) + by
      return { ...body, sums }
    }
    case 'listed': {
      const pairs = body.pairs.slice()
      const place = at % Math.max(1, pairs.length)
      pairs[place] = (pairs[place] ?? 0) + by
      return { ...body, pairs }
    }
    case 'answer': {
      const entries = body.entries.slice()
      if (by % 3 === 0) entries.splice(at % Math.max(1, entries.length), 1)
      else if (by % 3 === 1) entries.push(liveEntry(`k${at % 60}`, 9_999, GIVER, Uint8Array.of(by)))
      else entries.push(liveEntry(`foreign${at}`, 9_999, GIVER, Uint8Array.of(by)))
      return { ...body, entries }
    }
    default:
      return body
  }
}
