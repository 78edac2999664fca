/** The tester is tested: planted bugs still fit the code, each checker has one, and the quick ones are found. */

import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { gracePatches } from '../../sim/mutants/grace-patches.ts'
import { MUTANTS } from '../../sim/mutants/list.ts'
import { countPlaces } from '../../sim/mutants/plant.ts'
import { hunt, judge } from '../../sim/mutants/run.ts'
import { rules } from '../../sim/run.ts'

/** The compiled code: `npm test` builds it first. */
const BUILT = fileURLToPath(new URL('../../dist', import.meta.url))
/** Found in the first seeds. One `npm run sim:mutants` takes minutes. */
const QUICK = [
  'piece-shown-early',
  'vector-of-last-piece',
  'merge-prefers-mine',
  'fingerprint-keeps-old',
  'stamp-of-wall-clock',
]

describe('planted bugs', () => {
  it.each(MUTANTS)('$id has its place once in the compiled code', (mutant) => {
    expect(countPlaces(mutant, BUILT)).toBe(1)
    expect(mutant.replace).not.toBe(mutant.find)
  })

  it.each(gracePatches(10))('the grace timer has its place once in $file', (patch) => {
    expect(countPlaces(patch, BUILT)).toBe(1)
  })

  it('have names of their own', () => {
    expect(new Set(MUTANTS.map(({ id }) => id)).size).toBe(MUTANTS.length)
  })

  it('test every checker', () => {
    const checkers = rules().map(({ id }) => id)
    const planted = new Set(MUTANTS.map(({ checker }) => checker))
    expect([...planted].sort()).toEqual(checkers.sort())
  })

  it.each(MUTANTS.filter(({ id }) => QUICK.includes(id)))('$id is found', async (mutant) => {
    const { seeds } = await hunt(mutant, BUILT, 5)
    expect(seeds).toBeLessThanOrEqual(5)
  })
})

describe('what the simulator printed', () => {
  const mutant = MUTANTS.find(({ checker }) => checker === 'I7')!

  it('tells who found the bug first, and when its own checker did', () => {
    const said =
      '\nseed 2 failed after 3.0 simulated seconds\nI2 is broken: a rule\n  n1 differs\nreplay: …\n' +
      '\nseed 4 failed after 1.5 simulated seconds\nI7 is broken: another rule\n  n2 claims\nreplay: …\n'
    const found = judge(mutant, said)
    expect(found).toMatchObject({ seeds: 4, first: { checker: 'I2', seeds: 2 }, words: 'n2 claims' })
  })

  it('may be that nothing was found', () => {
    expect(judge(mutant, '200 seeds, 0 failures').seeds).toBeUndefined()
  })
})
