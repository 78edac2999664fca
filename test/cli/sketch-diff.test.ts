/**
 * Sketches find exactly the keys that differ, at the cost of a few thousand bytes when nothing does; what settles
 * meanwhile does not count; and what they cannot tell they leave to a walk.
 */

import { describe, expect, it } from 'vitest'
import { compareBySketch } from '../../src/cli/sketch-diff.ts'
import { connectOver } from '../../src/client/client.ts'
import { bytes } from '../../src/client/codec.ts'
import { universalTimers } from '../../src/client/universal-timers.ts'
import { type Entry, liveEntry, tombstone } from '../../src/core/entry.ts'
import { FAKE_ORIGIN } from '../suites/fake-host.ts'
import { MemoryNet } from '../suites/memory-net.ts'
import { startServer } from '../suites/session-server.ts'

const value = new Uint8Array(1)
const live = (key: string, time: number, expiresAt?: number): Entry =>
  liveEntry(key, time, FAKE_ORIGIN, value, 0, expiresAt)
const deleted = (key: string, time: number): Entry => tombstone(key, time, FAKE_ORIGIN)
const many = (from: number, to: number): Entry[] =>
  Array.from({ length: to - from }, (_, i) => live(`k${from + i}`, 1 + from + i))

/** Two nodes that hold the same but for what the test adds. */
function twoNodes(shared: readonly Entry[]) {
  const net = new MemoryNet(universalTimers)
  const connect = connectOver({ transport: net, timers: universalTimers })
  const [a, b] = ['ws://a:1', 'ws://b:1'].map((address) => {
    const { host } = startServer(net, universalTimers, address)
    host.merge(shared)
    return { host, client: connect<Uint8Array>(address, { codec: bytes }) }
  })
  if (a === undefined || b === undefined) throw new Error('there are two')
  const settles: (() => void)[] = []
  const compare = (settle: () => void = () => {}) =>
    compareBySketch(a.client.admin, b.client.admin, async () => {
      settles.push(settle)
      settle()
    })
  const traffic = (): number =>
    [a, b].reduce((sum, { client: { traffic: t } }) => sum + t.sentBytes + t.receivedBytes, 0)
  return { a: a.host, b: b.host, compare, settles, traffic }
}

const keysOf = (comparison: Awaited<ReturnType<typeof compareBySketch>>) =>
  comparison?.found.map(({ key, difference }) => [key, difference.kind])

describe('a comparison by sketches', () => {
  it('of two nodes that are equal takes one look and about 2 kB', async () => {
    const { compare, settles, traffic } = twoNodes(many(0, 3_000))
    expect(await compare()).toEqual({ compared: 3_000, found: [] })
    expect(settles).toEqual([])
    expect(traffic()).toBeLessThan(3_000)
  })

  it('finds what differs, in order, and which side is newer', async () => {
    const { a, b, compare } = twoNodes(many(0, 1_000))
    a.merge([live('k5', 9_001), live('only-a', 9_002), deleted('k7', 9_003)])
    b.merge([live('k6', 9_004), live('only-b', 9_005)])
    expect(await compare()).toMatchObject({ compared: 1_002 })
    expect(keysOf(await compare())).toEqual([
      ['k5', 'newer-a'],
      ['k6', 'newer-b'],
      ['k7', 'newer-a'],
      ['only-a', 'only-a'],
      ['only-b', 'only-b'],
    ])
  })

  it('asks for more cells when there are more differences', async () => {
    const { a, compare } = twoNodes(many(0, 1_000))
    a.merge(many(5_000, 8_000))
    const comparison = await compare()
    expect(comparison?.found).toHaveLength(3_000)
    expect(comparison?.compared).toBe(4_000)
  })

  it('takes a delete, or a value that has expired, beside nothing for no difference', async () => {
    const { a, b, compare, settles } = twoNodes(many(0, 10))
    a.merge([deleted('x', 100), deleted('both', 101), live('old', 102, 1)])
    b.merge([deleted('both', 100)])
    expect(await compare()).toEqual({ compared: 13, found: [] })
    expect(settles).toEqual([])
  })

  it('does not count writes under way, nor a key that is written all the time', async () => {
    const { a, b, compare } = twoNodes(many(0, 10))
    const [late, hot, missing] = [live('late', 100), live('hot', 101), live('missing', 102)]
    a.merge([late, hot, missing])
    const comparison = await compare(() => {
      b.merge([late, hot])
      a.merge([live('hot', 200)])
    })
    expect(keysOf(comparison)).toEqual([['missing', 'only-a']])
  })

  it('says that it cannot tell when too much differs', async () => {
    const { a, compare } = twoNodes([])
    for (let from = 0; from < 60_000; from += 10_000) a.merge(many(from, from + 10_000))
    expect(await compare()).toBeUndefined()
  })
})
