/** Ordered keys against a sorted array. */

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { OrderedKeys } from '../../src/core/ordered-keys.ts'
import { inRange, type KeyRange } from '../../src/core/range.ts'
import { aKey } from './arbitraries.ts'

const aRange: fc.Arbitrary<KeyRange> = fc
  .tuple(fc.constantFrom('', 'gt', 'gte'), aKey, fc.constantFrom('', 'lt', 'lte'), aKey)
  .map(([low, from, high, to]) => ({ ...(low && { [low]: from }), ...(high && { [high]: to }) }))

type Step =
  | { add: string }
  | { remove: number }
  | { walk: KeyRange; reverse: boolean; take: number }
  | { put: 'load' | 'advance' }
const aStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: aKey.map((add) => ({ add })) },
  { weight: 2, arbitrary: fc.nat().map((remove) => ({ remove })) },
  fc.record({ walk: aRange, reverse: fc.boolean(), take: fc.integer({ min: 1, max: 30 }) }),
  { weight: 1, arbitrary: fc.record({ put: fc.constantFrom('load' as const, 'advance' as const) }) },
)

function inOrder(keys: Iterable<string>): string[] {
  return [...keys].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
}

function walked(keys: OrderedKeys, range: KeyRange, reverse: boolean, take = Number.POSITIVE_INFINITY): string[] {
  const seen: string[] = []
  keys.walk(range, reverse, (key) => {
    seen.push(key)
    return seen.length < take
  })
  return seen
}

function expected(keys: Iterable<string>, range: KeyRange, reverse: boolean): string[] {
  const wanted = inOrder(keys).filter((key) => inRange(key, range))
  return reverse ? wanted.reverse() : wanted
}

