/**
 * The fault families of the network: each does what its words say to those that it names and to nobody else, and is taken
 * back exactly, alone or on top of others. What a family draws is plain JSON and can be struck as it is.
 */

import { describe, expect, it } from 'vitest'
import { clientReset, halfOpen, reset } from '../../sim/faults/connections.ts'
import type { FaultFamily, FaultStep, Stage } from '../../sim/faults/fault.ts'
import { corrupt, duplicate, loss, reorder, replay } from '../../sim/faults/frames.ts'
import { clog, hold } from '../../sim/faults/holds.ts'
import { NETWORK_FAMILIES } from '../../sim/faults/network-families.ts'
import { flapping, oneWay, partition, sideOf } from '../../sim/faults/partitions.ts'
import { bandwidth, exponentialDelay, slow } from '../../sim/faults/slow-links.ts'
import { STRANGER, type StrangerFault, stranger } from '../../sim/faults/stranger.ts'
import { History } from '../../sim/history.ts'
import { CALM_DELAYS, Network } from '../../sim/network.ts'
import { World } from '../../sim/world.ts'
import type { Link, LinkEvents } from '../../src/core/ports.ts'
import { seededRng } from '../../src/core/rng.ts'
import { decodeClientMessage } from '../../src/wire/client-codec.ts'
import { decodePeerFrame } from '../../src/wire/peer-codec.ts'
import { PeerError } from '../../src/wire/peer-error.ts'
import { numberedFrame, Witness } from '../suites/transport-suite.ts'

const NODES = ['n1', 'n2', 'n3', 'n4', 'n5']
const CLIENTS = ['c1', 'c2', 'c3', 'c4', 'c5']
const LINKS = [...NODES.flatMap((a) => NODES.filter((b) => b !== a).map((b) => `${a}>${b}`))]
const FOR_MS = 2_000
const at = { atMs: 0, forMs: FOR_MS }

/** Every node has a link to every other, and each client one to its node. `send` asks which frames arrive. */
function stage(seed = 1) {
  const world = new World(seed)
  const network = new Network(world, CALM_DELAYS)
  const history = new History()
  const links = new Map<string, Link>()
  const saw = new Map<string, Witness>()
  /** Nodes at which a link came in → the frames. */
  const came: { at: string; from: string; bytes: Uint8Array }[] = []
  const strange = { calls: 0, open: 0 }
  for (const node of NODES) {
    const accept = (link: Link): LinkEvents => ({
      opened: () => {
        links.set(`${node}>${link.remote}`, link)
        if (link.remote === STRANGER) strange.calls++
        if (link.remote === STRANGER) strange.open++
      },
      frame: (bytes) => came.push({ at: node, from: link.remote, bytes: Uint8Array.from(bytes) }),
      drained: () => undefined,
      closed: () => {
        if (link.remote === STRANGER) strange.open--
      },
    })
    network.listen(`sim://${node}`, accept)
    network.listen(`sim://${node}/client`, accept)
  }
  const dial = (from: string, to: string): void => {
    const witness = new Witness()
    saw.set(`${from}>${to}`, witness)
    links.set(`${from}>${to}`, network.transport(from).dial(`sim://${to}`, witness))
  }
  for (const link of LINKS) dial(...(link.split('>') as [string, string]))
  for (const [i, client] of CLIENTS.entries()) {
    const witness = new Witness()
    saw.set(`${client}>${NODES[i]}`, witness)
    links.set(`${client}>${NODES[i]}`, network.transport(client).dial(`sim://${NODES[i]}/client`, witness))
  }
  world.run(1_000)
  const pass = (ms: number): void => world.run(world.nowMs + ms)
  const say = (link: string, times = 1): void => {
    for (let n = 0; n < times; n++) links.get(link)!.send(numberedFrame(n, 10))
  }
  /** Over which of the links between nodes, or of others, a frame arrives within `ms`. */
  const passing = (ms = 50, which: readonly string[] = LINKS): string[] => {
    const arrived = new Set<string>()
    const before = network.observe
    network.observe = (from, to, _bytes, _sentMs, arrivedMs) => arrivedMs !== undefined && arrived.add(`${from}>${to}`)
    for (const link of which) say(link)
    pass(ms)
    network.observe = before
    return which.filter((link) => arrived.has(link))
  }
  const strike = <F extends FaultStep>(
    family: FaultFamily<F>,
    fault: Omit<F, 'kind' | 'atMs' | 'forMs'>,
  ): (() => void) =>
    family.strike({ kind: family.kind, ...at, ...fault } as unknown as F, {
      world,
      network,
      history,
      nodes: [],
      node: absent,
      join: absent,
    } satisfies Stage)
  return { world, network, history, links, saw, came, pass, say, passing, strike, dial, strangers: () => strange }
}

