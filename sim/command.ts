/**
 * What `hearsay sim` does: runs seeds, replays one, lists what there is. The command line is the CLI's; here are plain
 * options and lines of text. A failing run prints the invariant in words, the seed, and the command that shows it again.
 */

import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { HearsayError } from '../src/core/errors.ts'
import { FAULT_FAMILIES, isFaultKind } from './faults/index.ts'
import { type Broken, checkFiles, record, tellNotWritten, writePlan, writeReport, writeShrunk } from './kept-files.ts'
import { listing, listingLines } from './listing.ts'
import type { Plan } from './plan.ts'
import { parsePlan } from './plan-text.ts'
import { textTrace } from './report/text-trace.ts'
import { type RunResult, rules, runPlan, SAME_AGAIN } from './run.ts'
import { SCENARIOS, STORY_FAMILIES, scenarioOf, scenarioPlan } from './scenarios/index.ts'
import { type SeedReport, soak } from './soak.ts'
import { SoakTally } from './soak-tally.ts'
import { neverHappened } from './sometimes.ts'
import { drawPlan, SWARM_DEFAULTS } from './swarm.ts'

export interface SimArgs {
  readonly seeds: number
  readonly from: number
  readonly nodes: number
  readonly seconds: number
  readonly ops: number
  /** Kinds of faults; empty for the usual ones; `none` for a calm run. */
  readonly faults: readonly string[]
  readonly scenario: string | undefined
  /** 0: one for each core. */
  readonly jobs: number
  /** Stop at the first seed that breaks this invariant. */
  readonly until: string | undefined
  /** File for the test that a failing run becomes. */
  readonly shrink: string | undefined
  /** File for the picture. */
  readonly report: string | undefined
  /** File for the plan of a replay, as JSON. */
  readonly plan: string | undefined
  /** Print every frame and call. */
  readonly trace: boolean
  readonly json: boolean
}

export interface SimOutput {
  line(text: string): Promise<void>
  /** A line that is written over. */
  progress(text: () => string): void
  /** How the command was called, for replay lines: `hearsay sim` or `npm run sim --`. */
  readonly program: string
}

/** From so many seeds on everything that may happen should have. */
const SOAK_SEEDS_MIN = 300

/** Runs so many seeds. Resolves with whether all invariants held. Throws `ERR_USAGE`. */
export async function simRun(args: SimArgs, out: SimOutput): Promise<boolean> {
  const options = checked(args)
  checkFiles(args)
  const jobs = Math.min(args.seeds, args.jobs === 0 ? availableParallelism() : args.jobs)
  const seconds = stopwatch()
  const tally = new SoakTally()
  const told: Promise<void>[] = []
  await soak({
    shape: { ...options, scenario: args.scenario },
    from: args.from,
    seeds: args.seeds,
    jobs,
    report(one) {
      tally.add(one)
      out.progress(
        () => `${tally.ran} of ${args.seeds} seeds, ${tally.failed.length} failed, ${seconds().toFixed(0)} s`,
      )
      if (one.violation === undefined) return true
      told.push(tellFailure(one, args, out))
      return one.violation.id !== args.until
    },
  })
  await Promise.all(told)
  // A few seeds meet little, and what was not let happen is no hole.
  const isSoak = args.seeds >= SOAK_SEEDS_MIN && args.scenario === undefined && args.faults.length === 0
  const never = isSoak ? neverHappened(tally.counts) : []
  if (args.json) await out.line(JSON.stringify(tally.plain(seconds(), never)))
  else for (const line of tally.lines(seconds(), jobs, never)) await out.line(line)
  // The result as JSON is one line and no more.
  const files = args.json ? { ...out, line: () => Promise.resolve() } : out
  const [first] = tally.failed
  if (first?.violation !== undefined) await keepFailure(planOfSeed(args, first.seed), first.violation, args, files)
  else await tellNotWritten([args.report, args.shrink], files)
  return tally.failed.length === 0
}

/** Replays a seed, or the plan in a file. Resolves with whether all invariants held. */
export async function simReplay(target: string, args: SimArgs, out: SimOutput): Promise<boolean> {
  checkFiles(args)
  const isSeed = /^\d+$/.test(target)
  const plan = isSeed ? planOfSeed(args, Number(target)) : planIn(target)
  const replay = isSeed ? replayCommand(plan.seed, args, out) : `${out.program} replay ${target}`
  const files = args.json ? { ...out, line: () => Promise.resolve() } : out
  if (args.plan !== undefined) await writePlan(plan, args.plan, files)
  const lines: string[] = []
  const seconds = stopwatch()
  const recorded = args.trace || args.report !== undefined ? record(plan, replay) : undefined
  const result = recorded?.result ?? runPlan(plan, { tell: (line) => lines.push(line) })
  const wallMs = seconds() * 1_000
  const again = runPlan(plan).traceHash
  const broken = result.violation ?? differing(result.traceHash, again)
  const recording = recorded?.recording(broken)
  if (args.json) await out.line(JSON.stringify(plainResult(result, broken)))
  else {
    if (recording !== undefined && args.trace) lines.push(textTrace(recording))
    for (const line of [...lines, '', ...resultLines(result, broken, again, wallMs)]) await out.line(line)
  }
  if (recording !== undefined && args.report !== undefined) await writeReport(recording, args.report, files)
  if (broken === undefined) await tellNotWritten([args.shrink], files)
  else if (args.shrink !== undefined) await writeShrunk(plan, broken, args.shrink, files, stopwatch())
  return broken === undefined
}

