/**
 * What makes a failing run smaller, held against predicates of its own: no simulator runs here. The laws are that the
 * result still fails, that nothing more can be left out, that the runs are bounded, and that texts give the plan back.
 */

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Plan, Step } from '../../sim/plan.ts'
import { parsePlan, planText } from '../../sim/plan-text.ts'
import { asTest } from '../../sim/shrink/as-test.ts'
import { type Budget, ddmin, ddminNonEmpty } from '../../sim/shrink/ddmin.ts'
import { literal } from '../../sim/shrink/literal.ts'
import { withoutNode } from '../../sim/shrink/places.ts'
import { smallest } from '../../sim/shrink/round-numbers.ts'
import { shrinkPlan } from '../../sim/shrink/shrink-plan.ts'
import { type Rng, seededRng } from '../../src/core/rng.ts'
import { anyText } from '../core/arbitraries.ts'

class Runs implements Budget {
  left: number
  constructor(left: number) {
    this.left = left
  }
}

/** A fault of a family that only these tests know. */
function fault(step: { kind: string; atMs: number; forMs: number } & Record<string, unknown>): Step {
  return step as unknown as Step
}

describe('ddmin', () => {
  const numbers = (length: number): number[] => Array.from({ length }, (_, i) => i)
  /** Fails when all of one of the sets are there: such a predicate stays failing when more is added. */
  const aPredicate = fc
    .array(fc.uniqueArray(fc.nat(39), { maxLength: 6 }), { minLength: 1, maxLength: 4 })
    .map((causes) => (subset: readonly number[]) => causes.some((cause) => cause.every((n) => subset.includes(n))))

  it('leaves a list that fails and of which nothing can be left out', () => {
    fc.assert(
      fc.property(aPredicate, fc.boolean(), (causes, odd) => {
        // The second kind passes again when more is left out, as runs do.
        const fails = (subset: readonly number[]): boolean =>
          causes(subset) && (!odd || subset.length % 3 !== 1 || subset.length === 40)
        const found = ddmin(numbers(40), fails, new Runs(1))
        expect(fails(found)).toBe(true)
        expect(found).toEqual([...found].sort((a, b) => a - b))
        for (const i of found.keys()) expect(fails(found.toSpliced(i, 1))).toBe(false)
      }),
    )
  })

  it('makes at most as many runs as the budget has, and what it gives back fails', () => {
    fc.assert(
      fc.property(aPredicate, fc.integer({ min: 0, max: 60 }), (fails, left) => {
        const budget = new Runs(left)
        const found = ddmin(
          numbers(40),
          (subset) => {
            expect(budget.left).toBeGreaterThan(0)
            budget.left--
            return fails(subset)
          },
          budget,
        )
        expect(fails(found)).toBe(true)
      }),
    )
  })

  it('asks about the empty list once, first', () => {
    const asked: number[] = []
    const fails = (subset: readonly number[]): boolean => {
      asked.push(subset.length)
      return subset.includes(3)
    }
    expect(ddmin(numbers(8), fails, new Runs(1))).toEqual([3])
    expect(asked.indexOf(0)).toBe(0)
    expect(asked.lastIndexOf(0)).toBe(0)
    expect(ddmin(numbers(8), () => true, new Runs(1))).toEqual([])
  })

  it('never asks about the empty list where that makes no sense', () => {
    expect(ddminNonEmpty(numbers(9), (subset) => subset.length > 0, new Runs(1))).toHaveLength(1)
  })

  it('finds few among many in few runs', () => {
    let runs = 0
    const fails = (subset: readonly number[]): boolean => {
      runs++
      return [17, 340, 341, 702, 990].every((n) => subset.includes(n))
    }
    expect(ddmin(numbers(1000), fails, new Runs(1))).toEqual([17, 340, 341, 702, 990])
    expect(runs).toBeLessThan(120)
  })
})

it('finds the smallest number that will do', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(1000)), fc.nat(1000), (numbers, least) => {
      const rising = numbers.sort((a, b) => a - b)
      expect(smallest(rising, (n) => n >= least)).toBe(rising.find((n) => n >= least))
    }),
  )
})

