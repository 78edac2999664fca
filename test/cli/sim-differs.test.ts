/** A replay that gives another run than before has broken I16, whatever else held: it says so, and leaves what shows it. */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it, vi } from 'vitest'
import { type SimArgs, simReplay } from '../../sim/command.ts'
import type { RunResult } from '../../sim/run.ts'
import { newFolder } from '../platform/folders.ts'

const state = vi.hoisted(() => ({ runs: 0 }))

vi.mock('../../sim/run.ts', async (original) => {
  const run = await original<typeof import('../../sim/run.ts')>()
  const runPlan = (...args: Parameters<typeof run.runPlan>): RunResult => {
    // As if it had read the clock of the machine.
    return { ...run.runPlan(...args), traceHash: (++state.runs).toString(16).padStart(16, '0') }
  }
  return { ...run, runPlan }
})

const ARGS: SimArgs = {
  ...{ seeds: 1, from: 1, nodes: 2, seconds: 1, ops: 2, faults: ['none'], scenario: undefined, jobs: 1 },
  ...{ until: undefined, shrink: undefined, report: undefined, plan: undefined, trace: false, json: false },
}

async function replayed(more: Partial<SimArgs>): Promise<{ readonly held: boolean; readonly text: string }> {
  const lines: string[] = []
  const out = { line: async (text: string) => void lines.push(text), progress: () => undefined, program: 'hearsay sim' }
  const held = await simReplay('1', { ...ARGS, ...more }, out)
  return { held, text: lines.join('\n') }
}

it('is told as broken, and nothing is told as held', async () => {
  for (const trace of [false, true]) {
    const { held, text } = await replayed({ trace })
    expect(held).toBe(false)
    expect(text).toMatch(/^I16 is broken: the same seed gives the same run\n {2}the trace is 0.* and, run again, 0/m)
    expect(text).not.toMatch(/invariants held/i)
  }
  const { text } = await replayed({ json: true })
  expect(JSON.parse(text)).toMatchObject({ violation: { id: 'I16' } })
})

it('leaves a picture and a test of it', async () => {
  const folder = newFolder()
  const [report, shrink] = [join(folder, 'run.html'), join(folder, 'small.test.ts')]
  const { text } = await replayed({ report, shrink })
  expect(readFileSync(report, 'utf8')).toContain('I16 broken')
  expect(readFileSync(shrink, 'utf8')).toContain('I16: the same seed gives the same run')
  expect(text).toMatch(/small\.test\.ts: \d+ steps became 0, /)
})
