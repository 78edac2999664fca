/** `hearsay sim`: the flags are those of the simulator, its lists are complete, and what it says and writes can be used. */

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { CHECKERS_OFF } from '../../sim/checkers/index.ts'
import { FAULT_FAMILIES } from '../../sim/faults/index.ts'
import { planText } from '../../sim/plan-text.ts'
import { rules } from '../../sim/run.ts'
import { SCENARIOS, scenarioPlan } from '../../sim/scenarios/index.ts'
import { drawPlan, SWARM_DEFAULTS } from '../../sim/swarm.ts'
import { resolveFlags } from '../../src/cli/flags.ts'
import { sim } from '../../src/cli/verbs/sim.ts'
import { newFolder } from '../platform/folders.ts'
import { run } from './command.ts'

/** Seconds enough for a run that fails as it should. */
const FAILING = ['sim', 'run', '--scenario', 'disk-full', '--seeds', '1', '--jobs', '1']

describe('the flags of sim', () => {
  it('have the defaults that the simulator has', () => {
    const { nodes, seconds, ops, faults, scenario } = resolveFlags(sim.flags, {}, {})
    expect({ nodes, seconds, opsPerSecond: ops, faults, scenario }).toEqual({
      ...SWARM_DEFAULTS,
      // None named: the usual ones.
      faults: [],
      scenario: undefined,
    })
  })

  it('come from the command line alone: a node in the same environment has some of the same names', async () => {
    const env = { HEARSAY_SEEDS: 'a:7070', HEARSAY_FAULTS: 'true', HEARSAY_NODES: 'many' }
    expect(await run(['sim', 'list'], { env })).toMatchObject({ code: 0, stderr: '' })
    expect((await run(['sim', '--help'])).stdout).not.toContain('HEARSAY_')
  })
})

describe('sim list', () => {
  it('names every fault, scenario and invariant, and says what is off and why', async () => {
    const { code, stdout } = await run(['sim', 'list'])
    expect(code).toBe(0)
    const lines = stdout.split('\n').map((line) => line.trim().replace(/ {2,}/, '  '))
    for (const { kind, text, off } of FAULT_FAMILIES) listed(kind, text, off)
    for (const { name, text, off } of SCENARIOS) listed(name, text, off)
    for (const { id, rule } of rules()) listed(id, rule, undefined)
    for (const { id, rule, off } of CHECKERS_OFF) listed(id, rule, off)

    function listed(name: string, text: string, off: string | undefined): void {
      const at = lines.indexOf(`${name}  ${text}`)
      expect(at, name).toBeGreaterThan(0)
      if (off !== undefined) expect(lines[at + 1], name).toBe(`off: ${off}`)
    }
  })
})

describe('sim run', () => {
  it('gives its result as JSON', async () => {
    const { code, stdout, stderr } = await run('sim run --seeds 2 --seconds 5 --jobs 1 --json'.split(' '))
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(JSON.parse(stdout)).toMatchObject({ ran: 2, failures: [], calls: expect.any(Number) })
  })

  it('takes the faults that it is told', async () => {
    const flags = ['--seeds', '3', '--seconds', '20', '--jobs', '1', '--json']
    const strikes = async (faults: string): Promise<string[]> => {
      const { stdout } = await run(['sim', 'run', '--faults', faults, ...flags])
      const { counts } = JSON.parse(stdout) as { counts: Record<string, number> }
      return Object.keys(counts).filter((name) => name.startsWith('strikes of'))
    }
    expect(await strikes('loss')).toEqual(['strikes of loss'])
    expect(await strikes('none')).toEqual([])
  })

  it('says of a failure which rule is broken, and how to see it again', async () => {
    const { code, stdout } = await run(FAILING)
    expect(code).toBe(1)
    expect(stdout).toMatch(/^\nseed 1 failed after [\d.]+ simulated seconds\nI0 is broken: no node stops by itself\n/)
    expect(stdout).toContain('\nreplay: hearsay sim replay 1 --scenario disk-full\n')
    expect(stdout).toMatch(/\nfailed: 1\n$/)
    expect((await run(FAILING, { env: { npm_lifecycle_event: 'sim' } })).stdout).toContain('npm run sim -- replay 1')
  })

  it('makes a failing run small, and draws it', async () => {
    const folder = newFolder()
    const [small, report] = [join(folder, 'small.test.ts'), join(folder, 'run.html')]
    const { stdout } = await run([...FAILING, '--shrink', small, '--report', report])
    expect(stdout).toMatch(/small\.test\.ts: \d+ steps became \d, in \d+ runs/)
    expect(readFileSync(small, 'utf8')).toContain("kind: 'fullDisk'")
    expect(readFileSync(report, 'utf8')).toMatch(/^<!doctype html>/i)
    const asJson = await run([...FAILING, '--report', report, '--json'])
    expect(JSON.parse(asJson.stdout)).toMatchObject({ failures: [{ seed: 1, id: 'I0' }] })
  })
})

describe('sim replay', () => {
  it('shows a seed again, and that it is the same run', async () => {
    const replay = ['sim', 'replay', '3', '--seconds', '5']
    const { code, stdout } = await run(replay)
    expect(code).toBe(0)
    expect(stdout).toContain('all invariants held')
    const [, trace] = /^trace ([0-9a-f]{16}), the same when run again$/m.exec(stdout) ?? []
    expect(trace).toBeDefined()
    expect((await run([...replay, '--trace'])).stdout).toContain(`trace ${trace}, the same when run again`)
  })

  it('shows a plan from a file', async () => {
    const folder = newFolder()
    const [held, broken] = [join(folder, 'held.json'), join(folder, 'broken.json')]
    writeFileSync(held, planText(drawPlan({ ...SWARM_DEFAULTS, seed: 3, seconds: 5 })))
    writeFileSync(broken, planText(scenarioPlan('disk-full', 1)))
    expect(await run(['sim', 'replay', held])).toMatchObject({ code: 0 })
    expect(await run(['sim', 'replay', broken, '--report', join(folder, 'run.html')])).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('I0 is broken: no node stops by itself'),
    })
  })
})

describe('a wrong sim', () => {
  it.each([
    [['sim'], 'sim needs ACTION'],
    [['sim', 'fly'], 'sim takes run, replay or list, not "fly"'],
    [['sim', 'replay'], 'replay needs a seed or a file'],
    [['sim', 'run', '7'], 'run takes nothing more'],
    [['sim', 'run', '--scenario', 'fine-weather'], 'there is no scenario fine-weather; there are calm, '],
    [['sim', 'replay', '1', '--scenario', 'fine-weather'], 'there is no scenario fine-weather'],
    [['sim', 'run', '--faults', 'loss,gremlins'], 'there is no fault gremlins; there are partition, '],
    [['sim', 'run', '--until', 'soon'], '--until takes an invariant, as in I7'],
    [['sim', 'run', '--nodes', '0'], '--nodes must be a whole number, from 1 to 50'],
  ])('%j ends with 2 and says why', async (argv, message) => {
    const { code, stdout, stderr } = await run(argv)
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toContain(`ERR_USAGE: ${message}`)
  })

  it('names the place in a plan that is wrong', async () => {
    const file = join(newFolder(), 'plan.json')
    writeFileSync(file, '{"seed": 1}')
    expect(await run(['sim', 'replay', file])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('the plan has no nodes'),
    })
  })
})