/** A busy run of five nodes with all kinds of steps. */
function drawnPlan(seed: number, length = 300): Plan {
  const rng = seededRng(seed)
  const below = (n: number): number => Math.floor(rng() * n)
  const names = ['n1', 'n2', 'n3', 'n4', 'n5']
  const steps = Array.from({ length }, (_, i) => drawnStep(rng, below, i, names))
  return {
    seed,
    nodes: 5,
    clients: 5,
    fsync: 'always',
    lengthMs: 60_000,
    delayMs: { near: [1, 12], far: [40, 90], regions: [['n1', 'c1', 'n2'], ['n5']] },
    core: {
      nodes: ['n1', 'n2', 'n4'],
      links: [
        ['n1', 'n2'],
        ['n2', 'n4'],
      ],
    },
    steps: steps.sort((a, b) => a.atMs - b.atMs),
  }
}

function drawnStep(rng: Rng, below: (n: number) => number, i: number, names: readonly string[]): Step {
  const atMs = below(60_000)
  const client = `c${1 + below(5)}`
  const key = `k${below(10)}`
  const forMs = 100 + below(12_000)
  const node = names[below(5)] ?? 'n1'
  const steps: readonly Step[] = [
    { kind: 'put', atMs, client, key, value: `v${i}` },
    { kind: 'delete', atMs, client, key },
    { kind: 'get', atMs, client, key },
    { kind: 'scan', atMs, client, prefix: 'k', limit: 5 },
    { kind: 'watch', atMs, client, prefix: 'k' },
    { kind: 'move', atMs, client, node },
    { kind: 'batch', atMs, client, changes: [{ key, value: `b${i}` }, { key: 'k1' }, { key: 'k2', value: `d${i}` }] },
    fault({ kind: 'crash', atMs, forMs, node, lost: rng() < 0.5 ? 'none' : 'unsynced' }),
    fault({ kind: 'partition', atMs, forMs, parts: [['n1', node === 'n1' ? 'n4' : node], ['n3'], ['n5']] }),
    fault({
      kind: 'cut',
      atMs,
      forMs,
      links: [
        ['n1', 'n5'],
        ['n2', node],
      ],
    }),
  ]
  return steps[below(steps.length)] ?? steps[0]!
}

function parts(step: Step): readonly (readonly string[])[] {
  return step.kind === ('partition' as string) ? (step as unknown as { parts: string[][] }).parts : []
}

/** Client 1 puts k1, then n1 is cut off for more than a second, then somebody asks for k1. */
function needsThree(plan: Plan): boolean {
  const put = plan.steps.findIndex((step) => step.kind === 'put' && step.key === 'k1' && step.client === 'c1')
  const cut = plan.steps.findIndex(
    (step, i) => i > put && 'forMs' in step && step.forMs > 1_000 && parts(step).some((part) => part.includes('n1')),
  )
  return put >= 0 && cut >= 0 && plan.steps.some((step, i) => i > cut && step.kind === 'get' && step.key === 'k1')
}

