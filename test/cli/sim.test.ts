/** `hearsay sim`: the flags are those of the simulator, its lists are complete, and what it says and writes can be used. */

import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { CHECKERS_OFF } from '../../sim/checkers/index.ts'
import { FAULT_FAMILIES } from '../../sim/faults/index.ts'
import { NODES_MAX, OPS_MAX, SECONDS_MAX } from '../../sim/limits.ts'
import { parsePlan, planText } from '../../sim/plan-text.ts'
import { rules } from '../../sim/run.ts'
import { SCENARIOS, STORY_FAMILIES, scenarioPlan } from '../../sim/scenarios/index.ts'
import { drawPlan, SWARM_DEFAULTS } from '../../sim/swarm.ts'
import { resolveFlags } from '../../src/cli/flags.ts'
import { sim } from '../../src/cli/verbs/sim.ts'
import { newFolder } from '../platform/folders.ts'
import { run } from './command.ts'

/** Seconds enough for a run that fails as it should. */
const FAILING = ['sim', 'run', '--scenario', 'disk-lies', '--seeds', '1', '--jobs', '1']

describe('the flags of sim', () => {
  it('have the defaults that the simulator has', () => {
    const { nodes, seconds, opsPerSecond } = SWARM_DEFAULTS
    for (const [flag, value] of Object.entries({ nodes, seconds, ops: opsPerSecond }))
      expect(sim.flags[flag]?.describe).toMatch(new RegExp(` \\(default: ${value}\\)$`))
    // None named: the usual ones.
    expect(resolveFlags(sim.flags, {}, {})).toMatchObject({ faults: [], scenario: undefined })
  })

  it('have the bounds that plans have', () => {
    const most = Object.fromEntries(Object.entries(sim.flags).map(([name, flag]) => [name, flag.most]))
    expect(most).toMatchObject({ nodes: NODES_MAX, seconds: SECONDS_MAX, ops: OPS_MAX })
  })

  it('stand for their defaults when they are not given', async () => {
    const replay = ['sim', 'replay', '2', '--seconds', '5', '--json']
    const { nodes, opsPerSecond } = SWARM_DEFAULTS
    const plain = await run(replay)
    expect(plain.code).toBe(0)
    expect(await run([...replay, '--nodes', `${nodes}`, '--ops', `${opsPerSecond}`])).toEqual(plain)
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
    for (const { name, text, off } of [...SCENARIOS, ...STORY_FAMILIES]) listed(name, text, off)
    const judged = new Map(rules().map(({ id, rule }) => [id, rule]))
    for (const [id, rule] of judged) listed(id, rule, undefined)
    for (const { id, rule, off } of CHECKERS_OFF) {
      const known = judged.get(id)
      if (known === undefined) listed(id, rule, off)
      else listed(id, known, `${rule}: ${off}`)
    }
    const ids = lines.map((line) => /^[IL]\d+(?= {2})/.exec(line)?.[0]).filter((id) => id !== undefined)
    const numbers = ids.filter((id) => id.startsWith('I')).map((id) => Number(id.slice(1)))
    expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b))

    function listed(name: string, text: string, off: string | undefined): void {
      const at = lines.indexOf(`${name}  ${text}`)
      expect(at, name).toBeGreaterThan(0)
      if (off !== undefined) expect(lines[at + 1], name).toBe(`off: ${off}`)
    }
  })

  it('is there as JSON', async () => {
    const { faults, scenarios, invariants } = JSON.parse((await run(['sim', 'list', '--json'])).stdout) as Record<
      string,
      { name: string }[]
    >
    expect(faults?.map(({ name }) => name)).toEqual(FAULT_FAMILIES.map(({ kind }) => kind))
    expect(scenarios?.map(({ name }) => name)).toEqual([...SCENARIOS, ...STORY_FAMILIES].map(({ name }) => name))
    expect(invariants?.find(({ name }) => name === 'I11')).toMatchObject({ off: expect.any(String) })
  })
})

describe('sim run', () => {
  it('gives its result as JSON', async () => {
    const { code, stdout, stderr } = await run('sim run --seeds 2 --seconds 5 --jobs 1 --json'.split(' '))
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(JSON.parse(stdout)).toMatchObject({ seeds: 2, failures: [], calls: expect.any(Number) })
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
    expect(stdout).toMatch(
      /^\nseed 1 failed after [\d.]+ simulated seconds\nI4 is broken: a write acknowledged as durable is never lost .*\n/,
    )
    expect(stdout).toContain('\nreplay: hearsay sim replay 1 --scenario disk-lies\n')
    expect(stdout).toMatch(/\nfailed: 1\n$/)
    expect((await run(FAILING, { env: { npm_lifecycle_event: 'sim' } })).stdout).toContain('npm run sim -- replay 1')
  })

  it('makes a failing run small, and draws it', async () => {
    const folder = newFolder()
    const [small, report] = [join(folder, 'small.test.ts'), join(folder, 'run.html')]
    const { stdout } = await run([...FAILING, '--shrink', small, '--report', report])
    expect(stdout).toMatch(/small\.test\.ts: \d+ steps became \d, in \d+ runs/)
    expect(readFileSync(small, 'utf8')).toContain("kind: 'lyingSync'")
    expect(readFileSync(report, 'utf8')).toMatch(/^<!doctype html>/i)
    const asJson = await run([...FAILING, '--report', report, '--json'])
    expect(JSON.parse(asJson.stdout)).toMatchObject({ failures: [{ seed: 1, id: 'I4' }] })
  })
})