function absent(): never {
  throw new Error('no fault of the network asks for a node')
}

describe('every family of the network', () => {
  it.each(NETWORK_FAMILIES.map((family) => [family.kind, family] as const))(
    'draws, says and takes back what it makes: %s',
    (kind, family) => {
      for (let seed = 1; seed <= 30; seed++) {
        const { world, network, history, pass, passing, dial } = stage(seed)
        const names = NODES.slice(0, 1 + (seed % 5))
        const drawn = family.draw(seededRng(seed), { names, fsync: 'always' })
        const fault: FaultStep = JSON.parse(JSON.stringify({ kind, atMs: 0, ...drawn }))
        expect(fault).toEqual({ kind, atMs: 0, ...drawn })
        expect(Number.isInteger(fault.forMs)).toBe(true)
        expect(family.words(fault)).toMatch(/\S/)
        expect(family.words(fault)).not.toMatch(/undefined|NaN|object/)
        for (const node of family.where(fault)) expect(names).toContain(node)
        const undo = family.strike(fault, { world, network, history, nodes: [], node: absent, join: absent })
        passing(fault.forMs)
        undo()
        undo()
        // What was under way is over; what broke is made anew, and then all is as if nothing had been.
        pass(25_000)
        for (const link of LINKS) dial(...(link.split('>') as [string, string]))
        pass(1_000)
        const frames = network.frames
        const { lost } = network
        const copies = { ...network.counts }
        expect(passing(50)).toEqual(LINKS)
        expect([network.frames - frames, network.lost]).toEqual([LINKS.length, lost])
        expect(network.counts).toEqual(copies)
      }
    },
  )

  it('draws mild and harsh ones, and the same for the same seed', () => {
    const draw = (seed: number): string => {
      const rng = seededRng(seed)
      return JSON.stringify(NETWORK_FAMILIES.map((family) => family.draw(rng, { names: NODES, fsync: 'always' })))
    }
    expect(draw(1)).toBe(draw(1))
    expect(draw(1)).not.toBe(draw(2))
    const rng = seededRng(1)
    const shares = Array.from({ length: 200 }, () => loss.draw(rng, { names: NODES, fsync: 'always' }).share)
    expect(Math.min(...shares)).toBeLessThan(0.05)
    expect(Math.max(...shares)).toBeGreaterThan(0.4)
  })
})

