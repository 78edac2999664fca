/**
 * Clients that put and delete, one at each node: hot and cold keys, single writes, batches and bursts, every value
 * unique. They write to their node whenever it serves, cut off or not, which is what the store is for.
 */

import type { Change } from '../src/core/change.ts'
import type { Rng } from '../src/core/rng.ts'
import type { Ledger } from './ledger.ts'
import type { SimNode } from './sim-node.ts'
import type { World } from './world.ts'

const KEYS = 60
const BURST = 40
/** Share of clients that never write. */
const QUIET = 0.05
const encoder = new TextEncoder()

export class Workload {
  acknowledged = 0
  failed = 0
  readonly #world: World
  readonly #ledger: Ledger
  #values = 0
  #isOver = false

  constructor(world: World, ledger: Ledger) {
    this.#world = world
    this.#ledger = ledger
  }

  /** Starts a client at `node` that writes about every `pauseMs`, or one that only reads. */
  client(node: SimNode, pauseMs: number): void {
    // A member that never writes must not hold the others back.
    if (this.#world.rng(`quiet ${node.name}`)() < QUIET) return
    const rng = this.#world.rng(`client ${node.name}`)
    const next = (): void => {
      if (this.#isOver) return
      this.#world.schedule(-Math.log(1 - rng()) * pauseMs, next)
      const isBurst = rng() < 0.03
      const writes = isBurst ? BURST : 1
      // Of one turn, or one behind the other, so that some come while the disk is busy.
      const spanMs = isBurst && rng() < 0.5 ? BURST : 0
      for (let i = 0; i < writes; i++) this.#world.schedule(rng() * spanMs, () => this.#write(node, rng))
    }
    this.#world.schedule(rng() * pauseMs, next)
  }

  stop(): void {
    this.#isOver = true
  }

  #write(node: SimNode, rng: Rng): void {
    const size = rng() < 0.1 ? 2 + Math.floor(rng() * 6) : 1
    const changes: Change[] = []
    for (let i = 0; i < size; i++) changes.push(this.#change(rng))
    if (node.host === undefined || !node.isServing) return
    node.host.write(changes, (error) => {
      if (error === undefined) this.acknowledged++
      else this.failed++
    })
  }

  #change(rng: Rng): Change {
    // The square makes the first keys hot.
    const key = `key-${Math.floor(rng() * rng() * KEYS)}`
    if (rng() < 0.25) return { key, value: undefined }
    const value = encoder.encode(`v${this.#values++}`)
    this.#ledger.ask(key, value)
    return { key, value }
  }
}
