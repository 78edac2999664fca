/** Each scenario does what its words say: it holds, or, where it says that it is off, it fails. */

import { describe, expect, it } from 'vitest'
import { parsePlan, planText } from '../../sim/plan-text.ts'
import { runPlan } from '../../sim/run.ts'
import { SCENARIOS, STORY_FAMILIES, scenarioOf, scenarioPlan } from '../../sim/scenarios/index.ts'

const SEED = 20

/** What shows that the faults of a scenario did something: a count, and how much it is at least. */
const TRACKS: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  calm: {},
  'split-brain': { acknowledgedUnderCut: 100, linksSilent: 12, cutOff: 50 },
  'bridge-node': { acknowledgedUnderCut: 100, coresSettled: 1, cutOff: 50, entriesPulled: 500 },
  'one-way': { cutOff: 100, linksSilent: 8 },
  flapping: { pushGaps: 50, cutOff: 100, pullsCommitted: 100 },
  'region-cut': { acknowledgedUnderCut: 500, linksSilent: 16, cutOff: 100 },
  'reconnect-storm': { resets: 200, halfOpened: 1, watchesLost: 1 },
  'rolling-restart': { crashes: 5, membersReturned: 20, recordsRecovered: 100 },
  'lost-tail': { crashes: 9, membersReturned: 18, recordsRecovered: 1_000 },
  pause: { pausesForgiven: 1, linksSilent: 4 },
  'slow-node': { queued: 100 },
  'clock-jump': { entriesUnparked: 50 },
  'disk-full': { callsFailed: 100, contentsShed: 50 },
  'disk-dead': { callsFailed: 100, contentsShed: 100, crashes: 1, pullsCommitted: 1 },
}

/** What happens only when something fails. */
const TROUBLE = ['linksSilent', 'pushGaps', 'pullsAbandoned', 'peerErrors', 'crashes', 'resets', 'cutOff', 'lost']

describe('scenarios', () => {
  it('have names of their own, for the command line', () => {
    const names = [...SCENARIOS, ...STORY_FAMILIES].map(({ name }) => name)
    expect(new Set(names).size).toBe(names.length)
    for (const name of names) expect(name).toMatch(/^[a-z]+(-[a-z]+)*$/)
    expect(scenarioOf('no-such')).toBeUndefined()
  })

  it.each([...SCENARIOS, ...STORY_FAMILIES])('are plans that can be kept as text: $name', ({ name }) => {
    const plan = scenarioPlan(name, SEED)
    expect(parsePlan(planText(plan))).toEqual(plan)
  })

  it.each(SCENARIOS.filter(({ off }) => off === undefined))('hold all invariants: $name', ({ name, faults }) => {
    const { violation, counts, acknowledged } = runPlan(scenarioPlan(name, SEED))
    expect(violation?.message).toBeUndefined()
    expect(acknowledged).toBeGreaterThan(100)
    for (const { kind } of faults) expect(counts[`strikes of ${kind}`], kind).toBeGreaterThan(0)
    const tracks = TRACKS[name]
    expect(tracks, 'of this scenario nobody has said what shows that it did something').toBeDefined()
    for (const [count, least] of Object.entries(tracks ?? {}))
      expect(counts[count], count).toBeGreaterThanOrEqual(least)
    if (faults.length === 0) for (const count of TROUBLE) expect(counts[count] ?? 0, count).toBe(0)
  })

  it.each(SCENARIOS.filter(({ off }) => off !== undefined))('fail as long as they are off: $name', ({ name }) => {
    expect(runPlan(scenarioPlan(name, SEED)).violation?.id).toMatch(/^I(4|15)$/)
  })
})

describe('a family of stories', () => {
  it.each(STORY_FAMILIES)('is another story for each seed: $name', ({ draw }) => {
    expect(draw(1).steps).not.toEqual(draw(2).steps)
    expect(draw(1)).toEqual(draw(1))
  })

  it('holds all invariants while nodes are away, and meets what it is there for', () => {
    const counts: Record<string, number> = {}
    for (let seed = 1; seed <= 12; seed++) {
      const result = runPlan(scenarioPlan('away', seed))
      expect(result.violation?.message, `seed ${seed}`).toBeUndefined()
      for (const [name, count] of Object.entries(result.counts)) counts[name] = (counts[name] ?? 0) + count
    }
    const met = ['membersForgotten', 'rowsRefused', 'runsRedrawn', 'pullsUnsafe', 'keysRemoved', 'tombstonesCollected']
    for (const name of [...met, 'disksReplaced']) expect(counts[name], name).toBeGreaterThan(0)
    for (const name of ['resurrections', 'lostNewest', 'divergence']) expect(counts[name], name).toBe(0)
  })
})