describe('a partition', () => {
  const across = (link: string, parts: readonly (readonly string[])[]): boolean =>
    parts.some((names) => names.includes(link.slice(0, 2)) !== names.includes(link.slice(3)))

  it.each([
    [
      'two parts',
      [
        ['n1', 'n2'],
        ['n3', 'n4', 'n5'],
      ],
    ],
    ['four parts', [['n1'], ['n2'], ['n3'], ['n4', 'n5']]],
  ])('keeps %s from hearing each other, and heals', (_, parts) => {
    const { strike, passing } = stage()
    const undo = strike(partition, { parts })
    expect(passing()).toEqual(LINKS.filter((link) => !across(link, parts)))
    undo()
    expect(passing()).toEqual(LINKS)
  })

  it('leaves a bridge that all reach', () => {
    const { strike, passing } = stage()
    const parts = [
      ['n1', 'n2'],
      ['n3', 'n4', 'n5'],
    ]
    strike(partition, { parts, bridge: 'n3' })
    expect(passing()).toEqual(LINKS.filter((link) => link.includes('n3') || !across(link, parts)))
  })

  it('has each client on the side of the node of its number, and a node that no part lists too', () => {
    const { strike, network, pass, passing } = stage()
    strike(partition, {
      parts: [
        ['n1', 'n2'],
        ['n3', 'n4', 'n5'],
      ],
    })
    const own = CLIENTS.map((client, i) => `${client}>${NODES[i]}`)
    expect(passing(50, own)).toEqual(own)
    const calls = [
      ['c1', 'n2'],
      ['c1', 'n3'],
      ['c7', 'n1'],
      ['c7', 'n3'],
      ['j6', 'n1'],
      ['j6', 'n4'],
    ].map(([from = '', to]) => {
      const witness = new Witness()
      network.transport(from).dial(`sim://${to}/client`, witness)
      return witness
    })
    pass(5_000)
    expect(calls.map((call) => call.isOpen)).toEqual([true, false, true, false, true, false])
    expect(['c1', 'c5', 'c6', 'c7', 'n3', 'x'].map((place) => sideOf(place, 5))).toEqual([
      'n1',
      'n5',
      'n1',
      'n2',
      'n3',
      'n1',
    ])
  })

  it('overlaps with another, and each is healed alone', () => {
    const { strike, passing } = stage()
    const [one, other] = [
      [['n1'], ['n2', 'n3', 'n4', 'n5']],
      [
        ['n1', 'n2'],
        ['n3', 'n4', 'n5'],
      ],
    ]
    const undoOne = strike(partition, { parts: one! })
    const undoOther = strike(partition, { parts: other! })
    expect(passing()).toEqual(LINKS.filter((link) => !across(link, one!) && !across(link, other!)))
    undoOne()
    expect(passing()).toEqual(LINKS.filter((link) => !across(link, other!)))
    undoOther()
    expect(passing()).toEqual(LINKS)
  })

  it('one way leaves the other way', () => {
    const { strike, passing } = stage()
    const undo = strike(oneWay, { from: ['n1', 'n2'], to: ['n2', 'n3'] })
    expect(passing()).toEqual(LINKS.filter((link) => !['n1>n2', 'n1>n3', 'n2>n3'].includes(link)))
    undo()
    expect(passing()).toEqual(LINKS)
  })

  it('that flaps is cut and whole in turn, and whole at the end', () => {
    const { strike, passing, pass } = stage()
    const parts = [
      ['n1', 'n2'],
      ['n3', 'n4', 'n5'],
    ]
    const inside = LINKS.filter((link) => !across(link, parts))
    const undo = strike(flapping, { parts, cutMs: 100, wholeMs: 200 })
    for (let turn = 0; turn < 3; turn++) {
      expect(passing(10)).toEqual(inside)
      pass(95)
      expect(passing(10)).toEqual(LINKS)
      pass(185)
    }
    undo()
    expect(passing(10)).toEqual(LINKS)
    pass(1_000)
    expect(passing(10)).toEqual(LINKS)
  })
})

