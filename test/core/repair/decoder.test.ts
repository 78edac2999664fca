/** Decoding the difference of two sketches gives exactly the keys that differ, or says that it cannot. */

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CELL_BYTES, Cells, cellsFromBytes } from '../../../src/core/repair/cells.ts'
import { Decoder, type Decoding } from '../../../src/core/repair/decoder.ts'
import { elementOf, invert, multiply, P, subtract } from '../../../src/core/repair/field.ts'
import { CELLS_MAX, visits } from '../../../src/core/repair/walk.ts'
import { comparedOf, numbersFrom, sampleOf, sketchOf, type Weights } from './samples.ts'

/** Runs to the end in slices; more slices than honest or made-up cells can need fail. */
function finish(decoder: Decoder, workMax = 10_000): Exclude<Decoding, 'working'> {
  for (let slices = 0; slices < 100_000; slices++) {
    const decoding = decoder.run(workMax)
    if (decoding !== 'working') return decoding
  }
  throw new Error('it does not end')
}

function foundBy(decoder: Decoder): Weights {
  return new Map(decoder.differences.map(({ k, deltaWeight }) => [k, deltaWeight]))
}

/** Two maps with `size` differences, a third each mine alone, theirs alone, and of another weight. */
function pairOf(size: number, seed: number): { mine: Weights; theirs: Weights; differences: Weights } {
  const mine: Weights = new Map()
  const theirs: Weights = new Map()
  const differences: Weights = new Map()
  const next = numbersFrom(seed)
  let index = 0
  for (const [k, weight] of sampleOf(size + 50, seed)) {
    const part = index++ < size ? index % 3 : 3
    if (part !== 0) mine.set(k, weight)
    if (part !== 1) theirs.set(k, part === 2 ? elementOf(next()) : weight)
    const delta = subtract(theirs.get(k) ?? 0, mine.get(k) ?? 0)
    if (delta !== 0) differences.set(k, delta)
  }
  return { mine, theirs, differences }
}

/** Peels the cells themselves, scan after scan, until nothing more comes. Whether nothing is left. */
function peeled(cells: Cells): boolean {
  for (let again = true; again; ) {
    again = false
    for (let cell = 0; cell < cells.count; cell++) {
      const [a = 0, b = 0, c = 0] = cells.sums.subarray(3 * cell, 3 * cell + 3)
      if (a === 0 || multiply(b, b) !== multiply(a, c)) continue
      const k = multiply(b, invert(a))
      if (!visits(k, cell)) continue
      cells.change(k, subtract(0, a))
      again = true
    }
  }
  return cells.isZero()
}

function sameWeights(one: Weights, other: Weights): boolean {
  return one.size === other.size && [...one].every(([k, weight]) => other.get(k) === weight)
}

describe('the decoder', () => {
  it('gives exactly the differences or says that it cannot, for any sizes and numbers of cells', () => {
    const next = numbersFrom(11)
    let [decoded, stuck, wrong] = [0, 0, 0]
    for (let run = 0; run < 400; run++) {
      const size = run % 4 === 0 ? next() % 3_001 : next() % (2 << (next() % 8))
      const { mine, theirs, differences } = pairOf(size, run)
      const cells = Math.min(CELLS_MAX, Math.ceil(size * (1 + (next() % 1000) / 1000)) + (next() % 4))
      const decoder = new Decoder(comparedOf(sketchOf(theirs), sketchOf(mine), cells))
      if (finish(decoder, 1 + (next() % 5_000)) === 'stuck') stuck++
      // Without a cell there is nothing to tell by.
      else if (cells > 0) {
        decoded++
        if (!sameWeights(foundBy(decoder), differences)) wrong++
      }
    }
    expect(wrong).toBe(0)
    expect(decoded).toBeGreaterThan(100)
    expect(stuck).toBeGreaterThan(50)
  })

  it('is stuck only where peeling one cell after the other is', () => {
    const next = numbersFrom(16)
    let stuck = 0
    for (let run = 0; run < 200; run++) {
      const size = 1 + (next() % 80)
      const { mine, theirs } = pairOf(size, run)
      const cells = comparedOf(sketchOf(theirs), sketchOf(mine), Math.ceil(size * (1.2 + (next() % 60) / 100)))
      const decoding = finish(new Decoder(cells))
      expect(decoding).toBe(peeled(cells) ? 'decoded' : 'stuck')
      if (decoding === 'stuck') stuck++
    }
    expect(stuck).toBeGreaterThan(40)
    expect(stuck).toBeLessThan(160)
  })

  it('goes on with further cells and comes to the same', () => {
    const next = numbersFrom(12)
    for (let run = 0; run < 60; run++) {
      const { mine, theirs, differences } = pairOf(next() % 400, run)
      const [a, b] = [sketchOf(theirs), sketchOf(mine)]
      const decoder = new Decoder(comparedOf(a, b, 1 + (next() % 100)))
      for (let extensions = 0; extensions < 1_000; extensions++) {
        // Now and then the cells come before the work on the last ones is done.
        if (next() % 3 === 0) decoder.run(next() % 300)
        else if (finish(decoder, 1 + (next() % 300)) === 'decoded') break
        decoder.extend(comparedOf(a, b, 1 + (next() % 40), decoder.count))
      }
      expect(finish(decoder)).toBe('decoded')
      expect(sameWeights(foundBy(decoder), differences)).toBe(true)
    }
  })

  it('says again what it said', () => {
    const { mine, theirs } = pairOf(20, 1)
    for (const cells of [10, 100]) {
      const decoder = new Decoder(comparedOf(sketchOf(theirs), sketchOf(mine), cells))
      const decoding = finish(decoder)
      expect(decoder.run(1)).toBe(decoding)
      expect(decoder.run(0)).toBe(decoding)
    }
  })

  it('does no more than it may in one slice', () => {
    const { mine, theirs } = pairOf(1_000, 2)
    const decoder = new Decoder(comparedOf(sketchOf(theirs), sketchOf(mine), 1_600))
    let slices = 1
    while (decoder.run(100) === 'working') slices++
    // 1,600 cells looked at and some 14 peeled for each difference, less the one walk by which a slice may run over.
    expect(slices).toBeGreaterThan(80)
  })

  it('finds one difference in one cell, and none in none', () => {
    for (let run = 0; run < 200; run++) {
      const { mine, theirs, differences } = pairOf(1, run)
      const decoder = new Decoder(comparedOf(sketchOf(theirs), sketchOf(mine), 1))
      expect(finish(decoder)).toBe('decoded')
      expect(foundBy(decoder)).toEqual(differences)
    }
    expect(finish(new Decoder(new Cells(8)))).toBe('decoded')
  })

  it.each([
    { size: 10, runs: 200, low: 1.2, high: 2.0 },
    { size: 100, runs: 40, low: 1.2, high: 1.7 },
    { size: 1_000, runs: 8, low: 1.25, high: 1.5 },
    { size: 10_000, runs: 2, low: 1.3, high: 1.45 },
  ])(
    'needs about 1.36 cells for each of many differences, more for each of few: $size',
    ({ size, runs, low, high }) => {
      let sum = 0
      for (let run = 0; run < runs; run++) {
        const sketch = sketchOf(sampleOf(size, 100 + run))
        const none = sketchOf(new Map())
        const decoder = new Decoder(comparedOf(sketch, none, size))
        const step = Math.max(1, Math.floor(size / 100))
        while (finish(decoder) === 'stuck') decoder.extend(comparedOf(sketch, none, step, decoder.count))
        sum += decoder.count / size
      }
      expect(sum / runs).toBeGreaterThan(low)
      expect(sum / runs).toBeLessThan(high)
    },
  )
})

