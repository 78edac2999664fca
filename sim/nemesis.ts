/**
 * The nemesis makes faults, one after the other, drawn from the families that the seed has switched on. When it stops,
 * everything is whole again: links heal, frames arrive, clocks are right, and crashed nodes start.
 */

import type { Rng } from '../src/core/rng.ts'
import type { TailLoss } from './disk.ts'
import { CALM, type Network } from './network.ts'
import type { SimNode } from './sim-node.ts'
import type { World } from './world.ts'

export const FAULT_FAMILIES = [
  'partition',
  'one-way',
  'crash',
  'lost-tail',
  'loss',
  'duplicate',
  'reorder',
  'slow',
  'slow-disk',
  'clock',
] as const
/** A write is synced within about this time. */
const KILL_NEAR_WRITE_MS = 6
/** The write near which a node is killed is one of the next so many: mostly one of a burst. */
const KILL_WRITES_MAX = 10

export type FaultFamily = (typeof FAULT_FAMILIES)[number]

export class Nemesis {
  /** Family → how often it struck. */
  readonly strikes: Map<FaultFamily, number> = new Map()
  readonly #world: World
  readonly #network: Network
  readonly #nodes: readonly SimNode[]
  readonly #families: readonly FaultFamily[]
  readonly #rng: Rng
  #isOver = false

  constructor(world: World, network: Network, nodes: readonly SimNode[], families: readonly FaultFamily[]) {
    this.#world = world
    this.#network = network
    this.#nodes = nodes
    this.#families = families
    this.#rng = world.rng('nemesis')
  }

  start(): void {
    const strike = (): void => {
      if (this.#isOver) return
      this.#world.schedule(500 + this.#rng() * 3_500, strike)
      const family = this.#families[Math.floor(this.#rng() * this.#families.length)]
      if (family === undefined) return
      this.strikes.set(family, (this.strikes.get(family) ?? 0) + 1)
      this.#strike(family)
    }
    this.#world.schedule(1_000 + this.#rng() * 2_000, strike)
  }

  stop(): void {
    this.#isOver = true
    this.#world.say('nemesis: everything is whole again')
    this.#network.heal()
    this.#network.faults = CALM
    for (const node of this.#nodes) {
      node.skewMs = 0
      node.disk.fault = undefined
      node.disk.syncSlowerMs = 0
      if (node.host === undefined) node.start()
    }
  }

  #strike(family: FaultFamily): void {
    const rng = this.#rng
    const faults = this.#network.faults
    switch (family) {
      case 'partition':
        this.#partition()
        break
      case 'one-way': {
        const from = this.#anyNode()
        const to = this.#anyNode()
        if (from === to) break
        this.#world.say(`nemesis: nothing passes from ${from.name} to ${to.name}`)
        this.#network.cut(from.name, to.name)
        this.#healLater()
        break
      }
      case 'crash':
        this.#crash('none')
        break
      case 'lost-tail':
        this.#crash('unsynced')
        break
      case 'loss':
        this.#network.faults = { ...faults, loss: rng() < 0.5 ? 0 : rng() * 0.3 }
        break
      case 'duplicate':
        this.#network.faults = { ...faults, duplicate: rng() < 0.5 ? 0 : rng() * 0.3 }
        break
      case 'reorder':
        this.#network.faults = { ...faults, reorder: rng() < 0.5 ? 0 : rng() * 0.3 }
        break
      case 'slow':
        this.#network.faults = { ...faults, delayMs: rng() < 0.5 ? CALM.delayMs : [5, 20 + rng() * 500] }
        break
      case 'slow-disk': {
        const node = this.#anyNode()
        node.disk.syncSlowerMs = rng() < 0.4 ? 0 : Math.round(rng() * 5_000)
        this.#world.say(`nemesis: a sync on ${node.name} takes ${node.disk.syncSlowerMs} ms longer`)
        break
      }
      case 'clock': {
        const node = this.#anyNode()
        // Mostly wrong within the limit, sometimes beyond it, sometimes behind.
        node.skewMs = Math.round(rng() < 0.2 ? 61_000 + rng() * 30_000 : (rng() - 0.5) * 40_000)
        this.#world.say(`nemesis: the clock of ${node.name} is off by ${node.skewMs} ms`)
        break
      }
    }
  }

  #partition(): void {
    const rng = this.#rng
    const parts = rng() < 0.2 ? 3 : 2
    const part = new Map(this.#nodes.map((node) => [node, Math.floor(rng() * parts)]))
    // Sometimes one node still reaches everybody.
    const bridge = rng() < 0.2 ? this.#anyNode() : undefined
    for (const a of this.#nodes) {
      for (const b of this.#nodes) {
        if (a !== bridge && b !== bridge && part.get(a) !== part.get(b)) this.#network.cut(a.name, b.name)
      }
    }
    const sides = [...Array(parts).keys()].map((side) =>
      this.#nodes
        .filter((n) => part.get(n) === side)
        .map((n) => n.name)
        .join(','),
    )
    this.#world.say(`nemesis: partition ${sides.join(' | ')}${bridge === undefined ? '' : ` but for ${bridge.name}`}`)
    this.#healLater()
  }

  #healLater(): void {
    this.#world.schedule(500 + this.#rng() * 12_000, () => {
      this.#world.say('nemesis: heal')
      this.#network.heal()
    })
  }

  #crash(loss: TailLoss): void {
    const node = this.#anyNode()
    if (node.host === undefined) return
    // Without any sync a power loss may take everything, and nothing was promised: only kills then.
    const lost = node.fsync === 'never' ? 'none' : loss
    if (this.#rng() < 0.5) this.#kill(node, lost)
    else this.#killAtWrite(node, lost)
  }

  /** Most instants are dull. Near a write to the disk something is written and not synced, or synced and not said. */
  #killAtWrite(node: SimNode, lost: TailLoss): void {
    const afterMs = this.#rng() * KILL_NEAR_WRITE_MS
    let writes = 1 + Math.floor(this.#rng() * KILL_WRITES_MAX)
    node.disk.fault = (verb) => {
      if (verb !== 'write' || --writes > 0) return undefined
      node.disk.fault = undefined
      this.#world.schedule(afterMs, () => {
        if (!this.#isOver) this.#kill(node, lost)
      })
      return undefined
    }
  }

  #kill(node: SimNode, lost: TailLoss): void {
    if (node.host === undefined) return
    this.#world.say(`nemesis: ${node.name} ${lost === 'none' ? 'is killed' : 'loses power'}`)
    node.crash(lost, this.#rng() < 0.3)
    this.#world.schedule(100 + this.#rng() * 8_000, () => {
      if (node.host !== undefined) return
      node.start()
      // Some fall again while they still catch up.
      if (this.#isOver || this.#rng() < 0.6) return
      this.#world.schedule(this.#rng() * 1_500, () => {
        if (!this.#isOver) this.#kill(node, lost)
      })
    })
  }

  #anyNode(): SimNode {
    const node = this.#nodes[Math.floor(this.#rng() * this.#nodes.length)]
    if (node === undefined) throw new Error('a simulation has at least one node')
    return node
  }
}
