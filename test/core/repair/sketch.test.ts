/** The sketch against one made afresh, its walks against their law, and its bytes against everything else. */

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CELL_BYTES, Cells, cellsFromBytes, differenceOf } from '../../../src/core/repair/cells.ts'
import { multiply, P, subtract } from '../../../src/core/repair/field.ts'
import { Sketch } from '../../../src/core/repair/sketch.ts'
import { CELLS_MAX, nextCell, nextState, visits } from '../../../src/core/repair/walk.ts'
import { comparedOf, numbersFrom, sampleOf, sketchOf, type Weights } from './samples.ts'

function walkOf(k: number): number[] {
  const cells: number[] = []
  for (let cell = 0, state = k; cell < CELLS_MAX; cell = nextCell(cell, state)) {
    cells.push(cell)
    state = nextState(state)
  }
  return cells
}

describe('a walk', () => {
  it('is the same on every machine', () => {
    expect([1, 2, 0x12345678, P - 1].map((k) => walkOf(k).join(' '))).toMatchInlineSnapshot(`
      [
        "0 1 8 11 17 30 34 35 60 188 221 319 1130 1732 1907 5852 18658",
        "0 1 5 23 31 42 50 74 271 317 850 3216 3270 4596 11899 28460",
        "0 10 18 35 75 92 701 2197 6407 7753 13407 14041 27579",
        "0 6 9 19 25 27 34 38 66 125 660 2031 2140 3068 3139 4927 13293 16024 19439",
      ]
    `)
  })

  it('begins at cell 0 and rises', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: P - 1 }), (k) => {
        const cells = walkOf(k)
        expect(cells[0]).toBe(0)
        expect(cells.every((cell, i) => i === 0 || cell > (cells[i - 1] ?? 0))).toBe(true)
      }),
    )
  })

  it('rises even on the least and the greatest draw', () => {
    for (let cell = 0; cell < CELLS_MAX; cell++)
      for (const state of [0, -1, 1, -0x80000000]) {
        const next = nextCell(cell, state)
        if (!(next > cell && next <= CELLS_MAX && Number.isInteger(next))) expect.fail(`${next} after ${cell}`)
      }
  })

  it('visits cell i with probability 1 / (1 + i/2)', () => {
    const count = 40_000
    const visited = new Float64Array(CELLS_MAX)
    for (const k of sampleOf(count, 1).keys()) for (const cell of walkOf(k)) visited[cell]!++
    for (const [from, to] of [
      [0, 1],
      [1, 2],
      [2, 3],
      [3, 5],
      [5, 9],
      [9, 65],
      [65, 1025],
      [1025, CELLS_MAX],
    ] as const) {
      let expected = 0
      let found = 0
      for (let cell = from; cell < to; cell++) {
        expected += count / (1 + cell / 2)
        found += visited[cell]!
      }
      expect(Math.abs(found - expected)).toBeLessThan(4.5 * Math.sqrt(expected))
    }
  })

  it('knows which cells it visits', () => {
    for (const k of sampleOf(50, 2).keys()) {
      const cells = new Set(walkOf(k))
      for (let cell = 0; cell < 2_000; cell++)
        if (visits(k, cell) !== cells.has(cell)) expect.fail(`cell ${cell} of ${k}`)
    }
  })
})

const aWeight = fc.integer({ min: 0, max: P - 1 })
const anElement = fc.integer({ min: 1, max: P - 1 })