describe('shrinkPlan', () => {
  const written = ({ steps }: Plan): number =>
    steps.reduce((sum, step) => sum + (step.kind === 'put' ? step.value.length : 0), 0)

  it('says with few long values what needs much to be written, and with short ones what does not', () => {
    const much = shrinkPlan(drawnPlan(3), (plan) => written(plan) > 100)
    expect(much.plan.steps).toHaveLength(1)
    const little = shrinkPlan(drawnPlan(3), (plan) => written(plan) > 0)
    expect(little.plan.steps).toHaveLength(1)
    expect(written(little.plan)).toBeLessThan(10)
  })

  it('leaves exactly the steps that are needed, and makes them small', () => {
    const before = drawnPlan(7)
    expect(needsThree(before)).toBe(true)
    const { plan, ...rest } = shrinkPlan(before, needsThree)
    expect(rest).toMatchObject({ stepsBefore: 300, stepsAfter: 3, isMinimal: true })
    expect(rest.runs).toBeLessThan(300)
    expect(plan).toEqual({
      seed: 7,
      nodes: 2,
      clients: 1,
      fsync: 'always',
      lengthMs: 4,
      delayMs: { near: [1, 1], far: [40, 40], regions: [] },
      core: { nodes: [], links: [] },
      steps: [
        { kind: 'put', atMs: 1, client: 'c1', key: 'k1', value: expect.any(String) },
        { kind: 'partition', atMs: 2, forMs: 2_000, parts: [['n1'], ['n2']] },
        { kind: 'get', atMs: 3, client: 'c1', key: 'k1' },
      ],
    })
  })

  it('keeps a node that is needed, and the others move up', () => {
    // A crash of whoever is last, while another node is there.
    const needsLast = (plan: Plan): boolean =>
      plan.nodes >= 2 &&
      plan.steps.some(
        (step) => step.kind === ('crash' as string) && (step as unknown as { node: string }).node === `n${plan.nodes}`,
      )
    const { plan } = shrinkPlan(drawnPlan(3), needsLast)
    expect(plan.nodes).toBe(2)
    expect(plan.steps).toHaveLength(1)
    expect(plan.steps[0]).toMatchObject({ kind: 'crash', node: 'n2', atMs: 1, forMs: 1 })
  })

  it('turns a batch into the one change that matters', () => {
    const deletesK1 = ({ steps }: Plan): boolean =>
      steps.some((step) =>
        step.kind === 'batch'
          ? step.changes.some(({ key, value }) => key === 'k1' && value === undefined)
          : step.kind === 'delete' && step.key === 'k1',
      )
    const before = drawnPlan(5)
    const batches = { ...before, steps: before.steps.filter(({ kind }) => kind === 'batch') }
    const { steps } = shrinkPlan(batches, deletesK1).plan
    expect(steps).toEqual([{ kind: 'delete', atMs: 1, client: 'c1', key: 'k1' }])
  })

  it('gives the same result for the same plan, and only plans that were seen to fail', () => {
    for (const seed of [1, 2, 3, 4, 5, 6]) {
      // As moody as a real run: what fails depends on all that is there, but less with fewer steps.
      const moody = (plan: Plan): boolean => {
        const gets = plan.steps.filter(({ kind }) => kind === 'get').length
        return plan.steps.length === 300 || (gets >= 3 && (plan.steps.length * 7 + plan.nodes) % 5 !== seed % 5)
      }
      const seen = new Set<string>()
      const witness = (plan: Plan): boolean => {
        expect(seen.has(JSON.stringify(plan))).toBe(false)
        seen.add(JSON.stringify(plan))
        return moody(plan)
      }
      const once = shrinkPlan(drawnPlan(seed), witness)
      expect(seen.has(JSON.stringify(once.plan))).toBe(true)
      expect(moody(once.plan)).toBe(true)
      expect(once.plan.steps.length).toBeLessThan(9)
      expect(shrinkPlan(drawnPlan(seed), moody)).toEqual(once)
    }
  })

  it('makes at most `runsMax` runs, and every plan that it tries can be run', () => {
    const before = drawnPlan(7)
    for (const runsMax of [1, 2, 10, 50]) {
      let runs = 0
      const result = shrinkPlan(
        before,
        (plan) => {
          runs++
          expectWhole(plan)
          return needsThree(plan)
        },
        { runsMax },
      )
      expect(runs).toBe(runsMax)
      expect(result).toMatchObject({ runs, isMinimal: false })
      expect(needsThree(result.plan)).toBe(true)
    }
    expect(() => shrinkPlan(before, needsThree, { runsMax: 0 })).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_ARGUMENT' }),
    )
  })

  it('gives back a plan that does not fail, after one run', () => {
    const before = drawnPlan(1)
    const result = shrinkPlan(before, () => false)
    expect(result).toMatchObject({ runs: 1, stepsAfter: 300 })
    expect(result.plan).toBe(before)
  })

  it('ends with no steps when none is needed', () => {
    const { plan, runs } = shrinkPlan(drawnPlan(1), () => true)
    expect(plan).toMatchObject({ nodes: 1, clients: 1, lengthMs: 1, steps: [] })
    expect(runs).toBeLessThan(30)
  })

  it('says each time what it has gained', () => {
    const said: string[] = []
    shrinkPlan(drawnPlan(7), needsThree, { progress: (text) => said.push(text) })
    expect(said[0]).toMatch(/^\d+ steps, 5 nodes, \d+\.\d s; \d+ runs$/)
    expect(said.at(-1)).toMatch(/^3 steps, 2 nodes, 0\.0 s; \d+ runs$/)
  })
})

/** Names only nodes and clients that are there, in order, within its time, with a core that hangs together. */
function expectWhole(plan: Plan): void {
  const named = JSON.stringify([plan.steps, plan.core, plan.delayMs.regions]).matchAll(/"([nc])(\d+)"/g)
  for (const [, letter, number] of named)
    expect(Number(number)).toBeLessThanOrEqual(letter === 'n' ? plan.nodes : plan.clients)
  for (const [i, { atMs }] of plan.steps.entries()) {
    expect(atMs).toBeGreaterThanOrEqual(plan.steps[i - 1]?.atMs ?? 0)
    expect(atMs).toBeLessThanOrEqual(plan.lengthMs)
  }
}

