/**
 * The nemesis makes the faults of the plan, each at its time, and takes each back when its time is over. When it stops,
 * everything is whole again: what still stands is taken back, and nodes that are down start. Cutting a core off is not
 * its business.
 */

import type { FaultStep, Stage } from './faults/fault.ts'
import { familyOf } from './faults/index.ts'

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
  }

  /** Whoever is down and not gone for good. */
  startAll(): void {
    for (const node of this.#stage.nodes) if (node.host === undefined) node.start()
  }
}
