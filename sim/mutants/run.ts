/**
 * Runs the simulator on a mutant, in a process of its own, until the checker that must find the bug does. What other
 * checkers find before that is noted.
 */

import { spawn } from 'node:child_process'
import type { Mutant } from './mutant.ts'
import { plant } from './plant.ts'

/** Longer than this a mutant does not run, ms: it may hang the simulator. */
const RUN_MS_MAX = 300_000

export interface Hunt {
  readonly mutant: Mutant
  /** Seeds until its checker found it; `undefined` when it did not. */
  readonly seeds: number | undefined
  /** What was found first, and in which seed. */
  readonly first: { readonly checker: string; readonly seeds: number } | undefined
  /** What the checker said, or how the process ended. */
  readonly words: string
}

/** Runs seeds from 1 up to `seedsMax`. */
export function hunt(mutant: Mutant, built: string, seedsMax: number): Promise<Hunt> {
  const program = plant(mutant, built)
  return new Promise((resolve, reject) => {
    const scenario = mutant.scenario === undefined ? [] : ['--scenario', mutant.scenario]
    const flags = ['--seeds', String(seedsMax), '--until', mutant.checker, '--jobs', '1', ...scenario]
    const child = spawn(process.execPath, [program, 'sim', 'run', ...flags], { timeout: RUN_MS_MAX })
    let said = ''
    child.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString()
    })
    child.stderr.on('data', (chunk: Buffer) => {
      said += chunk.toString()
    })
    child.on('error', reject)
    child.on('close', () => resolve(judge(mutant, said)))
  })
}

/** Reads what the simulator printed: `seed 7 failed …`, and below it `I7 is broken: …`. */
export function judge(mutant: Mutant, said: string): Hunt {
  const found = [...said.matchAll(/^seed (\d+) failed.*\n(\w+) is broken: .*\n(.*)/gm)].map(
    ([, seed, checker, words]) => ({ seeds: Number(seed), checker: checker ?? '', words: words?.trim() ?? '' }),
  )
  const hit = found.find(({ checker }) => checker === mutant.checker)
  const words = hit?.words ?? found[0]?.words ?? said.trim().split('\n').slice(-1)[0] ?? ''
  return { mutant, seeds: hit?.seeds, first: found[0], words }
}