describe('a plan without one node', () => {
  const base = drawnPlan(1, 0)
  const faults = (...steps: Step[]): Plan => ({ ...base, steps })

  it('loses faults about the node, and the node in faults about several', () => {
    const plan = faults(
      fault({ kind: 'crash', atMs: 1, forMs: 5, node: 'n2' }),
      fault({ kind: 'crash', atMs: 2, forMs: 5, node: 'n5' }),
      fault({
        kind: 'partition',
        atMs: 3,
        forMs: 5,
        parts: [
          ['n1', 'n2'],
          ['n3', 'n5'],
        ],
      }),
      fault({ kind: 'partition', atMs: 4, forMs: 5, parts: [['n1', 'n3'], ['n2']] }),
      fault({
        kind: 'cut',
        atMs: 5,
        forMs: 5,
        links: [
          ['n1', 'n2'],
          ['n4', 'n1'],
        ],
      }),
      fault({ kind: 'skew', atMs: 6, forMs: 5, offMs: { n2: 40, n3: 50 }, note: 'n20' }),
    )
    expect(withoutNode(plan, 2, 'stays without', false)).toEqual({
      ...base,
      nodes: 4,
      delayMs: { ...base.delayMs, regions: [['n1', 'c1'], ['n4']] },
      core: { nodes: [], links: [] },
      steps: [
        { kind: 'crash', atMs: 2, forMs: 5, node: 'n4' },
        { kind: 'partition', atMs: 3, forMs: 5, parts: [['n1'], ['n2', 'n4']] },
        { kind: 'cut', atMs: 5, forMs: 5, links: [['n3', 'n1']] },
        { kind: 'skew', atMs: 6, forMs: 5, offMs: { n2: 50 }, note: 'n20' },
      ],
    })
    expect(withoutNode(plan, 2, 'goes', false).steps.map(({ atMs }) => atMs)).toEqual([2])
  })

  it('may lose the client of that number too, and leaves alone what clients say', () => {
    const plan = faults(
      { kind: 'put', atMs: 1, client: 'c2', key: 'n2', value: 'n2' },
      { kind: 'put', atMs: 2, client: 'c3', key: 'n2', value: 'c3' },
      { kind: 'move', atMs: 3, client: 'c1', node: 'n2' },
    )
    expect(withoutNode(plan, 2, 'goes', false).steps).toEqual(plan.steps.slice(0, 2))
    expect(withoutNode(plan, 2, 'goes', true).steps).toEqual([{ ...plan.steps[1], client: 'c2' }])
  })

  it('takes the clock of the node and the delays of a region with it', () => {
    const delayMs = {
      near: [1, 1],
      far: [9, 9],
      regions: [['n1'], ['n2']],
      matrixMs: [
        [0, 5],
        [6, 0],
      ],
    } as const
    const plan: Plan = { ...base, delayMs, clocksMs: [10, 20, 30] }
    expect(withoutNode(plan, 2, 'goes', false)).toMatchObject({ clocksMs: [10, 30], delayMs: { matrixMs: [[0]] } })
    expect(withoutNode(plan, 1, 'goes', false)).toMatchObject({
      clocksMs: [20, 30],
      delayMs: { matrixMs: delayMs.matrixMs },
    })
    expect(withoutNode(plan, 3, 'goes', false)).toMatchObject({ clocksMs: [10, 20] })
  })

  it('keeps a core that still hangs together', () => {
    expect(withoutNode(base, 4, 'goes', false).core).toEqual({ nodes: ['n1', 'n2'], links: [['n1', 'n2']] })
    expect(withoutNode(base, 3, 'goes', false).core.nodes).toEqual(['n1', 'n2', 'n3'])
  })
})

/** The plan that a test replays, and the test's name: runs the text with stand-ins for what it imports. */
function played(text: string): { plan: unknown; name: unknown } {
  const body = text.replace(/^import .*$/gm, '')
  const seen: { plan: unknown; name: unknown } = { plan: undefined, name: undefined }
  const runPlan = (plan: unknown) => {
    seen.plan = plan
    return {}
  }
  const test = (name: unknown, call: () => void) => {
    seen.name = name
    call()
  }
  new Function('runPlan', 'it', 'expect', `'use strict';${body}`)(runPlan, test, expect)
  return seen
}