describe('frames', () => {
  it.each([
    [loss, 'lost'],
    [duplicate, 'doubled'],
    [replay, 'replayed'],
    [reorder, 'late'],
    [corrupt, 'corrupt'],
  ] as const)('suffer from %o only on the lanes that it names, never those of clients', (family, count) => {
    const { strike, network, say, pass } = stage()
    const undo = strike(family as typeof loss, { from: ['n1'], to: [], share: 1 })
    const suffering = (links: readonly string[], ms = 25_000): number => {
      const before = network.counts[count]
      for (const link of links) say(link)
      pass(ms)
      return network.counts[count] - before
    }
    const mine = LINKS.filter((link) => link.startsWith('n1>'))
    expect(suffering(LINKS.filter((link) => !mine.includes(link)))).toBe(0)
    expect(suffering(['n1>c1', 'c1>n1'])).toBe(0)
    expect(suffering(mine)).toBe(4)
    undo()
    expect(suffering(mine)).toBe(0)
  })

  it('take longer when links are slow, and mostly a little longer by an exponential delay', () => {
    const { strike, say, pass, network } = stage()
    const took: number[] = []
    network.observe = (_from, _to, _bytes, sentMs, arrivedMs = Number.NaN) => took.push(arrivedMs - sentMs)
    const one = strike(slow, { from: ['n1'], to: ['n2'], slowerMs: 300 })
    const other = strike(slow, { from: [], to: [], slowerMs: 200 })
    const takesMs = (link: string): number => {
      say(link)
      pass(1_000)
      return took.at(-1)!
    }
    expect(takesMs('n1>n2')).toBeGreaterThan(500)
    expect(takesMs('n2>n1')).toBeGreaterThan(200)
    expect(takesMs('n2>n1')).toBeLessThan(203)
    other()
    expect(takesMs('n1>n2')).toBeGreaterThan(300)
    expect(takesMs('n1>n2')).toBeLessThan(303)
    one()
    expect(takesMs('n1>n2')).toBeLessThan(3)
    strike(exponentialDelay, { from: [], to: [], meanMs: 100 })
    expect(Array.from({ length: 50 }, () => takesMs('n1>n3')).filter((ms) => ms > 70).length).toBeGreaterThan(10)
  })

  it('queue where few bytes fit through, to clients too', () => {
    const { strike, say, links, pass, came, saw } = stage()
    const undo = strike(bandwidth, { nodes: ['n1'], bytesPerSecond: 100 })
    for (const link of ['n1>n2', 'n1>c1', 'n2>n1']) say(link, 100)
    pass(1_000)
    const got = (node: string, from: string): number =>
      came.filter((frame) => frame.at === node && frame.from === from).length
    expect(got('n1', 'n2') + saw.get('n1>n2')!.frames.length).toBe(100)
    expect(saw.get('c1>n1')!.frames.length).toBeLessThanOrEqual(10)
    expect(links.get('n1>c1')!.queuedBytes).toBeGreaterThan(800)
    undo()
    pass(10)
    expect(saw.get('c1>n1')!.frames.length).toBe(100)
    expect(links.get('n1>c1')!.queuedBytes).toBe(0)
  })
})

describe('links that stand still', () => {
  it('are the held ones, and give all at once at the end', () => {
    const { strike, passing, network, pass } = stage()
    const undo = strike(hold, {
      links: [
        ['n1', 'n2'],
        ['n3', 'n1'],
      ],
    })
    expect(passing()).toEqual(LINKS.filter((link) => link !== 'n1>n2' && link !== 'n3>n1'))
    expect(network.counts.held).toBe(0)
    undo()
    pass(0)
    expect(network.counts.held).toBe(2)
    expect(passing()).toEqual(LINKS)
  })

  it('are those of each clogged node, one after the other and free in another order', () => {
    const { strike, passing, pass } = stage()
    const free = (...clogged: string[]): string[] =>
      LINKS.filter((link) => !clogged.some((node) => link.includes(node)))
    const undo = strike(clog, { clogs: ['n1', 'n2'], unclogs: ['n1', 'n2'], everyMs: 200 })
    pass(1)
    expect(passing(100)).toEqual(free('n1'))
    expect(passing(10, ['c1>n1', 'c2>n2'])).toEqual(['c2>n2'])
    pass(100)
    expect(passing(100)).toEqual(free('n1', 'n2'))
    pass(FOR_MS - 311 - 200 + 1)
    expect(passing(50)).toEqual(free('n2'))
    pass(200)
    expect(passing(50)).toEqual(LINKS)
    undo()
    expect(passing(50)).toEqual(LINKS)
  })

  it('go on at once when a clog is taken back early', () => {
    const { strike, passing, pass } = stage()
    const undo = strike(clog, { clogs: ['n1', 'n2', 'n3'], unclogs: ['n2', 'n1', 'n3'], everyMs: 100 })
    pass(150)
    undo()
    expect(passing()).toEqual(LINKS)
    pass(FOR_MS)
    expect(passing()).toEqual(LINKS)
  })
})

