/** Faults in plans are checked to the last field: what a family draws passes, and what misses or misspells a field does not. */

import { describe, expect, it } from 'vitest'
import type { FaultStep } from '../../sim/faults/fault.ts'
import type { Field } from '../../sim/faults/fields.ts'
import { FAULT_FAMILIES } from '../../sim/faults/index.ts'
import { runPlan, simulate } from '../../sim/index.ts'
import type { Plan, Step } from '../../sim/plan.ts'
import { checkPlan } from '../../sim/plan-text.ts'
import { seededRng } from '../../src/core/rng.ts'

const DRAWS = 50
const names = ['n1', 'n2', 'n3', 'n4', 'n5']

function planOf(...faults: object[]): Plan {
  return {
    seed: 1,
    nodes: names.length,
    clients: 2,
    fsync: 'always',
    lengthMs: 60_000,
    delayMs: { near: [1, 1], far: [1, 1], regions: [] },
    core: { nodes: [], links: [] },
    steps: faults as Step[],
  }
}

function refused(fault: object, message: string | RegExp): void {
  expect(() => checkPlan(planOf(fault)), JSON.stringify(fault)).toThrow(
    expect.objectContaining({
      code: 'ERR_INVALID_ARGUMENT',
      message: typeof message === 'string' ? message : expect.stringMatching(message),
    }),
  )
}

function without(fields: object, name: string): object {
  return Object.fromEntries(Object.entries(fields).filter(([key]) => key !== name))
}

describe.each(FAULT_FAMILIES)('the fields of $kind', (family) => {
  const fields = family.fields as Readonly<Record<string, Field>>
  const rng = seededRng(7)
  const drawn = Array.from(
    { length: DRAWS },
    () => ({ kind: family.kind, atMs: 1_000, ...family.draw(rng, { names, fsync: 'always' }) }) as FaultStep,
  )

  it('are those that it draws', () => {
    for (const fault of drawn) expect(checkPlan(planOf(fault)).steps).toEqual([fault])
  })

  it('are all needed, but for the optional ones', () => {
    const [fault = planOf()] = drawn
    for (const [name, { isOptional }] of Object.entries(fields)) {
      if (isOptional) checkPlan(planOf(without(fault, name)))
      else refused(without(fault, name), `steps[0] has no ${name}`)
    }
    refused(without(fault, 'forMs'), /^steps\[0\]\.forMs must be a number/)
  })

  it('are no others', () => {
    const [fault = planOf()] = drawn
    refused({ ...fault, misspelt: 1 }, 'steps[0] has an unknown field "misspelt"')
    const optional = Object.keys(fields).find((name) => fields[name]?.isOptional)
    if (optional !== undefined)
      refused({ ...fault, [`${optional}s`]: 1 }, `steps[0] has an unknown field "${optional}s"`)
  })

  it('are not anything', () => {
    const [fault = planOf()] = drawn
    for (const name of Object.keys(fields)) refused({ ...fault, [name]: { odd: true } }, /^steps\[0\]\./)
  })
})

describe('a fault', () => {
  const at = { atMs: 1_000, forMs: 1_000 }

  it.each<[object, string | RegExp]>([
    [{ kind: 'loss', ...at }, 'steps[0] has no from'],
    [{ kind: 'loss', ...at, from: [], to: [], share: 1.5 }, 'steps[0].share must be a number from 0 to 1, not 1.5'],
    [{ kind: 'loss', ...at, from: ['n1', 'c9'], to: [], share: 1 }, 'steps[0].from[1] is "c9": no such node'],
    [{ kind: 'pause', ...at, node: 'n6' }, 'steps[0].node is "n6": no such node'],
    [{ kind: 'partition', ...at, parts: [['n1'], 'n2'] }, 'steps[0].parts[1].part must be a list'],
    [{ kind: 'partition', ...at, parts: [['n1'], ['n2', 'n7']] }, 'steps[0].parts[1][1] is "n7": no such node'],
    [{ kind: 'hold', ...at, links: [['n1']] }, 'steps[0].links[0] must be a list of two'],
    [{ kind: 'powerLoss', ...at, node: 'n1', again: { downMs: 1 } }, 'steps[0].again has no upMs'],
    [{ kind: 'join', ...at, name: 'n5' }, 'steps[0].name is "n5", which is there from the start'],
    [{ kind: 'join', ...at, name: 'c9' }, 'steps[0].name is "c9", which cannot be the name of a node'],
    [{ kind: 'crash', ...at, node: 'n1', isSilent: 'no' }, 'steps[0].isSilent must be true or false'],
    [
      { kind: 'stranger', ...at, node: 'n1', door: 'back', says: 'early', everyMs: 5 },
      'steps[0].door must be one of peers, clients, not "back"',
    ],
  ])('is refused with its place: %j', refused)

  it('may concern clients, and nodes that join, once they are there', () => {
    const join = { kind: 'join', atMs: 500, forMs: 0, name: 'j7' }
    const plan = (atMs: number): Plan => planOf(join, { kind: 'pause', atMs, forMs: 10, node: 'j7' })
    expect(checkPlan(plan(501)).steps).toHaveLength(2)
    expect(() => checkPlan(plan(500))).toThrow('steps[1].node is "j7", which joins only at 500 ms')
    const early = { kind: 'partition', atMs: 1, forMs: 900, parts: [['n1', 'j7'], ['n2']] }
    const lossy = { kind: 'loss', ...at, from: ['c2'], to: ['j7'], share: 0.1 }
    expect(checkPlan(planOf(early, join, lossy)).steps).toHaveLength(3)
  })

  it('is no less checked when a program runs a plan', () => {
    expect(() => runPlan(planOf({ kind: 'loss', ...at }))).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_ARGUMENT', message: 'steps[0] has no from' }),
    )
    expect(runPlan(planOf({ kind: 'loss', ...at, from: [], to: [], share: 0.5 })).violation).toBeUndefined()
  })

  it('is no less checked in a program', async () => {
    const faults = [{ kind: 'loss', ...at }] as unknown as []
    await expect(simulate({ faults, workload: () => Promise.resolve() })).rejects.toMatchObject({
      code: 'ERR_INVALID_ARGUMENT',
      message: 'faults[0] has no from',
    })
  })
})
