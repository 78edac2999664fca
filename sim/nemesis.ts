/**
 * The nemesis makes the faults of the plan, each at its time, and takes each back when its time is over. When it stops,
 * everything is whole again: what still stands is taken back, nodes that are down start, and an operator starts anew
 * those whose disk has failed for good. Cutting a core off is not its business.
 */

import type { FaultStep, Stage } from './faults/fault.ts'
import { familyOf } from './faults/index.ts'

/** So often the operator looks, and for so long, ms: what failed last is told late. */
const LOOK_MS = 1_000
const LOOKS = 10

export interface NemesisListener {
  struck(fault: FaultStep): void
}

export class Nemesis {
  /** Kind → how often it struck. */
  readonly strikes: Map<string, number> = new Map()
  readonly #stage: Stage
  readonly #listener: NemesisListener
  readonly #standing = new Set<() => void>()
  #isOver = false

  constructor(stage: Stage, listener: NemesisListener) {
    this.#stage = stage
    this.#listener = listener
  }

  strike(fault: FaultStep): void {
    if (this.#isOver) return
    const { kind, forMs } = fault
    const { world } = this.#stage
    const family = familyOf(kind)
    this.strikes.set(kind, (this.strikes.get(kind) ?? 0) + 1)
    this.#listener.struck(fault)
    world.say(`nemesis: ${family.words(fault)}`)
    const takeBack = family.strike(fault, this.#stage)
    const undo = (): void => {
      if (this.#standing.delete(undo)) takeBack()
    }
    this.#standing.add(undo)
    world.schedule(forMs, undo)
  }

  stop(): void {
    this.#isOver = true
    this.#stage.world.say('nemesis: all faults end')
    for (const undo of [...this.#standing]) undo()
    this.startAll()
    this.#replaceDead(LOOKS)
  }

  /** Whoever is down and not gone for good. */
  startAll(): void {
    for (const node of this.#stage.nodes) if (node.host === undefined) node.start()
  }

  /** A node that only reads stays so until its process starts anew. */
  #replaceDead(looks: number): void {
    const { nodes, world } = this.#stage
    for (const node of nodes) {
      if (node.host?.isReadOnly !== true || node.isKeptDown) continue
      world.say('the operator starts it on a disk that works', node.name)
      node.crash('none', false)
      node.start()
    }
    if (looks > 0) world.schedule(LOOK_MS, () => this.#replaceDead(looks - 1))
  }
}
