/**
 * The calm simulated network is a transport like the real ones: it passes their suite, on virtual time, with and without a
 * cap. What it does worse than they do, it does only when told to, for as long as it is told to, and to the frames that it
 * was told of and no others.
 */

import { describe, expect, it } from 'vitest'
import { corrupted } from '../../sim/network/corrupt.ts'
import { HELD_BYTES_MAX } from '../../sim/network/path.ts'
import { CALM_DELAYS, type Disturbance, type Fate, Network } from '../../sim/network.ts'
import type { DelayShape } from '../../sim/plan.ts'
import { World } from '../../sim/world.ts'
import { rowAtBirth } from '../../src/core/members.ts'
import type { Link } from '../../src/core/ports.ts'
import { seededRng } from '../../src/core/rng.ts'
import { decodeClientMessage, encodeClientMessage } from '../../src/wire/client-codec.ts'
import { decodePeerFrame, encodePeerHello } from '../../src/wire/peer-codec.ts'
import { PeerError } from '../../src/wire/peer-error.ts'
import { WIRE_VERSION } from '../../src/wire/peer-messages.ts'
import { numberedFrame, SUITE_LIMITS, type TransportWorld, transportSuite, Witness } from '../suites/transport-suite.ts'

/** Far longer than any delay of the network. */
const LONG_MS = 60_000
const everywhere = (): boolean => true
const aToB = (from: string, to: string): boolean => from === 'a' && to === 'b'

