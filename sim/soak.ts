/**
 * Many seeds, one after the other or several at a time on worker threads, and what they show together. Each is judged by
 * itself; the order in which they end has no influence on any of them.
 */

import { Worker } from 'node:worker_threads'
import { run, runPlan, SAME_AGAIN } from './run.ts'
import { scenarioPlan } from './scenarios/index.ts'
import type { SwarmOptions } from './swarm.ts'

/** What every seed of a soak has in common. */
export interface SoakShape extends Omit<SwarmOptions, 'seed'> {
  /** Name of a scenario to run in place of what the seed would draw. */
  readonly scenario: string | undefined
}

/** What is kept of a run, and what passes between threads. */
export interface SeedReport {
  readonly seed: number
  readonly violation: { readonly id: string; readonly rule: string; readonly finding: string } | undefined
  readonly endedMs: number
  readonly agreedAfterMs: number
  readonly acknowledged: number
  readonly calls: number
  readonly events: number
  readonly frames: number
  readonly traceHash: string
  readonly counts: Readonly<Record<string, number>>
}

/** Each so many seeds one is run twice, for I16. */
const TWICE_EVERY = 50
/** A run makes much and keeps little: with room for it the collector has less to move. */
const ROOM = { maxYoungGenerationSizeMb: 48 }

export function runSeed(shape: SoakShape, seed: number): SeedReport {
  const once = runOnce(shape, seed)
  if (once.violation !== undefined || seed % TWICE_EVERY !== 0) return once
  const again = runOnce(shape, seed)
  if (again.traceHash === once.traceHash) return once
  const finding = `the trace is ${once.traceHash} and, run again, ${again.traceHash}`
  return { ...once, violation: { ...SAME_AGAIN, finding } }
}

function runOnce({ scenario, ...shape }: SoakShape, seed: number): SeedReport {
  const result = scenario === undefined ? run({ ...shape, seed }) : runPlan(scenarioPlan(scenario, seed))
  const { violation, ...report } = result
  if (violation === undefined) return { ...report, violation }
  const { id, rule, finding } = violation
  return { ...report, violation: { id, rule, finding } }
}

export interface SoakOptions {
  readonly shape: SoakShape
  readonly from: number
  readonly seeds: number
  /** Threads; 1 runs in this one. */
  readonly jobs: number
  /** Told of each; returns whether to go on. */
  report(report: SeedReport): boolean
}

export async function soak(options: SoakOptions): Promise<void> {
  const { shape, from, seeds, jobs, report } = options
  let next = from
  let goesOn = true
  const take = (): number | undefined => (goesOn && next < from + seeds ? next++ : undefined)
  const told = (one: SeedReport): void => {
    if (goesOn) goesOn = report(one)
  }
  if (jobs <= 1) for (let seed = take(); seed !== undefined; seed = take()) told(runSeed(shape, seed))
  else await runOnThreads(shape, jobs, take, told)
}

type Take = () => number | undefined
type Told = (report: SeedReport) => void

/** When one thread breaks, the others do not run on. */
async function runOnThreads(shape: SoakShape, jobs: number, take: Take, told: Told): Promise<void> {
  const workers: Worker[] = []
  try {
    await Promise.all(
      Array.from({ length: jobs }, () => {
        const seed = take()
        if (seed === undefined) return undefined
        const worker = new Worker(new URL('./soak-worker.js', import.meta.url), {
          workerData: shape,
          resourceLimits: ROOM,
        })
        workers.push(worker)
        return work(worker, seed, take, told)
      }),
    )
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()))
  }
}

/** Resolves when there are no more seeds. */
function work(worker: Worker, first: number, take: Take, told: Told): Promise<void> {
  return new Promise((resolve, reject) => {
    worker.on('message', (report: SeedReport) => {
      told(report)
      const seed = take()
      if (seed === undefined) resolve()
      else worker.postMessage(seed)
    })
    worker.on('error', reject)
    worker.on('exit', (code) => reject(new Error(`a thread of the soak ended by itself, with ${code}`)))
    worker.postMessage(first)
  })
}