describe('asTest', () => {
  const violation = {
    id: 'I7',
    rule: "a node's vector never claims what is not there",
    finding: 'n2 claims v3\n */ of n1',
  }

  it('writes a test that is pleasant to read', () => {
    const { plan } = shrinkPlan(drawnPlan(7), needsThree)
    // Indented, so that nobody takes the imports for ours.
    const expected = `
      /**
       * A run that broke I7: a node's vector never claims what is not there.
       * Found:
       *   n2 claims v3
       *   * / of n1
       */

      import { runPlan } from 'hearsay/sim'
      import { expect, it } from 'vitest'

      it("I7: a node's vector never claims what is not there", () => {
        const { violation } = runPlan({
          seed: 7,
          nodes: 2,
          clients: 1,
          fsync: 'always',
          lengthMs: 12_500,
          delayMs: { near: [1, 1], far: [40, 40], regions: [] },
          core: { nodes: [], links: [] },
          steps: [
            { kind: 'put', atMs: 1, client: 'c1', key: 'k1', value: '${(plan.steps[0] as { value: string }).value}' },
            { kind: 'partition', atMs: 2, forMs: 2000, parts: [['n1'], ['n2']] },
            { kind: 'get', atMs: 3, client: 'c1', key: 'k1' },
          ],
        })
        expect(violation?.message).toBeUndefined()
      })
    `
    expect(asTest({ ...plan, lengthMs: 12_500 }, violation)).toBe(`${expected.replace(/^ {6}/gm, '').trim()}\n`)
  })

  it('keeps within the width of a line', () => {
    const text = asTest(drawnPlan(2), { ...violation, finding: 'a long tale '.repeat(40) }, '../../sim/run.ts')
    expect(text).toContain("import { expect, it } from 'vitest'\nimport { runPlan } from '../../sim/run.ts'\n")
    expect(text.split('\n').filter((line) => line.length > 120)).toEqual([])
  })

  it('replays the same plan under the name of the rule, whatever the texts hold', () => {
    fc.assert(
      fc.property(anyText, anyText, anyText, fc.nat(), (key, rule, finding, seed) => {
        const base = drawnPlan(seed, 40)
        const nasty: Step[] = [
          { kind: 'put', atMs: 0, client: 'c1', key, value: finding },
          fault({ kind: 'odd', atMs: 0, forMs: 0, [key]: [rule, { [rule]: -0, list: [], none: {} }], end: null }),
        ]
        const plan = { ...base, steps: [...nasty, ...base.steps] }
        expect(played(asTest(plan, { id: 'I1', rule, finding }))).toStrictEqual({ plan, name: `I1: ${rule}` })
      }),
    )
  })

  it('writes any JSON as a literal of the same value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.nat(3), (value, indent) => {
        expect(new Function(`return ${literal(value, indent)}`)()).toStrictEqual(value)
      }),
    )
    expect(new Function(`return ${literal({ ['__proto__']: 1 })}`)()).toStrictEqual(JSON.parse('{"__proto__":1}'))
  })
})

