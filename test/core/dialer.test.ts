/** Whom to call and when. */

import { describe, expect, it } from 'vitest'
import { Dialer } from '../../src/core/dialer.ts'
import { seededRng } from '../../src/core/rng.ts'

const TIMES = { redialMinMs: 200, redialMaxMs: 3_000 }
const nobody = (): boolean => false

function dialer(seeds: readonly string[], self = 'm'): Dialer {
  return new Dialer(self, seeds, TIMES, seededRng(1))
}

describe('the dialer', () => {
  it('calls all seeds at once, and each only once until it hears how it went', () => {
    const calls = dialer(['s1', 's2'])
    expect(calls.due(0, nobody)).toEqual(['s1', 's2'])
    expect(calls.due(60_000, nobody)).toEqual([])
  })

  it('calls again for ever, ever slower up to a limit, and never in step', () => {
    const calls = dialer(['s'])
    let nowMs = 0
    const pauses: number[] = []
    for (let i = 0; i < 12; i++) {
      expect(calls.due(nowMs, nobody)).toEqual(['s'])
      calls.failed('s', nowMs)
      const failedMs = nowMs
      while (calls.due(nowMs, () => true).length === 0 && nowMs < failedMs + 10_000) nowMs += 1
      pauses.push(nowMs - failedMs)
      calls.failed('s', failedMs)
      nowMs = failedMs + 3_000
    }
    for (const [i, pauseMs] of pauses.entries()) {
      const mostMs = Math.min(TIMES.redialMaxMs, TIMES.redialMinMs * 2 ** (2 * i))
      expect(pauseMs).toBeLessThanOrEqual(mostMs + 1)
      expect(pauseMs).toBeGreaterThanOrEqual(mostMs / 2 - 1)
    }
    expect(new Set(pauses.slice(-6)).size).toBeGreaterThan(1)
  })

  it('leaves a member alone while a link to it is up, and calls soon after the link broke', () => {
    const calls = dialer(['s'])
    calls.due(0, nobody)
    calls.reached('s', 'peer', 10)
    expect(calls.due(5_000, (name) => name === 'peer')).toEqual([])
    expect(calls.due(5_000, nobody)).toEqual(['s'])
  })

  it('calls a seed that was itself only now and then: the name may stand for several machines', () => {
    const calls = dialer(['s'])
    calls.due(0, nobody)
    calls.reachedSelf('s', 0)
    expect(calls.due(4 * TIMES.redialMaxMs, nobody)).toEqual([])
    expect(calls.due(10 * TIMES.redialMaxMs, nobody)).toEqual(['s'])
  })

  it('goes on slowing down for a peer whose links break at once, and calls soon after one that was of use', () => {
    const calls = dialer(['s'])
    let nowMs = 0
    for (let i = 0; i < 8; i++) {
      calls.due(nowMs, nobody)
      calls.reached('s', 'peer', nowMs)
      nowMs += TIMES.redialMaxMs
    }
    calls.due(nowMs, nobody)
    calls.reached('s', 'peer', nowMs)
    expect(calls.due(nowMs + TIMES.redialMinMs, nobody)).toEqual([])
    calls.proved('peer', nowMs)
    expect(calls.due(nowMs + TIMES.redialMinMs, nobody)).toEqual(['s'])
  })

  it('makes one call at a time to one name, by whatever addresses it is known', () => {
    const calls = dialer(['s'])
    calls.due(0, nobody)
    calls.reached('s', 'z', 0)
    calls.learn('z', 'direct', 0)
    expect(calls.due(60_000, nobody)).toEqual(['s'])
    expect(calls.due(60_000, nobody)).toEqual([])
  })

  it('learns the addresses of members, and forgets the former one', () => {
    const calls = dialer([])
    calls.learn('z', 'old', 0)
    expect(calls.due(0, nobody)).toEqual(['old'])
    calls.failed('old', 0)
    calls.learn('z', 'new', 100)
    expect(calls.due(60_000, nobody)).toEqual(['new'])
  })

  it('has no address of a member that says none, nor of itself', () => {
    const calls = dialer([], 'm')
    calls.learn('z', '', 0)
    calls.learn('m', 'me', 0)
    expect(calls.due(60_000, nobody)).toEqual([])
  })

  it('leaves the first call to the greater name', () => {
    const calls = dialer([], 'm')
    calls.learn('a', 'to-a', 0)
    calls.learn('z', 'to-z', 0)
    expect(calls.due(0, nobody)).toEqual(['to-z'])
    expect(calls.due(2 * TIMES.redialMinMs, nobody)).toEqual(['to-a'])
  })

  it('keeps a seed, whoever answers there', () => {
    const calls = dialer(['s'])
    calls.due(0, nobody)
    calls.reached('s', 'a', 0)
    calls.learn('a', 'elsewhere', 0)
    expect(calls.due(60_000, nobody)).toEqual(['s'])
    calls.failed('s', 60_000)
    expect(calls.due(60_000, nobody)).toEqual(['elsewhere'])
  })

  it('calls everybody at once when told to hurry', () => {
    const calls = dialer(['s1', 's2'])
    for (let i = 0; i < 5; i++) {
      calls.due(i * 10_000, nobody)
      calls.failed('s1', i * 10_000)
      calls.failed('s2', i * 10_000)
    }
    calls.hurry(40_001)
    expect(calls.due(40_001, nobody)).toEqual(['s1', 's2'])
  })
})