/** Says what there is: faults, scenarios, invariants, and what is off and why. */
export async function simList({ json }: Pick<SimArgs, 'json'>, out: SimOutput): Promise<void> {
  const all = listing()
  if (json) await out.line(JSON.stringify(all))
  else for (const line of listingLines(all)) await out.line(line)
}

/** Seconds since now. */
function stopwatch(): () => number {
  const startedMs = performance.now()
  return () => (performance.now() - startedMs) / 1_000
}

/** Two runs of one plan must have one trace. */
function differing(first: string, again: string): Broken | undefined {
  if (again === first) return undefined
  return { ...SAME_AGAIN, finding: `the trace is ${first} and, run again, ${again}` }
}

function plainResult(result: RunResult, broken: Broken | undefined): object {
  const { traceHash: trace, violation: _, ...figures } = result
  if (broken === undefined) return { ...figures, trace, violation: null }
  const { id, rule, finding } = broken
  return { ...figures, trace, violation: { id, rule, finding } }
}

function resultLines(result: RunResult, broken: Broken | undefined, again: string, wallMs: number): readonly string[] {
  const { calls, acknowledged, frames, events, traceHash } = result
  const agreed = (result.agreedAfterMs / 1_000).toFixed(1)
  return [
    broken === undefined
      ? `all invariants held; agreed ${agreed} s after faults and writes were over`
      : `${broken.id} is broken: ${broken.rule}\n  ${broken.finding}`,
    `${calls} calls, ${acknowledged} writes acknowledged, ${frames} frames, ${events} events, ${wallMs.toFixed(0)} ms`,
    `trace ${traceHash}${again === traceHash ? ', the same when run again' : `, but ${again} when run again`}`,
  ]
}

function checked(args: SimArgs): Omit<typeof SWARM_DEFAULTS, 'seed'> {
  const { nodes, seconds, ops: opsPerSecond, scenario, until } = args
  if (scenario !== undefined && scenarioOf(scenario) === undefined) {
    const names = [...SCENARIOS, ...STORY_FAMILIES].map(({ name }) => name).join(', ')
    throw new HearsayError('ERR_USAGE', `there is no scenario ${scenario}; there are ${names}`)
  }
  if (until !== undefined && !rules().some(({ id }) => id === until)) {
    const ids = rules().map(({ id }) => id)
    throw new HearsayError('ERR_USAGE', `--until takes an invariant that is judged: ${ids.join(', ')}`)
  }
  const kinds = args.faults.length === 0 ? SWARM_DEFAULTS.faults : args.faults.filter((kind) => kind !== 'none')
  const unknown = kinds.filter((kind) => !isFaultKind(kind))
  if (unknown.length > 0) {
    const known = FAULT_FAMILIES.map(({ kind }) => kind).join(', ')
    throw new HearsayError('ERR_USAGE', `there is no fault ${unknown.join(', ')}; there are ${known}`)
  }
  return { nodes, seconds, opsPerSecond, faults: kinds }
}

function planOfSeed(args: SimArgs, seed: number): Plan {
  const shape = checked(args)
  return args.scenario === undefined ? drawPlan({ ...shape, seed }) : scenarioPlan(args.scenario, seed)
}

function planIn(file: string): Plan {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    throw new HearsayError('ERR_USAGE', `cannot read ${file}: ${(error as Error).message}`)
  }
  return parsePlan(text)
}

function replayCommand(seed: number, args: SimArgs, out: SimOutput): string {
  const flags: string[] = []
  if (args.scenario !== undefined) flags.push(`--scenario ${args.scenario}`)
  if (args.nodes !== SWARM_DEFAULTS.nodes) flags.push(`--nodes ${args.nodes}`)
  if (args.seconds !== SWARM_DEFAULTS.seconds) flags.push(`--seconds ${args.seconds}`)
  if (args.ops !== SWARM_DEFAULTS.opsPerSecond) flags.push(`--ops ${args.ops}`)
  if (args.faults.length > 0) flags.push(`--faults ${args.faults.join(',')}`)
  return [`${out.program} replay ${seed}`, ...flags].join(' ')
}

async function tellFailure({ seed, endedMs, violation }: SeedReport, args: SimArgs, out: SimOutput): Promise<void> {
  if (violation === undefined || args.json) return
  const { id, rule, finding } = violation
  await out.line(
    `\nseed ${seed} failed after ${(endedMs / 1_000).toFixed(1)} simulated seconds\n${id} is broken: ${rule}\n  ${finding}\nreplay: ${replayCommand(seed, args, out)}\n`,
  )
}

async function keepFailure(plan: Plan, broken: Broken, args: SimArgs, out: SimOutput): Promise<void> {
  if (args.report !== undefined) {
    const { recording } = record(plan, replayCommand(plan.seed, args, out))
    await writeReport(recording(broken), args.report, out)
  }
  if (args.shrink !== undefined) await writeShrunk(plan, broken, args.shrink, out, stopwatch())
}
