/** Origins: one spelling each, and the order of the runs of a name. */

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  birthOf,
  compareRuns,
  drawOrigin,
  formatOrigin,
  isNodeName,
  nameOf,
  type Origin,
  parseOrigin,
} from '../../src/core/origin.ts'
import { seededRng } from '../../src/core/rng.ts'

const letters = fc.constantFrom(...'0123456789abcdefghijklmnopqrstuvwxyz')
const origin: fc.Arbitrary<Origin> = fc.record({
  name: fc.constantFrom('n', 'n-1', 'A.b_c', 'x'.repeat(63)),
  run: fc.oneof(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 2 ** 32 })),
  birth: fc.maxSafeNat(),
  random: fc.string({ unit: letters, minLength: 10, maxLength: 10 }),
})

describe('an origin', () => {
  it('reads back as it was written', () => {
    fc.assert(
      fc.property(origin, (o) => {
        const id = formatOrigin(o)
        expect(parseOrigin(id)).toEqual(o)
        expect(nameOf(id)).toBe(o.name)
        expect(birthOf(id)).toBe(o.birth)
        expect(id.length).toBeLessThanOrEqual(128)
      }),
    )
  })

  it('has one spelling: what parses is written just so', () => {
    const text = fc.oneof(
      fc.string(),
      fc.tuple(origin, fc.nat({ max: 30 }), letters).map(([o, at, letter]) => {
        const id = formatOrigin(o)
        return id.slice(0, at) + letter + id.slice(at)
      }),
    )
    fc.assert(
      fc.property(text, (id) => {
        const parsed = parseOrigin(id)
        if (parsed !== undefined) expect(formatOrigin(parsed)).toBe(id)
      }),
    )
  })

  it.each([
    '',
    'n/1/1',
    'n/0/1/abcdefghij',
    'n/01/1/abcdefghij',
    'n/1/1/abcdefghi',
    'n/1/1/ABCDEFGHIJ',
    '-n/1/1/abcdefghij',
    'n/zzzzzzzzzzz/1/abcdefghij',
    'n/1/1/abcdefghij\n',
  ])('is not %j', (id) => {
    expect(parseOrigin(id)).toBeUndefined()
  })

  it('is ordered among the runs of its name by run and random, never by birth', () => {
    fc.assert(
      fc.property(origin, origin, (a, b) => {
        const order = Math.sign(compareRuns(a, b))
        expect(order).toBe(0 - Math.sign(compareRuns(b, a)))
        if (a.run !== b.run) expect(order).toBe(Math.sign(a.run - b.run))
        expect(Math.sign(compareRuns({ ...a, birth: 0 }, b))).toBe(order)
      }),
    )
  })

  it('is drawn from the given chance alone', () => {
    const first = drawOrigin('n', 3, 7, seededRng(1))
    expect(drawOrigin('n', 3, 7, seededRng(1))).toEqual(first)
    expect(drawOrigin('n', 3, 7, seededRng(2))).not.toEqual(first)
    expect(parseOrigin(formatOrigin(first))).toEqual(first)
  })

  it('belongs to a node whose name is 1 to 63 plain characters', () => {
    for (const name of ['n', 'n1', 'eu-west.node_7', 'x'.repeat(63)]) expect(isNodeName(name)).toBe(true)
    for (const name of ['', '.n', '-n', 'n/1', 'ñ', 'n 1', 'x'.repeat(64)]) expect(isNodeName(name)).toBe(false)
  })
})
