/** The queue of what is due, against a sorted array. */

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DueQueue } from '../../src/core/due-queue.ts'

type Step = { add: number } | { take: number } | { keepBelow: number }
const aStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: -50, max: 50 }).map((add) => ({ add })) },
  { weight: 2, arbitrary: fc.integer({ min: 1, max: 4 }).map((take) => ({ take })) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 9 }).map((keepBelow) => ({ keepBelow })) },
)

interface Item {
  readonly at: number
  readonly mark: number
}

function byTime(a: Item, b: Item): number {
  return a.at - b.at
}

/** Takes one from both and says that they agree. Of equal times any may come. */
function takeBoth(queue: DueQueue<Item>, model: Item[]): void {
  model.sort(byTime)
  const at = model[0]?.at ?? Number.POSITIVE_INFINITY
  expect(queue.peekAt()).toBe(at)
  const item = queue.take()
  expect(item?.at).toBe(model[0]?.at)
  if (item === undefined) return
  expect(model).toContain(item)
  model.splice(model.indexOf(item), 1)
}

describe('a queue of what is due', () => {
  it('gives the earliest first, each item once, and only those that were kept', () => {
    fc.assert(
      fc.property(fc.array(aStep, { maxLength: 200 }), (steps) => {
        const queue = new DueQueue<Item>()
        let model: Item[] = []
        for (const [i, step] of steps.entries()) {
          if ('add' in step) {
            const item = { at: step.add, mark: i % 10 }
            model.push(item)
            queue.add(item.at, item)
          } else if ('take' in step) {
            for (let n = 0; n < step.take; n++) takeBoth(queue, model)
          } else {
            model = model.filter(({ mark }) => mark < step.keepBelow)
            queue.keepOnly((item, at) => {
              expect(at).toBe(item.at)
              return item.mark < step.keepBelow
            })
          }
          expect(queue.size).toBe(model.length)
        }
        while (model.length > 0) takeBoth(queue, model)
        expect(queue.peekAt()).toBe(Number.POSITIVE_INFINITY)
        expect(queue.take()).toBeUndefined()
      }),
    )
  })

  it('keeps the order of many, also when few of them are left', () => {
    const queue = new DueQueue<number>()
    for (let i = 0; i < 20_000; i++) queue.add((i * 7_919) % 20_000, (i * 7_919) % 20_000)
    queue.keepOnly((item) => item % 100 === 0)
    expect(queue.size).toBe(200)
    for (let i = 0; i < 200; i++) expect(queue.take()).toBe(i * 100)
    queue.add(5, 5)
    queue.add(4, 4)
    expect([queue.take(), queue.take(), queue.take()]).toEqual([4, 5, undefined])
  })
})
