/** What operators order in a run: they are answered, what they order is done, and what else a seed draws is left as it was. */

import { describe, expect, it } from 'vitest'
import { runPlan } from '../../sim/index.ts'
import type { Order } from '../../sim/orders.ts'
import type { Plan, Step } from '../../sim/plan.ts'
import { parsePlan, planText } from '../../sim/plan-text.ts'
import { scenarioPlan } from '../../sim/scenarios/index.ts'
import { shrinkPlan } from '../../sim/shrink/shrink-plan.ts'
import { Simulation } from '../../sim/simulation.ts'
import { drawPlan, SWARM_DEFAULTS } from '../../sim/swarm.ts'

const DAY_MS = 86_400_000

function planOf(...steps: Step[]): Plan {
  return {
    seed: 5,
    nodes: 3,
    clients: 1,
    fsync: 'always',
    lengthMs: 12_000,
    delayMs: { near: [1, 1], far: [1, 1], regions: [] },
    core: { nodes: [], links: [] },
    // Nodes need a moment: whoever finds none at home goes elsewhere.
    steps: [{ kind: 'move', atMs: 800, client: 'c1', node: 'n1' }, ...steps],
  }
}

/** In the order in which they came. */
function answersOf(plan: Plan): { readonly answers: readonly Order[]; readonly simulation: Simulation } {
  const simulation = new Simulation(plan)
  const answers: Order[] = []
  simulation.history.listen({ answered: (order) => answers.push(order) })
  for (const untilMs of simulation.course()) simulation.world.run(untilMs)
  return { answers, simulation }
}

const put = (atMs: number, key: string): Step => ({ kind: 'put', atMs, client: 'c1', key, value: `${key} at ${atMs}` })
const sync = (atMs: number, node: string, peer: string): Step => ({ kind: 'sync', atMs, forMs: 0, node, peer })
const ahead: Step = { kind: 'clockJump', atMs: 2_000, forMs: 1_000, node: 'n1', offMs: 3 * DAY_MS }
const reset: Step = { kind: 'resetClock', atMs: 4_000, forMs: 0, node: 'n1' }

describe('a sync', () => {
  it('is answered with what was found', () => {
    const { answers } = answersOf(planOf(put(1_000, 'k'), sync(3_000, 'n2', 'n1')))
    expect(answers[0]).toMatchObject({ kind: 'sync', node: 'n2', peer: 'n1', report: { peer: 'n1', differed: 0 } })
  })

  it('is answered with an error where there is no link', () => {
    const cut: Step = { kind: 'partition', atMs: 1_000, forMs: 10_000, parts: [['n1', 'n2'], ['n3']] }
    const { answers } = answersOf(planOf(cut, sync(10_000, 'n1', 'n3'), sync(10_000, 'n1', 'n1')))
    expect(answers.slice(0, 2).map(({ error }) => error?.code)).toEqual(['ERR_NO_SUCH_MEMBER', 'ERR_NO_SUCH_MEMBER'])
  })

  it('is not asked of a node that is down', () => {
    const down: Step = { kind: 'crash', atMs: 1_000, forMs: 5_000, node: 'n1', isSilent: false }
    const { answers } = answersOf(planOf(down, sync(2_000, 'n1', 'n2')))
    expect(answers.map(({ kind }) => kind)).toEqual(['write', 'write', 'write'])
  })
})

describe('a clock that ran far ahead', () => {
  /** What n1 says to the last write of the run. */
  const lastOfN1 = (plan: Plan): string | undefined => {
    const last = answersOf(plan).answers.find(({ kind, node }) => kind === 'write' && node === 'n1')
    return last?.error?.code ?? (last === undefined ? 'none' : undefined)
  }

  it('keeps its node from writing when it is right again', () => {
    expect(lastOfN1(planOf(ahead, put(2_100, 'k')))).toBe('ERR_CLOCK_SKEW')
  })

  it('keeps it no more once an operator has reset it', () => {
    const plan = planOf(ahead, put(2_100, 'k'), reset, put(6_000, 'later'))
    expect(lastOfN1(plan)).toBeUndefined()
    const { violation, counts } = runPlan(plan)
    expect(violation?.message).toBeUndefined()
    expect(counts.clocksReset).toBe(1)
  })

  it('takes back what a client, a watcher and the node itself have seen of it', () => {
    const steps: Step[] = [{ kind: 'watch', atMs: 900, client: 'c1', prefix: '' }, put(1_000, 'k'), ahead]
    const gets = [2_200, 4_500, 5_000].map((atMs): Step => ({ kind: 'get', atMs, client: 'c1', key: 'k' }))
    const after: Step[] = [reset, put(4_700, 'k'), { kind: 'delete', atMs: 4_800, client: 'c1', key: 'new' }]
    const all = [...steps, put(2_100, 'k'), put(2_101, 'new'), ...gets, ...after].sort((a, b) => a.atMs - b.atMs)
    const told: string[] = []
    const simulation = new Simulation(planOf(...all))
    simulation.history.listen({
      watched: ({ entries }) => told.push(...entries.map(({ kind, key }) => `${kind} ${key}`)),
    })
    for (const untilMs of simulation.course()) simulation.world.run(untilMs)
    const beforeReset = ['live k', 'live k', 'live new']
    expect(told.slice(0, 7)).toEqual([...beforeReset, 'tombstone k', 'tombstone new', 'live k', 'tombstone new'])
  })
})

describe('orders in a plan', () => {
  it('leave what else the seed draws as it was', () => {
    let drawn = 0
    for (let seed = 1; seed <= 30; seed++) {
      const options = { ...SWARM_DEFAULTS, seed, seconds: 5 }
      const plan = drawPlan(options)
      const others = plan.steps.filter(({ kind }) => kind !== 'sync')
      drawn += plan.steps.length - others.length
      const faults = options.faults.filter((kind) => kind !== 'sync')
      expect(drawPlan({ ...options, faults })).toEqual({ ...plan, steps: others })
    }
    expect(drawn).toBeGreaterThan(5)
  })

  it('are among those of away: a clock is reset when it is right again', () => {
    const kinds = new Map<string, number>()
    for (let seed = 1; seed <= 60; seed++) {
      const plan = scenarioPlan('away', seed)
      expect(parsePlan(planText(plan))).toEqual(plan)
      for (const step of plan.steps) {
        kinds.set(step.kind, (kinds.get(step.kind) ?? 0) + 1)
        if (step.kind !== 'resetClock') continue
        const leap = plan.steps.find(({ kind }) => kind === 'clockJump')
        expect(leap).toMatchObject({ node: step.node })
        expect(step.atMs).toBeGreaterThanOrEqual(
          Math.min(plan.lengthMs, leap!.atMs + (leap as { forMs: number }).forMs),
        )
      }
    }
    for (const kind of ['sync', 'clockJump', 'resetClock']) expect(kinds.get(kind), kind).toBeGreaterThan(3)
  })

  it('go when a plan is made small, where they are not to blame', () => {
    const plan = planOf(put(900, 'a'), sync(1_000, 'n1', 'n2'), ahead, reset, put(6_000, 'k'))
    const { steps } = shrinkPlan(plan, (one) => one.steps.some((step) => 'key' in step && step.key === 'k')).plan
    expect(steps.map(({ kind }) => kind)).toEqual(['put'])
    const kept = shrinkPlan(plan, (one) => one.steps.some(({ kind }) => kind === 'resetClock')).plan
    expect(kept.steps.map(({ kind }) => kind)).toEqual(['resetClock'])
  })
})
