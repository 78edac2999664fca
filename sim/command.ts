/**
 * What `hearsay sim` does: runs seeds, replays one, lists what there is. The command line is the CLI's; here are plain
 * options and lines of text. A failing run prints the invariant in words, the seed, and the command that shows it again.
 */

import { readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { HearsayError } from '../src/core/errors.ts'
import { CHECKERS_OFF } from './checkers/index.ts'
import { FAULT_FAMILIES, isFaultKind } from './faults/index.ts'
import type { Plan } from './plan.ts'
import { parsePlan } from './plan-text.ts'
import { aboutViolation, Recorder } from './recorder.ts'
import type { Recording } from './recording.ts'
import { renderReport } from './report/page.ts'
import { textTrace } from './report/text-trace.ts'
import { type RunResult, rules, runPlan } from './run.ts'
import { SCENARIOS, scenarioOf, scenarioPlan } from './scenarios/index.ts'
import { asTest } from './shrink/as-test.ts'
import { shrinkPlan } from './shrink/shrink-plan.ts'
import { type SeedReport, soak } from './soak.ts'
import { neverHappened } from './sometimes.ts'
import { clientNames, drawPlan, nodeNames, SWARM_DEFAULTS } from './swarm.ts'

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

/** Runs so many seeds. Resolves with whether all invariants held. Throws `ERR_USAGE`. */
export async function simRun(args: SimArgs, out: SimOutput): Promise<boolean> {
  const options = checked(args)
  const jobs = args.jobs === 0 ? availableParallelism() : args.jobs
  const startedMs = performance.now()
  const seconds = (): number => (performance.now() - startedMs) / 1_000
  const failed: SeedReport[] = []
  const told: Promise<void>[] = []
  const counts: Record<string, number> = {}
  const sum = { ran: 0, simulatedMs: 0, agreedMs: 0, acknowledged: 0, calls: 0, frames: 0, events: 0 }
  await soak({
    shape: { ...options, scenario: args.scenario },
    from: args.from,
    seeds: args.seeds,
    jobs: Math.min(jobs, args.seeds),
    report(one) {
      sum.ran++
      sum.simulatedMs += one.endedMs
      sum.agreedMs = Math.max(sum.agreedMs, one.agreedAfterMs)
      sum.acknowledged += one.acknowledged
      sum.calls += one.calls
      sum.frames += one.frames
      sum.events += one.events
      for (const [name, count] of Object.entries(one.counts)) counts[name] = (counts[name] ?? 0) + count
      out.progress(() => `${sum.ran} of ${args.seeds} seeds, ${failed.length} failed, ${seconds().toFixed(0)} s`)
      if (one.violation === undefined) return true
      failed.push(one)
      told.push(tellFailure(one, args, out))
      return one.violation.id !== args.until
    },
  })
  await Promise.all(told)
  const simulated = sum.simulatedMs / 1_000
  const never = args.scenario === undefined ? neverHappened(counts) : []
  if (args.json) {
    const failures = failed.map(({ seed, violation }) => ({ seed, ...violation }))
    await out.line(
      JSON.stringify({ ...sum, seconds: seconds(), failures, counts, never: never.map(({ name }) => name) }),
    )
  } else {
    await out.line(
      `${sum.ran} seeds, ${failed.length} failures; ${seconds().toFixed(1)} s on ${jobs} threads, ${(simulated / seconds()).toFixed(0)} simulated seconds a second`,
    )
    await out.line(
      `a simulated second: ${(sum.calls / simulated).toFixed(0)} client calls, ${(sum.frames / simulated).toFixed(0)} frames, ${(sum.events / simulated).toFixed(0)} events; slowest agreement ${(sum.agreedMs / 1_000).toFixed(1)} s after faults and writes were over; ${sum.acknowledged} writes acknowledged`,
    )
    await out.line(
      `counts: ${Object.entries(counts)
        .sort()
        .map(([name, n]) => `${name} ${n}`)
        .join(', ')}`,
    )
    for (const { name, text } of never) await out.line(`never happened: ${name} (${text})`)
    if (failed.length > 0) await out.line(`failed: ${failed.map(({ seed }) => seed).join(' ')}`)
  }
  const [first] = failed
  // The result as JSON is one line and no more.
  const files = args.json ? { ...out, line: () => Promise.resolve() } : out
  if (first !== undefined) await keepFailure(planOfSeed(args, first.seed), args, files)
  return failed.length === 0
}

/** Replays a seed, or the plan in a file. Resolves with whether all invariants held. */
export async function simReplay(target: string, args: SimArgs, out: SimOutput): Promise<boolean> {
  const plan = /^\d+$/.test(target) ? planOfSeed(args, Number(target)) : parsePlan(readFileSync(target, 'utf8'))
  const replay = /^\d+$/.test(target) ? replayCommand(plan.seed, args, out) : `${out.program} replay ${target}`
  const lines: string[] = []
  const startedMs = performance.now()
  const { result, recording } = args.trace || args.report !== undefined ? record(plan, replay) : plain(plan, lines)
  const wallMs = performance.now() - startedMs
  if (recording !== undefined && args.trace) await out.line(textTrace(recording))
  for (const line of lines) await out.line(line)
  const again = runPlan(plan)
  const isSame = again.traceHash === result.traceHash
  await out.line('')
  if (result.violation !== undefined) await out.line(result.violation.message)
  else {
    const agreed = (result.agreedAfterMs / 1_000).toFixed(1)
    await out.line(`all invariants held; agreed ${agreed} s after faults and writes were over`)
  }
  await out.line(
    `${result.calls} calls, ${result.acknowledged} writes acknowledged, ${result.frames} frames, ${result.events} events, ${wallMs.toFixed(0)} ms`,
  )
  await out.line(
    `trace ${result.traceHash}${isSame ? ', the same when run again' : `, but ${again.traceHash} when run again: I16 is broken`}`,
  )
  if (recording !== undefined && args.report !== undefined) await writeReport(recording, args.report, out)
  if (result.violation !== undefined) await keepShrunk(plan, result, args, out)
  return result.violation === undefined && isSame
}

/** Says what there is: faults, scenarios, invariants, and what is off and why. */
export async function simList(out: SimOutput): Promise<void> {
  const table = async (
    title: string,
    rows: readonly (readonly [string, string, string | undefined])[],
  ): Promise<void> => {
    await out.line(title)
    const width = Math.max(...rows.map(([name]) => name.length))
    for (const [name, text, off] of rows) {
      await out.line(`  ${name.padEnd(width)}  ${text}`)
      if (off !== undefined) await out.line(`  ${' '.repeat(width)}  off: ${off}`)
    }
    await out.line('')
  }
  await table(
    'Faults (a seed switches some of them on):',
    FAULT_FAMILIES.map(({ kind, text, off }) => [kind, text, off]),
  )
  await table(
    'Scenarios (--scenario NAME):',
    SCENARIOS.map(({ name, text, off }) => [name, text, off]),
  )
  await table('Invariants:', [
    ...rules().map(({ id, rule }) => [id, rule, undefined] as const),
    ...CHECKERS_OFF.map(({ id, rule, off }) => [id, rule, off] as const),
  ])
}

interface Ran {
  readonly result: RunResult
  readonly recording: Recording | undefined
}

function plain(plan: Plan, lines: string[]): Ran {
  return { result: runPlan(plan, { tell: (line) => lines.push(line) }), recording: undefined }
}

/** Runs it and keeps what there is to see. */
export function record(plan: Plan, replay: string): { readonly result: RunResult; readonly recording: Recording } {
  const recorder = new Recorder()
  const result = runPlan(plan, { recorder })
  const nodes = nodeNames(plan.nodes)
  const keys = new Set(
    plan.steps.flatMap((step) =>
      'key' in step ? [step.key] : 'changes' in step ? step.changes.map(({ key }) => key) : [],
    ),
  )
  const { violation, endedMs } = result
  const about = violation === undefined ? undefined : aboutViolation(violation, endedMs, keys, nodes)
  const head = { seed: plan.seed, replay, calmMs: plan.lengthMs, endedMs, violation: about }
  return { result, recording: recorder.finish(head, nodes, clientNames(plan.clients)) }
}

function checked(args: SimArgs): Omit<typeof SWARM_DEFAULTS, 'seed'> {
  const { nodes, seconds, ops: opsPerSecond, scenario, until } = args
  if (scenario !== undefined && scenarioOf(scenario) === undefined) {
    const names = SCENARIOS.map(({ name }) => name).join(', ')
    throw new HearsayError('ERR_USAGE', `there is no scenario ${scenario}; there are ${names}`)
  }
  if (until !== undefined && !/^[IL]\d{1,2}$/.test(until))
    throw new HearsayError('ERR_USAGE', '--until takes an invariant, as in I7')
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

async function keepFailure(plan: Plan, args: SimArgs, out: SimOutput): Promise<void> {
  if (args.report === undefined && args.shrink === undefined) return
  const { result, recording } = record(plan, replayCommand(plan.seed, args, out))
  if (args.report !== undefined) await writeReport(recording, args.report, out)
  await keepShrunk(plan, result, args, out)
}

async function keepShrunk(plan: Plan, { violation }: RunResult, args: SimArgs, out: SimOutput): Promise<void> {
  if (args.shrink === undefined || violation === undefined) return
  const startedMs = performance.now()
  const { id } = violation
  const failsSame = (smaller: Plan): boolean => runPlan(smaller).violation?.id === id
  const small = shrinkPlan(plan, failsSame, { progress: (text) => out.progress(() => text) })
  const found = runPlan(small.plan).violation ?? violation
  writeFileSync(args.shrink, asTest(small.plan, found))
  const seconds = ((performance.now() - startedMs) / 1_000).toFixed(1)
  await out.line(
    `${args.shrink}: ${small.stepsBefore} steps became ${small.stepsAfter}, in ${small.runs} runs and ${seconds} s`,
  )
}

async function writeReport(recording: Recording, file: string, out: SimOutput): Promise<void> {
  const page = renderReport(recording)
  writeFileSync(file, page)
  await out.line(`${file}: the picture of ${recording.events.length} events, ${Buffer.byteLength(page)} bytes`)
}