describe('a sketch', () => {
  it('kept through any changes is the sketch made afresh', () => {
    const aStep = fc.record({ key: fc.nat({ max: 19 }), weight: fc.oneof(fc.constant(0), aWeight) })
    fc.assert(
      fc.property(
        fc.array(aStep, { maxLength: 60 }),
        fc.array(anElement, { minLength: 20, maxLength: 20 }),
        (steps, ks) => {
          const kept = new Sketch()
          const weights: Weights = new Map()
          for (const { key, weight } of steps) {
            const k = ks[key] ?? 1
            kept.change(k, subtract(weight, weights.get(k) ?? 0))
            weights.set(k, weight)
          }
          expect(Buffer.compare(kept.prefix().toBytes(), sketchOf(weights).prefix().toBytes())).toBe(0)
          expect(kept.estimator()).toEqual(sketchOf(weights).estimator())
        },
      ),
      { numRuns: 60 },
    )
  })

  it('holds in each cell the sums of w, w·k and w·k²', () => {
    const weights = sampleOf(30, 3)
    const { sums } = sketchOf(weights).prefix(200)
    for (let cell = 0; cell < 200; cell++) {
      let [a, b, c] = [0n, 0n, 0n]
      for (const [k, weight] of weights)
        if (visits(k, cell)) {
          a += BigInt(weight)
          b += BigInt(multiply(weight, k))
          c += BigInt(multiply(multiply(weight, k), k))
        }
      expect([...sums.subarray(3 * cell, 3 * cell + 3)]).toEqual([a, b, c].map((sum) => Number(sum % BigInt(P))))
    }
  })

  it('gives a copy from which a change can be taken back', () => {
    fc.assert(
      fc.property(anElement, aWeight, fc.nat({ max: 500 }), fc.nat({ max: 500 }), (k, weight, count, first) => {
        const sketch = sketchOf(sampleOf(20, 4))
        const before = sketch.prefix(count, first)
        sketch.change(k, weight)
        const after = sketch.prefix(count, first)
        after.change(k, subtract(0, weight))
        expect(after).toEqual(before)
        after.change(k, weight)
        expect(after).toEqual(sketch.prefix(count, first))
      }),
      { numRuns: 40 },
    )
  })

  it('is equal to itself and to no other', () => {
    const [mine, theirs] = [sketchOf(sampleOf(100, 5)), sketchOf(sampleOf(100, 6))]
    expect(comparedOf(mine, mine, 300).isZero()).toBe(true)
    expect(comparedOf(theirs, mine, 1).isZero()).toBe(false)
  })
})

describe('cells', () => {
  it('come back from their bytes', () => {
    fc.assert(
      fc.property(fc.nat({ max: 60 }), fc.nat({ max: 60 }), fc.integer(), (count, first, seed) => {
        const cells = sketchOf(sampleOf(40, seed)).prefix(count, first)
        const bytes = cells.toBytes()
        expect(bytes.length).toBe(CELL_BYTES * count)
        // From the middle of another buffer, as a message would hold them.
        const message = new Uint8Array(bytes.length + 5)
        message.set(bytes, 3)
        expect(cellsFromBytes(message.subarray(3, 3 + bytes.length), first)).toEqual(cells)
      }),
      { numRuns: 40 },
    )
  })

  it('are refused when a sum is no element, a cell is cut, or the sketch has no such cells', () => {
    const bytes = sketchOf(sampleOf(40, 7)).prefix(10).toBytes()
    for (let length = 0; length < bytes.length; length++)
      expect(cellsFromBytes(bytes.subarray(0, length))?.count).toBe(
        length % CELL_BYTES ? undefined : length / CELL_BYTES,
      )
    for (const wrong of [P, P + 1, 0x80000000, 0xffffffff])
      for (let at = 0; at < bytes.length; at += 4) {
        const changed = bytes.slice()
        new DataView(changed.buffer).setUint32(at, wrong, true)
        expect(cellsFromBytes(changed)).toBeUndefined()
      }
    expect(cellsFromBytes(new Uint8Array(CELL_BYTES * (CELLS_MAX + 1)))).toBeUndefined()
    expect(cellsFromBytes(bytes, CELLS_MAX - 9)).toBeUndefined()
    expect(cellsFromBytes(bytes, CELLS_MAX - 10)?.count).toBe(10)
    for (const first of [-1, 0.5, Number.NaN]) expect(cellsFromBytes(bytes, first)).toBeUndefined()
  })

  it('made of any bytes are written as the same bytes', () => {
    const next = numbersFrom(8)
    for (let i = 0; i < 200; i++) {
      const bytes = new Uint8Array(CELL_BYTES * (i % 4)).map(() => next())
      const cells = cellsFromBytes(bytes)
      if (cells !== undefined) expect(cells.toBytes()).toEqual(bytes)
    }
  })

  it('are compared only with the same cells', () => {
    expect(() => differenceOf(new Cells(3), new Cells(4))).toThrow('the same cells')
    expect(() => differenceOf(new Cells(3, 1), new Cells(3))).toThrow('the same cells')
  })
})
