/**
 * `simulate`: a program of a user against a simulated cluster. The program holds real clients of the shipped code and
 * waits for real promises, but time, network, disks and chance are the simulator's: an hour of partitions takes
 * seconds, and a seed that fails fails again. All invariants of the simulator are held against the cluster meanwhile.
 */

import { HearsayError } from '../src/core/errors.ts'
import type { FsyncMode } from '../src/storage/fsync-mode.ts'
import { Violation } from './checker.ts'
import { type Fault, isFaultKind, SWARM_KINDS } from './faults/index.ts'
import { NODES_MAX, OPS_MAX, SECONDS_MAX } from './limits.ts'
import { isOperation, type Plan } from './plan.ts'
import { checkPlan } from './plan-text.ts'
import { type Cluster, Program } from './program.ts'
import { Recorder } from './recorder.ts'
import { renderReport } from './report/page.ts'
import { textTrace } from './report/text-trace.ts'
import { asViolation, type RunResult, resultOf } from './run.ts'
import { PROGRAM_ENDS, Simulation } from './simulation.ts'
import { clientNames, drawPlan, nodeNames } from './swarm.ts'
import { setTripwire } from './tripwire.ts'
import { programsTurn } from './turn.ts'

export type { Cluster } from './program.ts'

export interface SimulateOptions {
  /** Decides everything that is not said: an integer, 0 to 2^32 − 1. Default 1. */
  readonly seed?: number
  /** Nodes of the cluster, `n1` …, 1 to 50. Default 3. */
  readonly nodes?: number
  /**
   * Simulated seconds with faults, up to 86,400. Default 30. The run goes on until the program is done, but for ten more
   * simulated minutes at most: a program that sleeps for an hour needs `seconds: 3_600`.
   */
  readonly seconds?: number
  /** Kinds of faults that the seed may switch on, as in `hearsay sim list`; `'all'` for the usual ones; or faults with their times. Default none. */
  readonly faults?: 'all' | readonly string[] | readonly Fault[]
  /** Operations a simulated second of clients beside the program, on keys `k0` … `k59`. Default 0. */
  readonly background?: number
  /** Default `always`. */
  readonly fsync?: FsyncMode
  /** The program. When it rejects the run has failed, and ends. */
  workload(cluster: Cluster): Promise<void>
}

const OPTIONS: ReadonlySet<string> = new Set([
  'seed',
  'nodes',
  'seconds',
  'faults',
  'background',
  'fsync',
  'workload',
] satisfies (keyof SimulateOptions)[])

export interface SimulateResult extends RunResult {
  /** Whether the program and all invariants held. */
  readonly ok: boolean
  /** What the program threw, or undefined. */
  readonly error: unknown
  /** The run in lines of text. */
  trace(): string
  /** The run as a page to look at: one file of HTML. */
  report(): string
}

/** Nodes that cannot serve for so long are what the program finds, ms. */
const READY_MS_MAX = 10_000

/**
 * Runs the program against a simulated cluster, once. Rejects only with `ERR_INVALID_ARGUMENT`, for wrong options; what
 * goes wrong in the run is in the result. The same options give the same run, event by event, if the program takes time
 * and chance from the cluster alone: compare `traceHash`. Nobody stops a program from calling `Date.now`, `setTimeout` or
 * `Math.random` of its own: then the runs differ.
 */
export async function simulate(options: SimulateOptions): Promise<SimulateResult> {
  const plan = planOf(options)
  const recorder = new Recorder()
  const simulation = new Simulation(plan, { recorder })
  const program = new Program(simulation)
  let violation: Violation | undefined
  let error: unknown
  let done: Promise<void> = Promise.resolve()
  const begin = (): void => {
    done = start(options.workload, program).then(
      () => program.end(),
      (reason: unknown) => {
        error = reason ?? new Error('the program was rejected')
      },
    )
  }
  try {
    await drive(simulation, program, begin, () => error !== undefined)
    if (error === undefined) await done
    else throw error instanceof Violation ? error : new Violation(PROGRAM_ENDS, wordsOf(error))
  } catch (thrown) {
    violation = asViolation(thrown)
    if (violation.id === PROGRAM_ENDS.id && error === undefined)
      violation = new Violation(PROGRAM_ENDS, program.whyItRuns(plan.lengthMs / 1_000))
  }
  const result = resultOf(plan, simulation, violation)
  const about = {
    seed: plan.seed,
    replay: `simulate({ seed: ${plan.seed}, … })`,
    nodes: nodeNames(plan.nodes),
    clients: [...clientNames(plan.clients), ...program.clients],
    calmMs: plan.lengthMs,
    endedMs: result.endedMs,
    violation,
  }
  const recording = recorder.finish(about, simulation.ledger.asked.keys())
  return {
    ...result,
    ok: violation === undefined,
    error,
    trace: () => textTrace(recording),
    report: () => renderReport(recording),
  }
}

