/**
 * A survey and a start agree: where one sees damage the other fails, and nowhere else. And what is set aside leaves a log
 * that opens with a true prefix, with every byte still in the folder.
 */

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { LogRecord } from '../../src/core/record.ts'
import { encodeHeader, segmentName } from '../../src/storage/segment.ts'
import { type SetAside, setAside } from '../../src/storage/set-aside.ts'
import { type LogSurvey, surveyLog } from '../../src/storage/survey.ts'
import { appendAll, type Bench, bench, close, imageOf, type Opened, open, openWell, writes } from './log-fixture.ts'
import { checkpointName, ModelState, stateAfter, story, take } from './model-state.ts'

type Image = ReadonlyMap<string, Uint8Array>

interface Told {
  readonly image: Image
  /** All that was appended, in order. */
  readonly records: readonly LogRecord[]
}

function surveyOf(on: Bench): LogSurvey | undefined {
  let survey: LogSurvey | undefined
  const disk = on.disk.mount()
  surveyLog(disk, (error, found) => {
    if (error !== undefined) throw error
    survey = found
    disk.close(() => undefined)
  })
  on.time.runUntilIdle()
  return survey
}

function benchOf(image: Image): Bench {
  const on = bench()
  on.disk.restore(new Map(image))
  return on
}

function setAsideOn(on: Bench, survey: LogSurvey): readonly SetAside[] {
  let moved: readonly SetAside[] | undefined
  const disk = on.disk.mount()
  setAside(disk, survey, (error, done) => {
    if (error !== undefined) throw error
    moved = done
    disk.close(() => undefined)
  })
  on.time.runUntilIdle()
  if (moved === undefined) throw new Error('it never ended')
  return moved
}

/** A log of many segments and, with a state, checkpoints. */
function logOf(seed: number, count: number, segmentBytesMax: number, hasState: boolean): Told {
  const records = take(story(seed, { keys: 12, valueBytesMax: 60 }), count)
  const on = bench(seed)
  const state = new ModelState()
  const opened = openWell(on, { segmentBytesMax, ...(hasState && { state }) })
  records.forEach((record, i) => {
    state.apply(record)
    opened.log.append(i + 1, record)
    opened.log.flush()
    if (i % 3 === 0) on.time.runUntilIdle()
  })
  close(on, opened.log)
  return { image: on.disk.image(), records }
}

function opened(image: Image): Opened {
  return open(benchOf(image))
}

/** What a reader of these records holds. */
function factsOf(records: readonly LogRecord[]): unknown {
  return stateAfter(records).facts()
}

interface Harm {
  readonly how: 'flip' | 'cut' | 'remove' | 'zero'
  readonly file: number
  readonly at: number
  readonly bytes: number
}

const harm: fc.Arbitrary<Harm> = fc.record({
  how: fc.constantFrom('flip', 'flip', 'flip', 'cut', 'remove', 'zero'),
  file: fc.nat(),
  at: fc.nat(),
  bytes: fc.integer({ min: 1, max: 200 }),
})

function harmed(image: Image, harms: readonly Harm[]): Map<string, Uint8Array> {
  const result = new Map(image)
  for (const { how, file, at, bytes } of harms) {
    const names = [...result.keys()].filter((name) => /^\d+\.(log|checkpoint)$/.test(name)).sort()
    const name = names[file % names.length]
    const copy = name === undefined ? undefined : result.get(name)?.slice()
    if (name === undefined || copy === undefined || copy.length === 0) continue
    const offset = at % copy.length
    if (how === 'remove') result.delete(name)
    else if (how === 'cut') result.set(name, copy.slice(0, offset))
    else {
      if (how === 'flip') copy[offset] = (copy[offset] ?? 0) ^ 0x55
      else copy.fill(0, offset, offset + bytes)
      result.set(name, copy)
    }
  }
  return result
}

const log = fc.record({
  seed: fc.integer({ min: 1, max: 1e6 }),
  count: fc.integer({ min: 0, max: 80 }),
  max: fc.integer({ min: 300, max: 4000 }),
  hasState: fc.boolean(),
})

