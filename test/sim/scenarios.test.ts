/** Each scenario does what its words say: it holds, or, where it says that it is off, it fails. */

import { describe, expect, it } from 'vitest'
import { parsePlan, planText } from '../../sim/plan-text.ts'
import { runPlan } from '../../sim/run.ts'
import { SCENARIOS, scenarioOf, scenarioPlan } from '../../sim/scenarios/index.ts'

const SEED = 20

describe('scenarios', () => {
  it('have names of their own, for the command line', () => {
    const names = SCENARIOS.map(({ name }) => name)
    expect(new Set(names).size).toBe(names.length)
    for (const name of names) expect(name).toMatch(/^[a-z]+(-[a-z]+)*$/)
    expect(scenarioOf('no-such')).toBeUndefined()
  })

  it.each(SCENARIOS)('are plans that can be kept as text: $name', ({ name }) => {
    const plan = scenarioPlan(name, SEED)
    expect(parsePlan(planText(plan))).toEqual(plan)
  })

  it.each(SCENARIOS.filter(({ off }) => off === undefined))('hold all invariants: $name', ({ name, faults }) => {
    const { violation, counts, acknowledged } = runPlan(scenarioPlan(name, SEED))
    expect(violation?.message).toBeUndefined()
    expect(acknowledged).toBeGreaterThan(100)
    for (const { kind } of faults) expect(counts[`strikes of ${kind}`], kind).toBeGreaterThan(0)
  })

  it.each(SCENARIOS.filter(({ off }) => off !== undefined))('fail as long as they are off: $name', ({ name }) => {
    expect(runPlan(scenarioPlan(name, SEED)).violation?.id).toBe('I0')
  })
})