/** What it throws before its first wait counts like what it throws later. */
async function start(workload: SimulateOptions['workload'], program: Cluster): Promise<void> {
  await workload(program)
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}

/** The program begins when all nodes serve, or after a while in which faults kept some from it. */
async function drive(
  simulation: Simulation,
  program: Program,
  begin: () => void,
  hasFailed: () => boolean,
): Promise<void> {
  const { world, nodes } = simulation
  let hasBegun = false
  const mayBegin = (): boolean =>
    !hasBegun && (world.nowMs >= READY_MS_MAX || nodes.every(({ isServing }) => isServing))
  for (const untilMs of simulation.course(() => program.isBusy)) {
    let isMore = true
    while (isMore) {
      const disarm = setTripwire()
      try {
        isMore = false
        while (world.step(untilMs)) {
          if (!program.isTouched && !mayBegin()) continue
          isMore = true
          break
        }
      } finally {
        disarm()
      }
      program.isTouched = false
      if (mayBegin()) {
        hasBegun = true
        begin()
      }
      await programsTurn()
      if (hasFailed()) return
    }
    world.run(untilMs)
  }
}

function planOf(options: SimulateOptions): Plan {
  if (typeof options !== 'object' || options === null) throw wrong('simulate needs an object with options')
  const unknown = Object.keys(options).filter((name) => !OPTIONS.has(name))
  if (unknown.length > 0) throw wrong(`there is no option ${unknown.join(', ')}; there are ${[...OPTIONS].join(', ')}`)
  const { seed = 1, nodes = 3, seconds = 30, faults = [], background = 0, fsync = 'always' } = options
  if (!Number.isInteger(nodes) || nodes < 1 || nodes > NODES_MAX) throw wrong(`nodes must be 1 to ${NODES_MAX}`)
  if (!(seconds >= 0 && seconds <= SECONDS_MAX)) throw wrong(`seconds must be 0 to ${SECONDS_MAX}`)
  if (!(background >= 0 && background <= OPS_MAX)) throw wrong(`background must be 0 to ${OPS_MAX} operations a second`)
  if (typeof options.workload !== 'function') throw wrong('workload must be a function')
  const listed: readonly (string | Fault)[] = faults === 'all' ? SWARM_KINDS : faults
  if (!Array.isArray(listed)) throw wrong("faults must be 'all' or an array")
  const kinds = listed.filter((fault) => typeof fault === 'string')
  const strange = kinds.filter((kind) => !isFaultKind(kind))
  if (strange.length > 0) throw wrong(`there is no fault ${strange.join(', ')}; see: hearsay sim list`)
  const drawn = drawPlan({ seed, nodes, seconds, opsPerSecond: Math.max(background, 1), faults: kinds })
  const told = listed.filter((fault) => typeof fault !== 'string')
  // What a core of the cluster must agree on by itself is not for programs that cut it at will.
  const plan = checkPlan({ ...drawn, fsync, core: { nodes: [], links: [] }, steps: told }, 'faults')
  const steps = drawn.steps.filter((step) => background > 0 || !isOperation(step))
  return {
    ...plan,
    clients: background > 0 ? plan.clients : 0,
    steps: [...steps, ...plan.steps].sort((a, b) => a.atMs - b.atMs),
  }
}

function wrong(text: string): HearsayError {
  return new HearsayError('ERR_INVALID_ARGUMENT', text)
}
