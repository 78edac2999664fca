/** A few runs of the whole simulator. Long hunts are for `npm run sim -- run --seeds N`. */

import { describe, expect, it } from 'vitest'
import { run } from '../../sim/run.ts'
import { SWARM_DEFAULTS, type SwarmOptions } from '../../sim/swarm.ts'

function runOf(seed: number, options: Partial<SwarmOptions> = {}): ReturnType<typeof run> {
  return run({ ...SWARM_DEFAULTS, seed, ...options })
}

describe('a simulated cluster', () => {
  it.each([1, 2, 3, 4, 5])('holds all invariants in seed %i', (seed) => {
    const result = runOf(seed)
    expect(result.violation?.message).toBeUndefined()
    expect(result.acknowledged).toBeGreaterThan(50)
  })

  it.each([1, 2, 9])('holds with %i nodes', (nodes) => {
    expect(runOf(31, { nodes, seconds: 20 }).violation?.message).toBeUndefined()
  })

  it('never finds a gap or a silent link when nothing fails', () => {
    const { violation, counts } = runOf(32, { seconds: 20, faults: [] })
    expect(violation?.message).toBeUndefined()
    expect(counts.crashes).toBeUndefined()
    expect(counts.linksSilent).toBe(0)
    expect(counts.peerErrors).toBe(0)
  })
})

describe('a seed', () => {
  it('gives the same run each time, whether or not somebody reads along', () => {
    const first = runOf(7, { seconds: 20 })
    const lines: string[] = []
    const again = run({ ...SWARM_DEFAULTS, seed: 7, seconds: 20 }, { tell: (line) => lines.push(line) })
    expect(again.traceHash).toBe(first.traceHash)
    expect(again.events).toBe(first.events)
    expect(lines.length).toBeGreaterThan(10)
  })

  it('gives another run than the next seed', () => {
    expect(runOf(7, { seconds: 5 }).traceHash).not.toBe(runOf(8, { seconds: 5 }).traceHash)
  })
})
