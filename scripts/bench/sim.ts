/**
 * The simulator: how many events of a run it carries out in a second, beside the bare heap with as many empty events at
 * the same depth; and simulated seconds a second. What is between the two is the shipped code, the network, the disks
 * and the checkers.
 */

import { EventHeap } from '../../sim/event-heap.ts'
import { run } from '../../sim/run.ts'
import { SWARM_DEFAULTS } from '../../sim/swarm.ts'
import { type Bench, duel } from './rounds.ts'

/** Events that wait in the heap of a run, about. */
const DEPTH = 500
const SEEDS_A_ROUND = 10
const SIMULATED_SECONDS_GOAL = 500

interface Round {
  readonly events: number
  readonly seconds: number
  readonly simulated: number
}

export const sim: Bench = {
  name: 'sim',
  about: 'runs of the simulator, five nodes and 50 client operations a second; bare: empty events on its heap',
  async run(options) {
    let seed = 1
    let events = 0
    const { ours, bare } = await duel<Round>({
      rounds: options.rounds,
      budgetMs: options.budgetMs,
      warmUp: true,
      async ours() {
        const round = runs(seed)
        seed += SEEDS_A_ROUND
        events = round.events
        return round
      },
      bare: async () => emptyEvents(events),
    })
    const perSecond = (rounds: readonly Round[]): number[] => rounds.map((round) => round.events / round.seconds)
    const simulated = ours.map((round) => round.simulated / round.seconds)
    return [
      { what: 'events', unit: '/s', better: 'more', ours: perSecond(ours), bare: perSecond(bare) },
      {
        what: 'simulated s',
        unit: '/s',
        better: 'more',
        ours: simulated,
        // Real time.
        bare: simulated.map(() => 1),
        goal: { atLeast: SIMULATED_SECONDS_GOAL },
      },
    ]
  },
}

function runs(from: number): Round {
  const startMs = performance.now()
  let events = 0
  let simulated = 0
  for (let seed = from; seed < from + SEEDS_A_ROUND; seed++) {
    const result = run({ ...SWARM_DEFAULTS, seed })
    events += result.events
    simulated += result.endedMs / 1_000
  }
  return { events, simulated, seconds: (performance.now() - startMs) / 1_000 }
}

function emptyEvents(count: number): Round {
  const heap = new EventHeap()
  const nothing = (): void => undefined
  let random = 1
  const later = (nowMs: number): void => {
    random = (Math.imul(random, 1_103_515_245) + 12_345) >>> 0
    heap.push(nowMs + random / 2 ** 24, random, nothing)
  }
  for (let i = 0; i < DEPTH; i++) later(0)
  const startMs = performance.now()
  for (let i = 0; i < count; i++) {
    const next = heap.pop()
    next?.call()
    later(next?.atMs ?? 0)
  }
  return { events: count, simulated: 0, seconds: (performance.now() - startMs) / 1_000 }
}