describe('the decoder of cells that a peer made up', () => {
  it('ends, and finds no more than there are cells', () => {
    const next = numbersFrom(13)
    for (let run = 0; run < 300; run++) {
      const size = next() % 200
      const { mine, theirs } = pairOf(size, run)
      const bytes = comparedOf(sketchOf(theirs), sketchOf(mine), Math.ceil(1.5 * size) + 5).toBytes()
      for (let change = 0; change < 1 + (run % 7); change++) bytes[next() % bytes.length] = next()
      const cells = cellsFromBytes(bytes.subarray(0, bytes.length - CELL_BYTES * (next() % 5)))
      if (cells === undefined) continue
      const decoder = new Decoder(cells)
      finish(decoder, 1_000)
      expect(decoder.differences.length).toBeLessThanOrEqual(cells.count)
    }
  })

  it('ends whatever the cells are', () => {
    const aSum = fc.oneof(fc.constantFrom(0, 1, 2, P - 1), fc.integer({ min: 0, max: P - 1 }))
    fc.assert(
      fc.property(fc.array(fc.tuple(aSum, aSum, aSum), { maxLength: 40 }), (sums) => {
        const cells = new Cells(sums.length)
        cells.sums.set(sums.flat())
        const decoder = new Decoder(cells)
        finish(decoder, 7)
        for (const { k, deltaWeight } of decoder.differences)
          expect(k > 0 && k < P && deltaWeight > 0 && deltaWeight < P).toBe(true)
      }),
    )
  })

  it('ends when every cell seems to hold one key', () => {
    for (const k of [1, 2, P - 1, 12_345_678]) {
      const cells = new Cells(CELLS_MAX)
      const one = sketchOf(new Map([[k, 7]])).prefix(1)
      for (let cell = 0; cell < cells.count; cell++) cells.sums.set(one.sums, 3 * cell)
      const decoder = new Decoder(cells)
      expect(finish(decoder)).toBe('stuck')
      expect(decoder.differences.length).toBeLessThanOrEqual(1)
    }
  })

  it('ends when each cell names another of its keys', () => {
    const cells = new Cells(2_000)
    const next = numbersFrom(14)
    for (const k of sampleOf(20_000, 15).keys()) {
      const own = new Cells(cells.count)
      const cell = next() % cells.count
      own.change(k, elementOf(next()))
      const sums = own.sums.subarray(3 * cell, 3 * cell + 3)
      if (sums[0] !== 0) cells.sums.set(sums, 3 * cell)
    }
    const decoder = new Decoder(cells)
    expect(finish(decoder)).toBe('stuck')
    expect(decoder.differences.length).toBeLessThanOrEqual(cells.count)
  })

  it('adds up what is said twice of one key', () => {
    // The key's weight is 7 in cell 0 and 9 in the others of its walk.
    const cells = new Cells(50)
    cells.change(4_711, 9)
    cells.sums.set(sketchOf(new Map([[4_711, 7]])).prefix(1).sums)
    const decoder = new Decoder(cells)
    expect(finish(decoder)).toBe('stuck')
    expect([7, 9]).toContain(foundBy(decoder).get(4_711))
    expect(decoder.differences.length).toBe(1)
  })

  it('takes no key from a cell that its walk does not visit', () => {
    for (const k of sampleOf(40, 17).keys()) {
      if (visits(k, 1)) continue
      const cells = sketchOf(sampleOf(2, k)).prefix(2)
      cells.sums.set(sketchOf(new Map([[k, 7]])).prefix(1).sums, 3)
      const decoder = new Decoder(cells)
      expect(finish(decoder)).toBe('stuck')
      expect(decoder.differences).toEqual([])
    }
  })
})