describe('connections', () => {
  it('of the named pairs are reset again and again, and then left alone', () => {
    const { strike, saw, pass, dial } = stage()
    const undo = strike(reset, { pairs: [['n1', 'n2']], everyMs: 500 })
    pass(10)
    const open = (): string[] => [...saw].filter(([, witness]) => witness.isOpen).map(([link]) => link)
    expect(open()).not.toContain('n1>n2')
    expect(open()).not.toContain('n2>n1')
    expect(open()).toHaveLength(LINKS.length - 2 + CLIENTS.length)
    dial('n1', 'n2')
    pass(100)
    expect(open()).toContain('n1>n2')
    pass(500)
    expect(open()).not.toContain('n1>n2')
    undo()
    dial('n1', 'n2')
    pass(5_000)
    expect(open()).toContain('n1>n2')
  })

  it('of clients are reset, and none of peers', () => {
    const { strike, saw, pass } = stage()
    strike(clientReset, { nodes: ['n1', 'n3'], everyMs: 500 })()
    pass(10)
    const closed = [...saw].filter(([, witness]) => witness.isClosed).map(([link]) => link)
    expect(closed).toEqual(['c1>n1', 'c3>n3'])
  })

  it('are forgotten by one side only', () => {
    const { strike, saw, pass, passing } = stage()
    strike(halfOpen, { pairs: [['n1', 'n2']] })
    pass(10)
    const closed = [...saw].filter(([, witness]) => witness.isClosed).map(([link]) => link)
    expect(closed).toEqual(['n1>n2'])
    expect(passing(50, ['n2>n1', 'n2>n3'])).toEqual(['n2>n3'])
  })
})

describe('a stranger', () => {
  const saysTo = (door: StrangerFault['door'], says: StrangerFault['says']) => {
    const { strike, came, pass, network } = stage()
    const undo = strike(stranger, { node: 'n2', door, says, everyMs: 100 })
    pass(950)
    const frames = came.filter(({ from }) => from === STRANGER)
    expect(frames.every((frame) => frame.at === 'n2')).toBe(true)
    expect(network.linkedTo('n2').filter((place) => place === STRANGER)).toHaveLength(1)
    undo()
    pass(100)
    expect(network.linkedTo('n2').filter((place) => place === STRANGER)).toEqual([])
    const { frames: before } = network
    pass(1_000)
    expect(network.frames).toBe(before)
    return frames.map(({ bytes }) => bytes)
  }

  it('of another cluster says hello as a member would', () => {
    const frames = saysTo('peers', 'cluster')
    expect(frames).toHaveLength(10)
    for (const frame of frames) {
      const said = decodePeerFrame(frame)
      expect('kind' in said && said.cluster).toBe('elsewhere')
    }
    for (const frame of saysTo('clients', 'cluster')) expect(decodeClientMessage(frame).kind).toBe('hello')
  })

  it.each(['peers', 'clients'] as const)(
    'of another wire version, or with garbage, is understood by no decoder: %s',
    (door) => {
      const decode = door === 'peers' ? decodePeerFrame : decodeClientMessage
      for (const says of ['version', 'garbage'] as const) {
        const frames = saysTo(door, says)
        expect(frames).toHaveLength(10)
        for (const frame of frames) expect(() => decode(frame)).toThrow(PeerError)
      }
    },
  )

  it('that says no hello says a message, or nothing', () => {
    expect(saysTo('peers', 'early').map((frame) => 'body' in decodePeerFrame(frame))).toEqual(Array(10).fill(true))
    expect(saysTo('peers', 'nothing')).toEqual([])
  })

  it('keeps no more connections than it may', () => {
    const { strike, network, pass, strangers } = stage()
    const undo = strike(stranger, { node: 'n2', door: 'peers', says: 'nothing', everyMs: 10 })
    pass(2_000)
    expect(network.frames).toBe(0)
    expect(strangers().calls).toBe(200)
    // One that was dropped is still closing while the next one calls.
    expect(strangers().open).toBeGreaterThan(25)
    expect(strangers().open).toBeLessThanOrEqual(33)
    undo()
    pass(100)
    expect(strangers().open).toBe(0)
  })
})
