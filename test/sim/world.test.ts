/** Virtual time: what is planned happens in order, chance is split by concern, and nobody reads the machine's clock. */

import { randomBytes } from 'node:crypto'
import timers from 'node:timers'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { EventHeap } from '../../sim/event-heap.ts'
import { baseDelay } from '../../sim/network/delays.ts'
import { NodeClock } from '../../sim/node-clock.ts'
import { setTripwire, TripwireError } from '../../sim/tripwire.ts'
import { SIM_EPOCH_MS, World } from '../../sim/world.ts'

function orderOf(seed: number, times: readonly number[]): number[] {
  const heap = new EventHeap()
  const order: number[] = []
  times.forEach((atMs, i) => {
    heap.push(atMs, Math.imul(i + 1, seed), () => order.push(i))
  })
  for (let event = heap.pop(); event !== undefined; event = heap.pop()) event.call()
  return order
}

describe('the heap', () => {
  it('gives everything back once, earliest first', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 50 })), fc.integer(), (times, seed) => {
        const order = orderOf(seed, times)
        expect([...order].sort((a, b) => a - b)).toEqual(times.map((_, i) => i))
        expect(order.map((i) => times[i])).toEqual([...times].sort((a, b) => a - b))
      }),
    )
  })
})

describe('things of one instant', () => {
  /** Names of twenty chains of three events each, all at one instant, as they happen; without those of `gone`. */
  const orderIn = (seed: number, gone?: number): string[] => {
    const world = new World(seed)
    const order: string[] = []
    for (let chain = 0; chain < 20; chain++) {
      if (chain === gone) continue
      world.scheduleOutside(5, chain, () => {
        order.push(`${chain}`)
        for (const child of ['a', 'b']) world.schedule(0, () => order.push(`${chain}${child}`))
      })
    }
    world.run(10)
    return order
  }

  it('happen in an order that the seed decides', () => {
    expect(orderIn(1)).toEqual(orderIn(1))
    expect(orderIn(1)).not.toEqual(orderIn(2))
    expect(new Set(orderIn(1)).size).toBe(60)
  })

  it('keep their order when one of them is left out', () => {
    const without = orderIn(1).filter((name) => !/^7[ab]?$/.test(name))
    expect(orderIn(1, 7)).toEqual(without)
  })
})

describe('chance', () => {
  it('is a stream of its own for each concern', () => {
    const [one, other] = [new World(5), new World(5)]
    const mine = one.rng('disk n1')
    const theirs = other.rng('disk n1')
    other.rng('link n1>n2')()
    expect([mine(), mine()]).toEqual([theirs(), theirs()])
    expect(one.rng('disk n1')()).not.toBe(one.rng('disk n2')())
    expect(one.rng('disk n1')()).not.toBe(new World(6).rng('disk n1')())
  })
})

describe('the tripwire', () => {
  it.each([
    ['Date.now', () => Date.now()],
    ['new Date', () => new Date()],
    ['Math.random', () => Math.random()],
    ['performance.now', () => performance.now()],
    ['process.hrtime', () => process.hrtime()],
    ['process.hrtime.bigint', () => process.hrtime.bigint()],
    ['node:timers', () => timers.setTimeout(() => undefined, 0)],
    ['AbortSignal.timeout', () => AbortSignal.timeout(1)],
    ['setTimeout', () => setTimeout(() => undefined, 0)],
    ['setImmediate', () => setImmediate(() => undefined)],
    ['queueMicrotask', () => queueMicrotask(() => undefined)],
    ['crypto.randomUUID', () => crypto.randomUUID()],
    ['node:crypto', () => randomBytes(1)],
  ])('stops whoever uses %s, and lets go of it again', (_, use) => {
    const disarm = setTripwire()
    let thrown: unknown
    try {
      use()
    } catch (error) {
      thrown = error
    }
    // Also when the error was swallowed.
    expect(disarm).toThrow(TripwireError)
    expect(thrown).toBeInstanceOf(TripwireError)
    expect(use).not.toThrow()
  })

  it('lets a given date be', () => {
    const disarm = setTripwire()
    expect(new Date(0).getTime()).toBe(0)
    expect(Date.UTC(1970, 0, 1)).toBe(0)
    expect(disarm).not.toThrow()
  })
})

describe('the clock of a machine', () => {
  const at = (world: World, ms: number): void => world.run(ms)

  it('is off, runs fast, and stands still, each until it is taken back', () => {
    const world = new World(1)
    const clock = new NodeClock(world, 1_000)
    const true_ = (): number => clock.wallMs() - SIM_EPOCH_MS - world.nowMs
    const undoSkew = clock.disturb({ offMs: 500 })
    at(world, 100)
    expect(true_()).toBe(500)
    const undoFrozen = clock.disturb({ isFrozen: true })
    at(world, 300)
    expect(true_()).toBe(300)
    undoFrozen()
    undoFrozen()
    undoSkew()
    expect(true_()).toBe(0)
    const undoDrift = clock.disturb({ rate: 1.5 })
    at(world, 500)
    expect(true_()).toBe(100)
    expect(clock.trueMs(300)).toBe(200)
    undoDrift()
    expect([true_(), clock.aheadMostMs]).toEqual([0, 500])
  })

  it('has a monotonic side that never falls and follows only its speed', () => {
    const world = new World(1)
    const clock = new NodeClock(world, 1_000)
    const undo = [clock.disturb({ offMs: -1e9 }), clock.disturb({ isFrozen: true }), clock.disturb({ rate: 0.5 })]
    at(world, 200)
    expect(clock.monoMs()).toBe(1_100)
    for (const one of undo) one()
    at(world, 300)
    expect(clock.monoMs()).toBe(1_200)
  })
})

describe('regions', () => {
  it('are as far from each other as the matrix says, each way by itself', () => {
    const regions = [['n1'], ['n2'], ['n3']]
    const matrixMs = [
      [0, 40, 90],
      [50, 0, 70],
      [90, 70, 0],
    ]
    const shape = { near: [1, 2] as const, far: [20, 80] as const, regions, matrixMs }
    const world = new World(1)
    expect(baseDelay(world, shape, 'n1', 'n2').leastMs).toBe(40)
    expect(baseDelay(world, shape, 'n2', 'n1').leastMs).toBe(50)
    expect(baseDelay(world, shape, 'n1', 'n1')).toEqual({ leastMs: 1, spanMs: 1 })
  })
})
