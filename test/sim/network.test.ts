/**
 * The calm simulated network is a transport like the real ones: it passes their suite, on virtual time. What it does
 * worse than they do, it does only when told to.
 */

import { describe, expect, it } from 'vitest'
import { CALM, Network } from '../../sim/network.ts'
import { World } from '../../sim/world.ts'
import type { Link } from '../../src/core/ports.ts'
import { numberedFrame, type TransportWorld, transportSuite, Witness } from '../suites/transport-suite.ts'

/** Far longer than any delay of the network. */
const LONG_MS = 60_000

function simulated(seed: number): TransportWorld {
  const world = new World(seed)
  const network = new Network(world)
  return {
    transport: network.transport('a'),
    listen: async (accept) => {
      network.listen('b', accept)
      return 'sim://b'
    },
    deadAddress: async () => 'sim://nobody',
    until: async (holds) => {
      const endMs = world.nowMs + LONG_MS
      while (!holds()) {
        if (world.nowMs >= endMs) throw new Error(`not so within ${LONG_MS} ms of virtual time`)
        world.run(world.nowMs + 0.1)
      }
    },
    settle: async () => world.run(world.nowMs + LONG_MS),
    close: async () => undefined,
  }
}

for (const seed of [1, 2, 3])
  transportSuite(`simulated, seed ${seed}`, async () => simulated(seed), {
    refusal: /^connection refused$/,
    queues: false,
  })

/** One open link from `a` to `b`. */
function pair(seed = 1) {
  const world = new World(seed)
  const network = new Network(world)
  const [nearSaw, farSaw] = [new Witness(), new Witness()]
  const accepted: Link[] = []
  network.listen('b', (link) => {
    accepted.push(link)
    return accepted.length === 1 ? farSaw : new Witness()
  })
  const near = network.transport('a').dial('sim://b', nearSaw)
  const pass = (): void => world.run(world.nowMs + LONG_MS)
  pass()
  expect(accepted).toHaveLength(1)
  return { world, network, near, nearSaw, farSaw, pass }
}

const numbers = (saw: Witness): number[] =>
  saw.frames.map((frame) => new DataView(frame.buffer).getUint32(0)).sort((x, y) => x - y)
const FIRST_HUNDRED = Array.from({ length: 100 }, (_, n) => n)

describe('a calm link', () => {
  it('keeps order however the sends are spread over time', () => {
    const { world, near, farSaw, pass } = pair()
    const rng = world.rng('sends')
    for (let n = 0; n < 5_000; n++) {
      near.send(numberedFrame(n, 4))
      world.run(world.nowMs + rng() * 0.3)
    }
    pass()
    const heard = farSaw.frames.map((frame) => new DataView(frame.buffer).getUint32(0))
    expect(heard).toEqual(Array.from({ length: 5_000 }, (_, n) => n))
  })

  it('carries what the frame was when it was sent', () => {
    const { near, farSaw, pass } = pair()
    const frame = numberedFrame(1, 10)
    near.send(frame)
    frame.fill(0)
    pass()
    expect(farSaw.frames).toEqual([numberedFrame(1, 10)])
  })
})

describe('a cut', () => {
  it('takes frames and the close in silence, one way, and leaves a half-open link', () => {
    const { network, near, nearSaw, farSaw, pass } = pair()
    near.send(numberedFrame(0, 10))
    network.cut('a', 'b')
    near.send(numberedFrame(1, 10))
    near.close('done')
    pass()
    expect(nearSaw.reasons).toEqual(['done'])
    expect(farSaw.isOpen).toBe(true)
    expect(farSaw.frames).toEqual([])
  })

  it('lets a dial wait until its time is up', () => {
    const { network, world, pass } = pair()
    network.cut('b', 'a')
    const saw = new Witness()
    network.transport('a').dial('sim://b', saw)
    world.run(world.nowMs + 1_000)
    expect(saw.isClosed).toBe(false)
    pass()
    expect([saw.openings, saw.reasons]).toEqual([0, ['the call timed out']])
    network.heal()
    const again = new Witness()
    network.transport('a').dial('sim://b', again)
    pass()
    expect(again.isOpen).toBe(true)
  })
})

describe('a node that is killed', () => {
  it.each([
    ['resets its links', false, ['connection reset']],
    ['leaves them half open when its machine went with it', true, []],
  ])('%s', (_, isSilent, reasons) => {
    const { network, near, nearSaw, farSaw, pass } = pair()
    network.kill('b', isSilent)
    near.send(numberedFrame(0, 10))
    pass()
    expect(nearSaw.reasons).toEqual(reasons)
    expect([farSaw.frames, farSaw.reasons]).toEqual([[], []])
    const again = new Witness()
    network.transport('a').dial('sim://b', again)
    pass()
    expect(again.reasons).toEqual(['connection refused'])
  })
})

describe('faults', () => {
  it('lose, double and reorder frames as they are told to, and count what is lost', () => {
    const { network, near, farSaw, pass } = pair()
    const heard = (faults: Partial<typeof CALM>): { sorted: number[]; inOrder: boolean } => {
      farSaw.frames.length = 0
      network.faults = { ...CALM, ...faults }
      for (const n of FIRST_HUNDRED) near.send(numberedFrame(n, 4))
      pass()
      const asHeard = farSaw.frames.map((frame) => new DataView(frame.buffer).getUint32(0))
      return { sorted: numbers(farSaw), inOrder: asHeard.every((n, at) => at === 0 || n >= (asHeard[at - 1] ?? 0)) }
    }
    expect(heard({ duplicate: 1 }).sorted).toEqual(FIRST_HUNDRED.flatMap((n) => [n, n]))
    expect(heard({ reorder: 0.5 })).toEqual({ sorted: FIRST_HUNDRED, inOrder: false })
    expect(network.lost).toBe(0)
    expect(heard({ loss: 1 }).sorted).toEqual([])
    expect(network.lost).toBe(100)
    expect(heard({})).toEqual({ sorted: FIRST_HUNDRED, inOrder: true })
  })

  it('fall the same way in each run of a seed', () => {
    const run = (seed: number): [string, number[]] => {
      const { world, network, near, farSaw, pass } = pair(seed)
      network.faults = { loss: 0.3, duplicate: 0.3, reorder: 0.3, delayMs: [1, 50] }
      for (const n of FIRST_HUNDRED) near.send(numberedFrame(n, 4))
      pass()
      return [world.traceHash(), numbers(farSaw)]
    }
    expect(run(5)).toEqual(run(5))
    expect(run(5)).not.toEqual(run(6))
  })
})