function simulated(seed: number, disturbance?: Disturbance): TransportWorld {
  const world = new World(seed)
  const network = new Network(world, CALM_DELAYS, { ...SUITE_LIMITS, queueBytesMax: 64_000_000 })
  if (disturbance !== undefined) network.disturb(disturbance)
  return {
    transport: network.transport('a'),
    listen: async (accept) => {
      network.listen('sim://b', accept)
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

const refusal = /^connection refused$/
for (const seed of [1, 2, 3])
  transportSuite(`simulated, seed ${seed}`, async () => simulated(seed), { refusal, queues: false })
transportSuite(
  'simulated, with a cap',
  async () => simulated(4, { between: everywhere, bytesPerSecond: 100_000_000 }),
  { refusal, queues: true },
)

interface Seen {
  readonly from: string
  readonly to: string
  readonly number: number
  readonly tookMs: number | undefined
  readonly fate: Fate
}

/** Open links from `a` to each of `others`, the first of which is `b`. */
function star(seed = 1, others: readonly string[] = ['b'], delays: DelayShape = CALM_DELAYS) {
  const world = new World(seed)
  const network = new Network(world, delays)
  const seen: Seen[] = []
  network.observe = (from, to, bytes, sentMs, arrivedMs, fate) => {
    const number = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0)
    seen.push({ from, to, number, tookMs: arrivedMs === undefined ? undefined : arrivedMs - sentMs, fate })
  }
  const pass = (ms = LONG_MS): void => world.run(world.nowMs + ms)
  const links = others.map((other) => {
    const [nearSaw, farSaw] = [new Witness(), new Witness()]
    const accepted: Link[] = []
    network.listen(`sim://${other}`, (link) => {
      accepted.push(link)
      return accepted.length === 1 ? farSaw : new Witness()
    })
    const near = network.transport('a').dial(`sim://${other}`, nearSaw)
    pass()
    expect(accepted).toHaveLength(1)
    return { near, far: accepted[0]!, nearSaw, farSaw }
  })
  const dial = (to = 'b'): Witness => {
    const saw = new Witness()
    network.transport('a').dial(`sim://${to}`, saw)
    return saw
  }
  const burst = (link: Link = links[0]!.near, count = 100): void => {
    for (let n = 0; n < count; n++) link.send(numberedFrame(n, 10))
  }
  return { world, network, seen, pass, dial, burst, links, ...links[0]! }
}

const heardBy = (saw: Witness): number[] => saw.frames.map((frame) => new DataView(frame.buffer).getUint32(0))
const sorted = (numbers: readonly number[]): number[] => [...numbers].sort((x, y) => x - y)
const FIRST_HUNDRED = Array.from({ length: 100 }, (_, n) => n)

describe('a calm link', () => {
  it('keeps order however the sends are spread over time', () => {
    const { world, near, farSaw, pass } = star()
    const rng = world.rng('sends')
    for (let n = 0; n < 5_000; n++) {
      near.send(numberedFrame(n, 4))
      world.run(world.nowMs + rng() * 0.3)
    }
    pass()
    expect(heardBy(farSaw)).toEqual(Array.from({ length: 5_000 }, (_, n) => n))
  })

  it('carries what the frame was when it was sent', () => {
    const { near, farSaw, pass } = star()
    const frame = numberedFrame(1, 10)
    near.send(frame)
    frame.fill(0)
    pass()
    expect(farSaw.frames).toEqual([numberedFrame(1, 10)])
  })

  it('counts what it carries, and tells an observer of each frame', () => {
    const { network, burst, pass, seen } = star()
    burst()
    pass()
    expect([network.frames, network.bytes, network.lost]).toEqual([100, 1_000, 0])
    expect(seen.map(({ number }) => number)).toEqual(FIRST_HUNDRED)
    expect(seen.every(({ from, to, fate }) => from === 'a' && to === 'b' && fate === 'usual')).toBe(true)
    expect(seen.every(({ tookMs = -1 }) => tookMs >= 0.2 && tookMs <= 2.001)).toBe(true)
  })

  it('takes longer between regions, as long for the same two each time', () => {
    const delays: DelayShape = { near: [0.2, 2], far: [20, 80], regions: [['a', 'b'], ['c'], ['d']] }
    const { links, burst, pass, seen } = star(1, ['b', 'c', 'd'], delays)
    for (const { near } of links) burst(near)
    pass()
    const took = (to: string): number[] => seen.filter((frame) => frame.to === to).map(({ tookMs = 0 }) => tookMs)
    expect(Math.max(...took('b'))).toBeLessThan(2.001)
    for (const to of ['c', 'd']) {
      expect(Math.min(...took(to))).toBeGreaterThanOrEqual(20)
      expect(Math.max(...took(to))).toBeLessThanOrEqual(80.001)
      expect(Math.max(...took(to)) - Math.min(...took(to))).toBeLessThan(16)
    }
  })
})

describe('chance', () => {
  const takesMs = (leaveOut: number, extra: Disturbance | undefined): Map<string, number> => {
    const { network, links, world, seen, pass } = star(3, ['b', 'c'])
    if (extra !== undefined) network.disturb(extra)
    for (let n = 0; n < 100; n++) {
      links[0]!.near.send(numberedFrame(n, 10))
      if (n !== leaveOut) links[1]!.near.send(numberedFrame(n, 10))
      // Far apart, so that no frame waits for the one before it.
      world.run(world.nowMs + 10)
    }
    pass()
    return new Map(seen.filter(({ to }) => to === 'b').map(({ number, tookMs = -1 }) => [`b${number}`, tookMs]))
  }

  it('of one link knows nothing of another: a frame left out there, or lost there, changes no delay here', () => {
    const usual = takesMs(-1, undefined)
    expect(usual.size).toBe(100)
    expect(takesMs(50, undefined)).toEqual(usual)
    expect(takesMs(-1, { between: (_, to) => to === 'c', loss: 0.5, duplicate: 0.5, reorder: 0.5 })).toEqual(usual)
  })

  it('of one frame knows nothing of another: those that are not lost take as long as they would', () => {
    const usual = takesMs(-1, undefined)
    const lossy = takesMs(-1, { between: aToB, loss: 0.5 })
    const arrived = [...lossy].filter(([, tookMs]) => tookMs >= 0)
    expect(arrived.length).toBeGreaterThan(20)
    expect(arrived.length).toBeLessThan(80)
    for (const [frame, tookMs] of arrived) expect(tookMs).toBeCloseTo(usual.get(frame)!, 6)
  })

  it('falls the same way in each run of a seed', () => {
    const run = (seed: number): [string, number[]] => {
      const { world, network, farSaw, burst, pass } = star(seed)
      network.disturb({ between: everywhere, loss: 0.3, duplicate: 0.3, reorder: 0.3, replay: 0.3, exponentialMs: 50 })
      burst()
      pass()
      return [world.traceHash(), heardBy(farSaw)]
    }
    expect(run(5)).toEqual(run(5))
    expect(run(5)).not.toEqual(run(6))
  })
})

describe('a cut', () => {
  it('takes frames and the close in silence, one way, and leaves a half-open link', () => {
    const { network, near, nearSaw, farSaw, pass } = star()
    near.send(numberedFrame(0, 10))
    network.disturb({ between: aToB, cut: true })
    near.send(numberedFrame(1, 10))
    near.close('done')
    pass()
    expect(nearSaw.reasons).toEqual(['done'])
    expect(farSaw.isOpen).toBe(true)
    expect(farSaw.frames).toEqual([])
    expect(network.counts.cutOff).toBe(2)
  })

  it('takes what is on its way even when it is over before that would have arrived', () => {
    const { network, near, far, nearSaw, farSaw, pass } = star()
    near.send(numberedFrame(0, 10))
    far.send(numberedFrame(1, 10))
    network.disturb({ between: aToB, cut: true })()
    near.send(numberedFrame(2, 10))
    pass()
    expect(heardBy(farSaw)).toEqual([2])
    expect(heardBy(nearSaw)).toEqual([1])
  })

  it('lets a dial wait until its time is up', () => {
    const { network, dial, pass } = star()
    const heal = network.disturb({ between: (from) => from === 'b', cut: true })
    const saw = dial()
    pass(1_000)
    expect(saw.isClosed).toBe(false)
    pass()
    expect([saw.openings, saw.reasons]).toEqual([0, ['the call timed out']])
    heal()
    const again = dial()
    pass()
    expect(again.isOpen).toBe(true)
  })

  it('stands as long as any of those that made it', () => {
    const { network, near, farSaw, pass } = star()
    const cut: Disturbance = { between: aToB, cut: true }
    const [one, other] = [network.disturb(cut), network.disturb(cut)]
    one()
    one()
    near.send(numberedFrame(0, 10))
    pass()
    expect(farSaw.frames).toEqual([])
    other()
    near.send(numberedFrame(1, 10))
    pass()
    expect(heardBy(farSaw)).toEqual([1])
  })

  it('concerns links that were never dialled before it', () => {
    const { network, dial, pass } = star()
    network.listen('sim://z', () => new Witness())
    network.disturb({ between: (_, to) => to === 'z', cut: true })
    const saw = dial('z')
    pass()
    expect(saw.reasons).toEqual(['the call timed out'])
  })
})

describe('a place that is killed', () => {
  it.each([
    ['resets its links and refuses calls', false, ['connection reset'], 'connection refused'],
    ['leaves them half open and calls unanswered when its machine went with it', true, [], 'the call timed out'],
  ])('%s', (_, isSilent, reasons, answer) => {
    const { network, near, nearSaw, farSaw, dial, pass } = star()
    network.kill('b', isSilent)
    near.send(numberedFrame(0, 10))
    pass()
    expect(nearSaw.reasons).toEqual(reasons)
    expect([farSaw.frames, farSaw.reasons]).toEqual([[], []])
    const again = dial()
    pass()
    expect(again.reasons).toEqual([answer])
    network.listen('sim://b', () => new Witness())
    const back = dial()
    pass()
    expect(back.isOpen).toBe(true)
  })

  it('lets calls wait while its process stands still, but not for ever', () => {
    const { world, network, dial, pass } = star()
    network.setStill('b', true)
    const soon = dial()
    world.run(world.nowMs + 1_000)
    expect([soon.isOpen, soon.reasons]).toEqual([false, []])
    network.setStill('b', false)
    world.run(world.nowMs + 200)
    expect(soon.isOpen).toBe(true)
    network.setStill('b', true)
    const late = dial()
    pass()
    expect(late.reasons).toEqual(['the call timed out'])
  })

  it('listens at none of its addresses any more', () => {
    const { network, dial, pass } = star()
    network.listen('sim://b/client', () => new Witness())
    const before = dial('b/client')
    pass()
    expect(before.isOpen).toBe(true)
    network.kill('b', false)
    const after = dial('b/client')
    pass()
    expect(before.reasons).toEqual(['connection reset'])
    expect(after.reasons).toEqual(['connection refused'])
  })
})

describe('disturbances', () => {
  it('lose, double and reorder frames as they are told to, and count it', () => {
    const { network, farSaw, burst, pass } = star()
    const heard = (disturbance: Omit<Disturbance, 'between'>): number[] => {
      farSaw.frames.length = 0
      const undo = network.disturb({ between: everywhere, ...disturbance })
      burst()
      pass()
      undo()
      return heardBy(farSaw)
    }
    expect(sorted(heard({ duplicate: 1 }))).toEqual(FIRST_HUNDRED.flatMap((n) => [n, n]))
    const reordered = heard({ reorder: 0.5 })
    expect(reordered).not.toEqual(FIRST_HUNDRED)
    expect(sorted(reordered)).toEqual(FIRST_HUNDRED)
    expect(network.lost).toBe(0)
    expect(heard({ loss: 1 })).toEqual([])
    expect(heard({})).toEqual(FIRST_HUNDRED)
    expect(network.counts).toMatchObject({ doubled: 100, lost: 100 })
    expect(network.counts.late).toBeGreaterThan(20)
  })

  it('replay old frames of a connection that lasts, and none once they are over', () => {
    const { network, farSaw, near, burst, pass, seen } = star()
    const undo = network.disturb({ between: aToB, replay: 1 })
    burst()
    pass()
    expect(sorted(heardBy(farSaw))).toEqual(FIRST_HUNDRED.flatMap((n) => [n, n]))
    const late = seen.filter(({ fate }) => fate === 'replayed').map(({ tookMs = 0 }) => tookMs)
    expect(late).toHaveLength(100)
    expect(Math.max(...late)).toBeGreaterThan(10_000)
    expect(Math.max(...late)).toBeLessThan(21_000)
    burst()
    pass(100)
    undo()
    pass()
    expect(network.counts.replayed).toBe(100)
    network.disturb({ between: aToB, replay: 1 })
    burst()
    pass(100)
    near.close('done')
    pass()
    expect(farSaw.reasons).toEqual(['done'])
    expect(network.counts.replayed).toBe(100)
  })

  it('compose: shares are independent chances, delays add up, the narrowest cap counts', () => {
    const { network, farSaw, burst, pass, seen } = star()
    network.disturb({ between: aToB, slowerMs: 100, duplicate: 1 })
    const faster = network.disturb({ between: aToB, slowerMs: 1_000, loss: 0.5 })
    burst()
    pass()
    const heard = heardBy(farSaw)
    expect(heard.length).toBeGreaterThan(60)
    expect(heard.length).toBeLessThan(140)
    expect(sorted(heard)).toEqual(sorted([...new Set(heard)].flatMap((n) => [n, n])))
    expect(
      seen.filter(({ fate }) => fate === 'usual').every(({ tookMs = 0 }) => tookMs > 1_100 && tookMs < 1_103),
    ).toBe(true)
    faster()
    seen.length = 0
    burst()
    pass()
    expect(seen).toHaveLength(200)
    expect(seen.filter(({ fate }) => fate === 'usual').every(({ tookMs = 0 }) => tookMs > 100 && tookMs < 103)).toBe(
      true,
    )
  })

  it('ask once for each pair of places whether they concern it', () => {
    const { network, burst, pass } = star()
    const asked: string[] = []
    network.disturb({
      between: (from, to) => {
        asked.push(`${from}>${to}`)
        return true
      },
      loss: 0.5,
    })
    burst()
    network.disturb({ between: everywhere, loss: 0.1 })()
    pass()
    expect(asked).toEqual(['a>b', 'b>a'])
  })

  it('add an exponential delay with the stated mean', () => {
    const { network, world, near, seen } = star()
    network.disturb({ between: aToB, exponentialMs: 200 })
    for (let n = 0; n < 2_000; n++) {
      near.send(numberedFrame(n, 4))
      world.run(world.nowMs + 20_000)
    }
    const took = seen.map(({ tookMs = 0 }) => tookMs)
    const mean = took.reduce((sum, ms) => sum + ms, 0) / took.length
    expect(took).toHaveLength(2_000)
    expect(mean).toBeGreaterThan(180)
    expect(mean).toBeLessThan(222)
    expect(took.filter((ms) => ms > 400).length).toBeGreaterThan(200)
  })
})

describe('a hold', () => {
  it('keeps frames and the close back, and lets all of it arrive at one instant, in order', () => {
    const { network, world, near, farSaw, burst, pass } = star()
    const release = network.disturb({ between: aToB, hold: true })
    burst()
    near.close('done')
    pass()
    expect([farSaw.frames, farSaw.reasons]).toEqual([[], []])
    release()
    expect(farSaw.frames).toEqual([])
    world.run(world.nowMs)
    expect(heardBy(farSaw)).toEqual(FIRST_HUNDRED)
    expect(farSaw.reasons).toEqual(['done'])
    expect(network.counts.held).toBe(100)
  })

  it('stands as long as any other does, and loses what it keeps to a cut', () => {
    const { network, farSaw, burst, near, pass } = star()
    const [one, other] = [0, 1].map(() => network.disturb({ between: aToB, hold: true }))
    burst()
    pass()
    one!()
    pass()
    expect(farSaw.frames).toEqual([])
    network.disturb({ between: aToB, cut: true })()
    near.send(numberedFrame(7, 10))
    pass()
    other!()
    pass()
    expect(heardBy(farSaw)).toEqual([7])
  })

  it('that keeps more than it may ends the link at both sides', () => {
    const { network, near, nearSaw, farSaw, pass } = star()
    const release = network.disturb({ between: aToB, hold: true })
    for (let n = 0; n < 20; n++) near.send(numberedFrame(n, HELD_BYTES_MAX / 16))
    pass()
    expect([nearSaw.reasons, farSaw.reasons]).toEqual([['connection reset'], ['connection reset']])
    release()
    pass()
    expect(farSaw.frames).toEqual([])
  })
})

describe('a cap', () => {
  it('lets bytes leave no faster, counts what waits, and gives it all free when it is over', () => {
    const { network, near, farSaw, burst, pass } = star()
    const lift = network.disturb({ between: aToB, bytesPerSecond: 100 })
    burst()
    expect(near.queuedBytes).toBe(1_000)
    expect([network.queuedMost('a'), network.queuedMost('b')]).toEqual([1_000, 0])
    pass(5_000)
    expect(farSaw.frames.length).toBeGreaterThan(45)
    expect(farSaw.frames.length).toBeLessThan(51)
    expect(near.queuedBytes).toBeGreaterThan(480)
    lift()
    near.send(numberedFrame(100, 10))
    pass(5)
    expect(near.queuedBytes).toBe(0)
    expect(heardBy(farSaw)).toEqual([...FIRST_HUNDRED, 100])
  })

  it('gives way to a narrower one, and comes back', () => {
    const { network, farSaw, burst, pass } = star()
    network.disturb({ between: aToB, bytesPerSecond: 1_000 })
    const lift = network.disturb({ between: aToB, bytesPerSecond: 10 })
    burst()
    pass(3_500)
    expect(farSaw.frames).toHaveLength(3)
    lift()
    pass(1_100)
    expect(heardBy(farSaw)).toEqual(FIRST_HUNDRED)
  })

  it('lets what is queued leave when the link is closed, for a while', () => {
    const closed = (bytesPerSecond: number) => {
      const { network, near, nearSaw, farSaw, burst, pass } = star()
      network.disturb({ between: aToB, bytesPerSecond })
      burst()
      near.close('done')
      pass()
      expect(nearSaw.reasons).toEqual(['done'])
      return { heard: farSaw.frames.length, reasons: farSaw.reasons }
    }
    expect(closed(600)).toEqual({ heard: 100, reasons: ['done'] })
    expect(closed(205.5)).toEqual({ heard: 41, reasons: ['connection reset'] })
  })

  it('ends a link that has more to carry than may wait', () => {
    const { network, near, nearSaw, farSaw, pass } = star()
    network.disturb({ between: aToB, bytesPerSecond: 1_000 })
    for (let n = 0; n < 30; n++) near.send(numberedFrame(n, 10_000))
    expect(nearSaw.reasons).toEqual([])
    expect(near.queuedBytes).toBe(0)
    pass()
    expect(nearSaw.reasons).toEqual(['connection reset: its queue was full'])
    expect(farSaw.reasons).toEqual(['connection reset'])
    expect(network.counts.queueFull).toBe(1)
  })
})

describe('a link', () => {
  it('that is reset ends at both sides, whatever it carries, and can be made anew', () => {
    const { network, nearSaw, farSaw, burst, dial, pass } = star()
    burst()
    network.reset('b', 'a')
    expect(nearSaw.reasons).toEqual([])
    pass()
    expect([nearSaw.reasons, farSaw.reasons]).toEqual([['connection reset'], ['connection reset']])
    expect(farSaw.frames).toEqual([])
    const again = dial()
    pass()
    expect(again.isOpen).toBe(true)
    expect(network.linkedTo('a')).toEqual(['b'])
  })

  it('that one side forgets stays open for the other, whose frames go nowhere', () => {
    const { network, nearSaw, farSaw, far, burst, pass } = star()
    network.halfOpen('a', 'b')
    pass()
    expect(nearSaw.reasons).toEqual(['the connection was forgotten'])
    burst(far)
    pass()
    expect(farSaw.isOpen).toBe(true)
    expect(nearSaw.frames).toEqual([])
    expect(network.linkedTo('a')).toEqual([])
  })
})

describe('a corrupt frame', () => {
  const origin = 'n1/1/abc/0123456789'
  const row = { ...rowAtBirth(origin, 7, 'sim://n1', 5), clear: 9 }
  const peerFrame = encodePeerHello({ kind: 'hello', wire: WIRE_VERSION, cluster: 'sim', row, features: ['a', 'b'] })
  const clientFrame = encodeClientMessage({ kind: 'get', id: 1, key: 'k', wantValue: true })

  it('is one that no decoder takes, and the sender keeps its own', () => {
    const rng = seededRng(1)
    const kept = [peerFrame.slice(), clientFrame.slice()]
    for (let n = 0; n < 5_000; n++) {
      const roll = Math.floor(rng() * 2 ** 32) | 0
      expect(() => decodePeerFrame(corrupted(peerFrame, roll))).toThrow(PeerError)
      expect(() => decodeClientMessage(corrupted(clientFrame, roll))).toThrow(PeerError)
    }
    expect([peerFrame, clientFrame]).toEqual(kept)
    expect(corrupted(new Uint8Array(), 1)).not.toEqual(new Uint8Array())
  })

  it('arrives in its turn, and is counted', () => {
    const { network, near, farSaw, pass } = star()
    network.disturb({ between: aToB, corrupt: 1 })
    for (let n = 0; n < 50; n++) near.send(peerFrame)
    pass()
    expect(farSaw.frames).toHaveLength(50)
    expect(farSaw.frames).not.toContainEqual(peerFrame)
    expect(network.counts.corrupt).toBe(50)
  })
})
