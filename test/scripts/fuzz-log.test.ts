/** Each part of the log's fuzz runs at a tiny size and finds nothing wrong, and finds it when something is. */

import { describe, expect, it } from 'vitest'
import { cuts } from '../../scripts/fuzz/cuts.ts'
import { flips } from '../../scripts/fuzz/flips.ts'
import { mutations } from '../../scripts/fuzz/mutations.ts'
import { openAll } from '../../scripts/fuzz/opening.ts'
import { checkTools, type Sample } from '../../scripts/fuzz/tools.ts'
import { writeTrueLog } from '../../scripts/fuzz/true-log.ts'
import { checkLosses, openJudged } from '../../scripts/fuzz/verdict.ts'
import { segmentName } from '../../src/storage/segment.ts'

const TINY = { seed: 1, halfBytes: 700, from: 0, count: Number.MAX_SAFE_INTEGER, part: 0, parts: 1 }

describe('the fuzz of the log', () => {
  it('flips bits', () => {
    const { cases, failures, told } = flips({ ...TINY, every: 101 })
    expect({ failures, told }).toEqual({ failures: 0, told: [] })
    expect(cases).toBeGreaterThan(10_000)
  })

  it('cuts files', () => {
    const { counts, failures, told } = cuts({ ...TINY, every: 29 })
    expect({ failures, told }).toEqual({ failures: 0, told: [] })
    expect(Object.keys(counts)).toEqual(expect.arrayContaining(['the newest segment: torn', 'other files: damaged']))
  })

  it('spoils logs at random, and shows them to the tools', async () => {
    const sample: Sample[] = []
    const tally = mutations({ ...TINY, count: 200, sample })
    await checkTools(sample, tally)
    expect({ failures: tally.failures, told: tally.told }).toEqual({ failures: 0, told: [] })
    expect(tally.counts['forged bodies that are records']).toBeGreaterThan(0)
    expect(sample.length).toBeGreaterThan(0)
  })

  it('opens one case alone when it is asked to', () => {
    expect(flips({ ...TINY, every: 1, from: 777, count: 1 }).cases).toBe(2)
    expect(cuts({ ...TINY, every: 1, from: 777, count: 1 }).cases).toBe(1)
    expect(mutations({ ...TINY, from: 777, count: 1 }).cases).toBe(1)
  })

  it('writes a log with a checkpoint that needs some of what is behind it', () => {
    const { files, list, needed, image } = writeTrueLog(TINY)
    expect(files[0]).toMatch(/checkpoint$/)
    expect(files.length).toBeGreaterThan(2)
    expect(needed).toBeGreaterThan(list.filter(({ file }) => file === files[0]).length)
    expect(openAll(image, { segmentBytesMax: 1_000 }).records).toEqual(list.map(({ record }) => record))
  })

  it('tells a wrong value, and a record that is lost without a word', () => {
    const truth = writeTrueLog(TINY)
    const last = truth.list.at(-1)
    if (last?.record.kind !== 'write') throw new Error('a log ends with a write')
    const record = { ...last.record, upTo: last.record.upTo + 1 }
    const other = { ...truth, list: [...truth.list.slice(0, -1), { ...last, record }] }
    expect(() => openJudged(truth.image, other)).toThrow('is not what was written')

    const { outcome } = openJudged(truth.image, truth)
    const less = { ...outcome, prefix: outcome.prefix - 1 }
    expect(() => checkLosses(truth.image, less, truth, truth.image)).toThrow('is unharmed, and was lost')
    expect(truth.image.has(segmentName(1))).toBe(false)
  })
})