describe('ordered keys', () => {
  it('walk as a sorted array would, between additions and removals, in ranges and in reverse', () => {
    fc.assert(
      fc.property(fc.array(aStep, { maxLength: 60 }), (steps) => {
        const keys = new OrderedKeys()
        const model = new Set<string>()
        for (const step of steps) {
          if ('walk' in step) {
            const want = expected(model, step.walk, step.reverse).slice(0, step.take)
            expect(walked(keys, step.walk, step.reverse, step.take)).toEqual(want)
          } else if ('put' in step) {
            keys[step.put]()
          } else if ('remove' in step) {
            // The one added last now and then, which still waits to be sorted in.
            const key = [...model].at(-1 - (step.remove % (model.size + 1)))
            if (key === undefined) continue
            model.delete(key)
            keys.remove(key)
          } else if (!model.has(step.add)) {
            model.add(step.add)
            keys.add(step.add)
          }
        }
        expect(walked(keys, {}, false)).toEqual(inOrder(model))
      }),
      { numRuns: 300 },
    )
  })

  it.each([
    ['rising', (i: number) => i],
    ['falling', (i: number) => 9_999 - i],
    ['scattered', (i: number) => (i * 7_919) % 10_000],
  ])('keep many blocks in order when keys come %s', (_name, nth) => {
    const keys = new OrderedKeys()
    const model: string[] = []
    for (let i = 0; i < 10_000; i++) {
      const key = `k${String(nth(i)).padStart(5, '0')}`
      model.push(key)
      keys.add(key)
      if (i % 997 === 0) walked(keys, { gte: key }, false, 1)
    }
    for (const range of [{}, { gt: 'k04999' }, { gte: 'k04999', lt: 'k05600' }, { lte: 'k00511' }, { gt: 'k09999' }]) {
      for (const reverse of [false, true]) {
        expect(walked(keys, range, reverse)).toEqual(expected(model, range, reverse))
      }
    }
  })

  it.each([
    ['rising', (i: number) => i],
    ['falling', (i: number) => 9_999 - i],
    ['scattered', (i: number) => (i * 7_919) % 10_000],
  ])('keep what is left in order when many leave, %s, and come back', (_name, nth) => {
    const keys = new OrderedKeys()
    const model = new Set<string>()
    const add = (i: number): void => {
      const key = `k${String(i).padStart(5, '0')}`
      model.add(key)
      keys.add(key)
    }
    const remove = (i: number): void => {
      const key = `k${String(i).padStart(5, '0')}`
      model.delete(key)
      keys.remove(key)
    }
    for (let i = 0; i < 10_000; i++) add((i * 3_001) % 10_000)
    for (let i = 0; i < 10_000; i++) {
      remove(nth(i))
      if (i % 997 !== 0 && i < 9_990) continue
      for (const reverse of [false, true])
        expect(walked(keys, { gte: 'k03000' }, reverse)).toEqual(expected(model, { gte: 'k03000' }, reverse))
    }
    expect(walked(keys, {}, false)).toEqual([])
    for (let i = 0; i < 3_000; i++) add(nth(i))
    for (let i = 0; i < 3_000; i += 2) remove(nth(i))
    for (let i = 0; i < 3_000; i += 4) add(nth(i))
    expect(walked(keys, {}, false)).toEqual(inOrder(model))
  })

  it.each([
    ['in slices, while others come and leave', 1, 'k'],
    ['in slices, some of it wide', 1, '\u{1f600}'],
    ['at once by who needs the order', 40_000, 'k'],
    ['in some slices, and the rest by who needs the order', 30_010, 'k'],
    ['in some slices and the rest at once, some of it wide', 30_005, '\u{1f600}'],
  ])('sort what was loaded %s', (_name, advancedFrom, some) => {
    const keys = new OrderedKeys()
    const model = new Set<string>()
    const keyAt = (i: number): string =>
      `${['k', some, '\uff01'][i % 3 === 0 && some !== 'k' ? 1 + (i % 2) : 0]}${String((i * 7_919) % 40_000).padStart(5, '0')}`
    const add = (key: string): void => {
      model.add(key)
      keys.add(key)
    }
    const remove = (key: string): void => {
      model.delete(key)
      keys.remove(key)
    }
    for (let i = 0; i < 100; i++) add(`before ${i}`)
    walked(keys, {}, false, 1)
    keys.load()
    for (let i = 0; i < 30_000; i++) add(keyAt(i))
    for (let i = 0; i < 30_000; i += 3) remove(keyAt(i))
    for (let i = 0; i < 30_000; i += 9) add(keyAt(i))
    for (let i = 30_000; i < 40_000; i++) {
      add(keyAt(i))
      if (i % 5 === 0) remove(keyAt(i - 1_234))
      if (i % 10 === 0) add(keyAt(i - 1_234))
      if (i > advancedFrom && (advancedFrom !== 30_005 || i < 30_015)) keys.advance()
    }
    remove('before 7')
    expect(walked(keys, {}, false)).toEqual(inOrder(model))
    for (const key of [...model].slice(0, 20_000)) remove(key)
    for (let i = 0; i < 40_000; i += 2) if (!model.has(keyAt(i))) add(keyAt(i))
    expect(walked(keys, { gte: 'k1' }, true)).toEqual(expected(model, { gte: 'k1' }, true))
  })

  it('are as they were when a key is removed that is not there', () => {
    const keys = new OrderedKeys()
    keys.remove('a')
    for (const key of ['b', 'd']) keys.add(key)
    for (const key of ['a', 'c', 'e']) keys.remove(key)
    expect(walked(keys, {}, false)).toEqual(['b', 'd'])
  })

  it('sort again when the first wide key comes behind many narrow ones', () => {
    const keys = new OrderedKeys()
    const model: string[] = []
    for (let i = 0; i < 2_000; i++) model.push(`k${i}`)
    for (const key of model) keys.add(key)
    walked(keys, {}, false, 1)
    for (const key of ['\u{10000}', '\uffff', '\ue000']) {
      model.push(key)
      keys.add(key)
    }
    expect(walked(keys, {}, false)).toEqual(inOrder(model))
    expect(walked(keys, { gt: '\uffff' }, false)).toEqual(['\u{10000}'])
    for (const key of model.splice(500, 1_501)) keys.remove(key)
    expect(walked(keys, {}, false)).toEqual(inOrder(model))
  })
})
