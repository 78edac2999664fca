/**
 * The files that `hearsay sim` leaves: the picture of a run, its plan, and the test that a failing run becomes. That they
 * can be written is found out before anything runs, and a file that was not written is not there.
 */

import { closeSync, existsSync, openSync, unlinkSync, writeFileSync } from 'node:fs'
import { HearsayError } from '../src/core/errors.ts'
import type { SimArgs, SimOutput } from './command.ts'
import type { Plan } from './plan.ts'
import { checkPlan, planText } from './plan-text.ts'
import { Recorder } from './recorder.ts'
import type { Recording } from './recording.ts'
import { renderReport } from './report/page.ts'
import { type RunResult, runPlan, SAME_AGAIN } from './run.ts'
import { asTest } from './shrink/as-test.ts'
import { shrinkPlan } from './shrink/shrink-plan.ts'
import { clientNames, nodeNames } from './swarm.ts'

/** What is broken, in words. */
export interface Broken {
  readonly id: string
  readonly rule: string
  readonly finding: string
}

/** Throws `ERR_USAGE`. What stands in the files stays. */
export function checkFiles({ report, shrink, plan }: SimArgs): void {
  for (const file of [report, shrink, plan]) {
    if (file === undefined) continue
    const wasThere = existsSync(file)
    try {
      closeSync(openSync(file, 'a'))
      if (!wasThere) unlinkSync(file)
    } catch (error) {
      throw new HearsayError('ERR_USAGE', `cannot write ${file}: ${(error as Error).message}`)
    }
  }
}

export interface Recorded {
  readonly result: RunResult
  /** With what is broken, which may show only when the plan runs again. */
  recording(violation: Broken | undefined): Recording
}

/** Runs it and keeps what there is to see. */
export function record(plan: Plan, replay: string): Recorded {
  const recorder = new Recorder()
  const result = runPlan(plan, { recorder })
  const keys = new Set(
    plan.steps.flatMap((step) =>
      'key' in step ? [step.key] : 'changes' in step ? step.changes.map(({ key }) => key) : [],
    ),
  )
  const [nodes, clients] = [nodeNames(plan.nodes), clientNames(plan.clients)]
  const about = { seed: plan.seed, replay, nodes, clients, calmMs: plan.lengthMs, endedMs: result.endedMs }
  return { result, recording: (violation) => recorder.finish({ ...about, violation }, keys) }
}

export async function writeReport(recording: Recording, file: string, out: SimOutput): Promise<void> {
  const page = renderReport(recording)
  writeFileSync(file, page)
  await out.line(`${file}: the picture of ${recording.events.length} events, ${Buffer.byteLength(page)} bytes`)
}

export async function writePlan(plan: Plan, file: string, out: SimOutput): Promise<void> {
  writeFileSync(file, planText(plan))
  await out.line(`${file}: the plan, ${plan.steps.length} steps`)
}

/** Makes the plan small as long as the same is broken. `seconds`: how long that has taken. */
export async function writeShrunk(
  plan: Plan,
  broken: Broken,
  file: string,
  out: SimOutput,
  seconds: () => number,
): Promise<void> {
  const small = shrinkPlan(plan, (smaller) => isBroken(smaller, broken.id), {
    progress: (text) => out.progress(() => text),
  })
  writeFileSync(file, asTest(small.plan, runPlan(small.plan).violation ?? broken))
  await out.line(
    `${file}: ${small.stepsBefore} steps became ${small.stepsAfter}, in ${small.runs} runs and ${seconds().toFixed(1)} s`,
  )
}

/** For runs in which nothing is broken. */
export async function tellNotWritten(files: readonly (string | undefined)[], out: SimOutput): Promise<void> {
  for (const file of files) if (file !== undefined) await out.line(`nothing failed: ${file} was not written`)
}

function isBroken(plan: Plan, id: string): boolean {
  if (!isSound(plan)) return false
  const once = runPlan(plan)
  if (once.violation !== undefined || id !== SAME_AGAIN.id) return once.violation?.id === id
  return runPlan(plan).traceHash !== once.traceHash
}

/** Whether somebody could replay it: a fault about a node that no longer joins breaks the simulator, not the cluster. */
function isSound(plan: Plan): boolean {
  try {
    checkPlan(plan)
    return true
  } catch {
    return false
  }
}