describe('the files of sim', () => {
  it('are not there when nothing failed, which is said', async () => {
    const folder = newFolder()
    const [small, report] = [join(folder, 'small.test.ts'), join(folder, 'run.html')]
    writeFileSync(small, 'of before')
    const { code, stdout } = await run([
      ...'sim run --seeds 1 --seconds 5 --report'.split(' '),
      report,
      '--shrink',
      small,
    ])
    expect(code).toBe(0)
    expect(stdout).toContain(`nothing failed: ${report} was not written\nnothing failed: ${small} was not written\n`)
    expect(existsSync(report)).toBe(false)
    expect(readFileSync(small, 'utf8')).toBe('of before')
    const replayed = await run(['sim', 'replay', '1', '--seconds', '5', '--shrink', small])
    expect(replayed.stdout).toContain(`nothing failed: ${small} was not written`)
  })

  it.each(['report', 'shrink', 'plan'])('are tried before anything runs: %s', async (flag) => {
    const file = join(newFolder(), 'no-such-folder', 'file')
    const { code, stdout, stderr } = await run(['sim', 'replay', '1', `--${flag}`, file])
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toContain(`ERR_USAGE: cannot write ${file}: ENOENT`)
  })
})

describe('sim replay', () => {
  it('gives its result as JSON', async () => {
    const held = await run('sim replay 3 --seconds 5 --json'.split(' '))
    expect(JSON.parse(held.stdout)).toMatchObject({
      seed: 3,
      violation: null,
      trace: expect.stringMatching(/^[0-9a-f]{16}$/),
    })
    const broken = await run('sim replay 1 --scenario disk-lies --json'.split(' '))
    expect(broken.code).toBe(1)
    expect(JSON.parse(broken.stdout)).toMatchObject({
      violation: { id: 'I4', rule: expect.stringContaining('acknowledged') },
    })
  })

  it('writes the plan that it replays, and replays that', async () => {
    const file = join(newFolder(), 'plan.json')
    const bySeed = await run(['sim', 'replay', '3', '--seconds', '5', '--json', '--plan', file])
    expect(parsePlan(readFileSync(file, 'utf8'))).toEqual(drawPlan({ ...SWARM_DEFAULTS, seed: 3, seconds: 5 }))
    expect(await run(['sim', 'replay', file, '--json'])).toEqual(bySeed)
  })

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
    writeFileSync(broken, planText(scenarioPlan('disk-lies', 1)))
    expect(await run(['sim', 'replay', held])).toMatchObject({ code: 0 })
    expect(await run(['sim', 'replay', broken, '--report', join(folder, 'run.html')])).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('I4 is broken: '),
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
    [['sim', 'run', '--until', 'soon'], '--until takes an invariant that is judged: '],
    [['sim', 'run', '--until', 'I99'], '--until takes an invariant that is judged: '],
    [['sim', 'run', '--trace'], '--trace is not for run'],
    [['sim', 'run', '--plan', 'x.json'], '--plan is not for run'],
    [['sim', 'replay', '1', '--seeds', '100'], '--seeds is not for replay'],
    [['sim', 'replay', 'x.json', '--nodes', '5'], '--nodes is not for a plan: x.json says it'],
    [['sim', 'replay', 'x.json', '--scenario', 'calm'], '--scenario is not for a plan: x.json says it'],
    [['sim', 'replay', 'no-such.json'], 'cannot read no-such.json: ENOENT'],
    [['sim', 'run', '--scenario', 'calm', '--nodes', '5'], '--nodes does not go with --scenario, which says it'],
    [['sim', 'list', '--faults', 'loss'], '--faults is not for list'],
    [['sim', 'run', '--nodes', '0'], '--nodes must be a whole number, from 1 to 50'],
  ])('%j ends with 2 and says why', async (argv, message) => {
    const { code, stdout, stderr } = await run(argv)
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toContain(`ERR_USAGE: ${message}`)
  })

  it('is told as JSON to those who want that', async () => {
    const { code, stderr } = await run('sim replay 1 --trace --json'.split(' '))
    expect(code).toBe(2)
    expect(JSON.parse(stderr)).toMatchObject({ error: { message: '--trace does not go with --json' } })
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
