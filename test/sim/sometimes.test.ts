/** Every counter that there is must be looked at in a soak, or say why not. */

import { describe, expect, it } from 'vitest'
import { run } from '../../sim/run.ts'
import { NOT_MET, neverHappened } from '../../sim/sometimes.ts'
import { SWARM_DEFAULTS } from '../../sim/swarm.ts'

describe('what should happen sometimes', () => {
  it('names every counter of nodes and network, or says why these runs do not meet it', () => {
    const { counts } = run({ ...SWARM_DEFAULTS, seed: 1, seconds: 5 })
    const named = new Set([...neverHappened({}).map(({ name }) => name), ...Object.keys(NOT_MET)])
    expect(Object.keys(counts).filter((name) => !named.has(name))).toEqual([])
  })

  it('is said when it never happened', () => {
    const [first] = neverHappened({})
    expect(first).toBeDefined()
    expect(neverHappened({ [first!.name]: 1 })).not.toContainEqual(first)
  })
})