describe('a survey', () => {
  it('finds damage where a start fails, a torn tail where a start cuts one, and nothing elsewhere', () => {
    fc.assert(
      fc.property(log, fc.array(harm, { maxLength: 3 }), ({ seed, count, max, hasState }, harms) => {
        const image = harmed(logOf(seed, count, max, hasState).image, harms)
        const survey = surveyOf(benchOf(image))
        const start = opened(image)
        if (survey === undefined) {
          expect(start.error).toBeUndefined()
          return
        }
        const isWell = start.error === undefined
        // Without a header that can be read only the node knows how long it would have been; so this errs on one side.
        if (survey.owner === undefined && isWell) return
        expect([survey.damageCount === 0, start.error?.message]).toEqual([isWell, start.error?.message])
        if (isWell) expect(survey.torn !== undefined).toBe((start.report?.tornBytes ?? 0) > 0)
      }),
      { numRuns: 400 },
    )
  })

  it('finds no damage in several last segments that wait for their checkpoints', () => {
    const image = new Map(imageOf(writes(1, 5), true))
    for (const number of [2, 3, 5]) {
      const place = { kind: 'successor', number, base: 0, salt: 0 } as const
      image.set(segmentName(number), encodeHeader({ cluster: 'c', name: 'n1' }, place))
    }
    expect(surveyOf(benchOf(image))).toMatchObject({ damageCount: 0, damage: [], records: 5 })
    expect(opened(image)).toMatchObject({ error: undefined, records: writes(1, 5) })
  })

  it('counts what is there', () => {
    const { image, records } = logOf(5, 60, 1_000, false)
    const survey = surveyOf(benchOf(image))
    const counts: Record<string, number> = {}
    for (const { kind } of records) counts[kind] = (counts[kind] ?? 0) + 1
    expect(survey).toMatchObject({ owner: { cluster: 'c', name: 'n1' }, records: 60, kinds: counts, damageCount: 0 })
    const times = records.flatMap((record) => (record.kind === 'write' ? record.entries.map(({ time }) => time) : []))
    expect([survey?.first?.time, survey?.last?.time]).toEqual([Math.min(...times), Math.max(...times)])
  })

  it('goes on behind damage, and names each stretch', () => {
    const image = new Map(imageOf(writes(1, 40), true, 600))
    const harmedNames = [segmentName(2), segmentName(4)]
    for (const name of harmedNames) {
      const bytes = image.get(name)?.slice() ?? new Uint8Array()
      bytes[120] = (bytes[120] ?? 0) ^ 1
      image.set(name, bytes)
    }
    const survey = surveyOf(benchOf(image))
    expect(survey?.damage.map(({ file, what }) => [file, what])).toEqual(
      harmedNames.map((name) => [name, 'not a record']),
    )
    expect(survey?.records).toBe(38)
  })
})