describe('the text of a plan', () => {
  const whole: Plan = {
    ...drawnPlan(1, 0),
    steps: [
      { kind: 'put', atMs: 5, client: 'c1', key: 'k', value: 'v' },
      { kind: 'batch', atMs: 5, client: 'c1', changes: [{ key: 'k' }, { key: 'l', value: '\n  x' }] },
      { kind: 'scan', atMs: 6, client: 'c5', prefix: '', limit: 3 },
      fault({ kind: 'pause', atMs: 7, forMs: 90, node: 'n5' }),
      fault({ kind: 'join', atMs: 8, forMs: 0, name: 'n6' }),
      { kind: 'move', atMs: 9, client: 'c1', node: 'n6' },
      { kind: 'unwatch', atMs: 9.5, client: 'c1' },
    ],
  }

  it('gives the plan back, a step a line', () => {
    const text = planText(whole)
    expect(parsePlan(text)).toEqual(whole)
    expect(text.split('\n')).toContain('    { "kind": "put", "atMs": 5, "client": "c1", "key": "k", "value": "v" },')
    expect(parsePlan(planText({ ...whole, steps: [] }))).toEqual({ ...whole, steps: [] })
  })

  it('puts the steps in order', () => {
    expect(parsePlan(planText({ ...whole, steps: whole.steps.toReversed() })).steps.map(({ atMs }) => atMs)).toEqual([
      5, 5, 6, 7, 8, 9, 9.5,
    ])
  })

  const withStep = (step: Record<string, unknown>): unknown => ({ ...whole, steps: [...whole.steps, step] })
  it.each<[string, unknown, string | RegExp]>([
    ['a list', [], 'the plan must be an object'],
    ['a missing field', { ...whole, seed: undefined }, 'the plan has no seed'],
    ['a misspelt field', { ...whole, lenghtMs: 3 }, 'the plan has an unknown field "lenghtMs"'],
    ['a bad seed', { ...whole, seed: -1 }, 'seed must be a number from 0 to 4294967295, not -1'],
    ['half a node', { ...whole, nodes: 2.5 }, 'nodes must be a whole number from 1 to 50, not 2.5'],
    ['a bad mode', { ...whole, fsync: 'often' }, 'fsync must be one of always, interval, never, not "often"'],
    ['a text for a number', { ...whole, lengthMs: '5' }, /^lengthMs must be a number from 0 to \d+, not "5"$/],
    [
      'a span upside down',
      { ...whole, delayMs: { ...whole.delayMs, near: [5, 2] } },
      /^delayMs\.near\.most must be a number from 5/,
    ],
    [
      'a stranger in a region',
      { ...whole, delayMs: { ...whole.delayMs, regions: [['n7']] } },
      /^delayMs\.regions\[0\] names "n7"/,
    ],
    ['one in two regions', { ...whole, delayMs: { ...whole.delayMs, regions: [['n1'], ['n1']] } }, /names "n1" twice/],
    ['a core in pieces', { ...whole, core: { nodes: ['n1', 'n2'], links: [] } }, /^core does not hang together/],
    [
      'a link out of the core',
      { ...whole, core: { nodes: ['n1'], links: [['n1', 'n2']] } },
      /^core\.links\[0\] must join/,
    ],
    ['no list of steps', { ...whole, steps: {} }, 'steps must be a list'],
    ['an unknown kind', withStep({ kind: 'pat', atMs: 1 }), /^steps\[7\]\.kind is "pat"; there are put, .*pause/],
    ['a kind of every object', withStep({ kind: 'toString', atMs: 1 }), /^steps\[7\]\.kind is "toString"/],
    [
      'a step after the end',
      withStep({ kind: 'unwatch', atMs: 60_001, client: 'c1' }),
      /^steps\[7\]\.atMs must be a number from 0 to 60000/,
    ],
    [
      'an unknown client',
      withStep({ kind: 'unwatch', atMs: 1, client: 'c6' }),
      'steps[7].client is "c6": no such client',
    ],
    [
      'an unknown node',
      withStep({ kind: 'move', atMs: 1, client: 'c1', node: 'n7' }),
      'steps[7].node is "n7": no such node',
    ],
    [
      'an unknown node in a fault',
      withStep({ kind: 'pause', atMs: 1, forMs: 5, node: 'n7' }),
      'steps[7].node is "n7": no such node',
    ],
    ['a fault of no length', withStep({ kind: 'pause', atMs: 1, node: 'n1' }), /^steps\[7\]\.forMs must be a number/],
    ['no key', withStep({ kind: 'get', atMs: 1, client: 'c1', key: '' }), 'steps[7].key is "", which cannot be a key'],
    ['a put of nothing', withStep({ kind: 'put', atMs: 1, client: 'c1', key: 'k' }), 'steps[7] has no value'],
    ['an empty batch', withStep({ kind: 'batch', atMs: 1, client: 'c1', changes: [] }), 'steps[7].changes is empty'],
    [
      'a change of nothing',
      withStep({ kind: 'batch', atMs: 1, client: 'c1', changes: [{ key: 'k', vale: 'v' }] }),
      'steps[7].changes[0] has an unknown field "vale"',
    ],
  ])('refuses %s and says where', (_, plan, message) => {
    expect(() => parsePlan(JSON.stringify(plan))).toThrow(
      expect.objectContaining({
        code: 'ERR_INVALID_ARGUMENT',
        message: typeof message === 'string' ? message : expect.stringMatching(message),
      }),
    )
  })

  it('refuses what is not JSON', () => {
    expect(() => parsePlan('{')).toThrow(expect.objectContaining({ code: 'ERR_INVALID_ARGUMENT' }))
  })
})
