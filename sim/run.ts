/**
 * One run from a plan to its judgement, at once. The result is a function of the plan; a violation ends the run at the
 * instant in which it is found.
 */

import { Violation } from './checker.ts'
import type { Plan } from './plan.ts'
import { NODES_GO_ON, type RunWatch, Simulation } from './simulation.ts'
import { drawPlan, SWARM_DEFAULTS, type SwarmOptions } from './swarm.ts'
import { setTripwire, TripwireError } from './tripwire.ts'

export interface RunResult {
  readonly seed: number
  readonly violation: Violation | undefined
  /** Two runs of one plan have the same. */
  readonly traceHash: string
  /** Simulated ms when the run ended. */
  readonly endedMs: number
  /** Simulated ms until all agreed, from when faults and writes were both over. */
  readonly agreedAfterMs: number
  readonly events: number
  readonly frames: number
  /** Writes that a client was told are done. */
  readonly acknowledged: number
  /** Calls of clients. */
  readonly calls: number
  /** What happened how often, over all nodes and runs: for finding holes in the tests. */
  readonly counts: Readonly<Record<string, number>>
}

/** A run's chance and time are its own: how that is held is in `soak.ts`. */
export const SAME_AGAIN: Pick<Violation, 'id' | 'rule'> = { id: 'I16', rule: 'the same seed gives the same run' }

/** All that is judged, in the order of the list of invariants. */
export function rules(): readonly Pick<Violation, 'id' | 'rule'>[] {
  const { checkers } = new Simulation(drawPlan({ ...SWARM_DEFAULTS, seed: 0, seconds: 0 }))
  const number = ({ id }: { id: string }): number => Number(id.slice(1)) + (id.startsWith('L') ? 0 : 100)
  return [NODES_GO_ON, SAME_AGAIN, ...checkers].sort((a, b) => number(a) - number(b))
}

/** Draws the plan of a seed and runs it. */
export function run(options: SwarmOptions, watch?: RunWatch): RunResult {
  return runPlan(drawPlan(options), watch)
}

export function runPlan(plan: Plan, watch?: RunWatch): RunResult {
  const disarm = setTripwire()
  let simulation: Simulation | undefined
  let violation: Violation | undefined
  try {
    simulation = new Simulation(plan, watch)
    for (const untilMs of simulation.course()) simulation.world.run(untilMs)
  } catch (error) {
    violation = asViolation(error)
  }
  try {
    disarm()
  } catch (error) {
    violation = asViolation(error)
  }
  return resultOf(plan, simulation, violation)
}

/** What throws is the shipped code, or a fault of the simulator: the seed must be told in both cases. */
export function asViolation(error: unknown): Violation {
  if (error instanceof Violation) return error
  const words = error instanceof Error ? (error.stack ?? error.message) : String(error)
  return new Violation(error instanceof TripwireError ? SAME_AGAIN : NODES_GO_ON, words)
}

export function resultOf(plan: Plan, simulation: Simulation | undefined, violation: Violation | undefined): RunResult {
  if (simulation === undefined) throw violation ?? new Error('the simulation was not made')
  const { world, network, history, agreedAfterMs } = simulation
  if (violation !== undefined) world.traceText(violation.id)
  return {
    seed: plan.seed,
    violation,
    traceHash: world.traceHash(),
    endedMs: world.nowMs,
    agreedAfterMs,
    events: world.events,
    frames: network.frames,
    acknowledged: history.acknowledgedWrites,
    calls: history.calls.length,
    counts: simulation.tally(),
  }
}