describe('what is set aside', () => {
  it('leaves a true prefix that opens, and every byte in the folder', () => {
    fc.assert(
      fc.property(log, fc.array(harm, { minLength: 1, maxLength: 3 }), ({ seed, count, max, hasState }, harms) => {
        const told = logOf(seed, count, max, hasState)
        const image = harmed(told.image, harms)
        const on = benchOf(image)
        const survey = surveyOf(on)
        if (survey === undefined || survey.damageCount === 0) return
        fc.pre(survey.damage.every(({ code }) => code === 'ERR_LOG_DAMAGED'))
        const moved = setAsideOn(on, survey)
        expect(moved.length).toBeGreaterThan(0)
        const after = on.disk.image()
        for (const [name, bytes] of image) expect(together(name, after, moved)).toEqual(Buffer.from(bytes))
        expect(surveyOf(on)?.damageCount ?? 0).toBe(0)
        const start = open(on)
        expect(start.error).toBeUndefined()
        expect(prefixes(told.records)).toContainEqual(factsOf(start.records))
      }),
      { numRuns: 150 },
    )
  })

  it('never takes the name of what was set aside before', () => {
    const image = new Map(imageOf(writes(1, 30), true, 600))
    const bytes = image.get(segmentName(2))?.slice() ?? new Uint8Array()
    bytes[200] = (bytes[200] ?? 0) ^ 1
    const on = benchOf(image.set(segmentName(2), bytes).set('set-aside-00000003.log-0', new Uint8Array(3)))
    const survey = surveyOf(on) as LogSurvey
    expect(setAsideOn(on, survey).map(({ as }) => as)).toContain('set-aside-00000003.log-0-2')
    expect(on.disk.image().get('set-aside-00000003.log-0')).toHaveLength(3)
  })

  it('is nothing of a log that is whole, or ends in a write that was cut short', () => {
    const image = imageOf(writes(1, 5), true)
    for (const cut of [0, 5]) {
      const bytes = image.get(segmentName(1)) ?? new Uint8Array()
      const on = benchOf(new Map([[segmentName(1), bytes.slice(0, bytes.length - cut)]]))
      const survey = surveyOf(on) as LogSurvey
      expect([survey.damageCount, survey.torn !== undefined]).toEqual([0, cut > 0])
      expect(setAsideOn(on, survey)).toEqual([])
    }
  })

  it('is finished by another try when a crash cut the first one short', () => {
    for (let steps = 0; steps < 60; steps++) {
      const image = new Map(imageOf(writes(1, 40), true, 600))
      const bytes = image.get(segmentName(2))?.slice() ?? new Uint8Array()
      bytes[200] = (bytes[200] ?? 0) ^ 1
      const on = benchOf(image.set(segmentName(2), bytes))
      const survey = surveyOf(on) as LogSurvey
      setAside(on.disk.mount(), survey, () => undefined)
      for (let left = steps; left > 0; left--) on.time.step()
      on.disk.crash()
      on.time.runUntilIdle()
      const again = surveyOf(on)
      if (again !== undefined) setAsideOn(on, again)
      const start = open(on)
      expect(start.error).toBeUndefined()
      expect(start.records).toStrictEqual(writes(1, start.records.length))
      expect(start.records.length).toBeGreaterThan(0)
      appendAll(on, (start as { log: Parameters<typeof appendAll>[1] }).log, writes(90, 91))
    }
  })

  it('is a checkpoint that is damaged, when the log that it stands for is still there', () => {
    const told = logOf(11, 80, 700, true)
    const names = [...told.image.keys()]
    const checkpoint = names.filter((name) => name.endsWith('.checkpoint')).at(-1) ?? ''
    expect(checkpoint).not.toBe('')
    const image = harmed(told.image, [])
    const bytes = image.get(checkpoint)?.slice() ?? new Uint8Array()
    bytes[bytes.length - 5] = (bytes[bytes.length - 5] ?? 0) ^ 1
    image.set(checkpoint, bytes)
    const on = benchOf(image)
    const survey = surveyOf(on) as LogSurvey
    expect(survey.damage[0]).toMatchObject({ file: checkpoint })
    setAsideOn(on, survey)
    // The segments behind it are of no use alone.
    expect(on.disk.names().filter((name) => name.endsWith('.log') && !name.startsWith('set-aside'))).toEqual([])
    expect(open(on)).toMatchObject({ error: undefined, records: [] })
    expect(checkpointName(1)).toBe('00000001.checkpoint')
  })
})

/** The bytes that were in a file, from wherever they are now. */
function together(name: string, now: Image, moved: readonly SetAside[]): Buffer {
  const parts = moved.filter(({ file }) => file === name)
  const whole = parts.find(({ offset }) => offset === 0)
  if (whole !== undefined) return Buffer.from(now.get(whole.as) ?? [])
  return Buffer.concat([now.get(name) ?? new Uint8Array(), ...parts.map(({ as }) => now.get(as) ?? new Uint8Array())])
}

function prefixes(records: readonly LogRecord[]): unknown[] {
  return Array.from({ length: records.length + 1 }, (_, count) => factsOf(records.slice(0, count)))
}
