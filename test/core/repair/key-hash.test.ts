/**
 * The keyed hash against a plain reading of HalfSipHash over bytes, which is itself held to the vectors published with
 * the reference code; and how evenly key hashes and weights fall.
 */

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { P } from '../../../src/core/repair/field.ts'
import { hashKey, seedOf, sketchKeyOf } from '../../../src/core/repair/key-hash.ts'
import { weightOf } from '../../../src/core/repair/weight.ts'

/** HalfSipHash-c-d with 64 bits of output, word by word. */
function halfSipHash(c: number, d: number, bytes: Buffer, k0: number, k1: number): [number, number] {
  const v = new Uint32Array([k0, k1 ^ 0xee, k0 ^ 0x6c796765, k1 ^ 0x74656462])
  const turn = (i: number, by: number) => {
    v[i] = (v[i]! << by) | (v[i]! >>> (32 - by))
  }
  const mix = (i: number, j: number, by: number) => {
    v[i]! += v[j]!
    turn(j, by)
    v[j]! ^= v[i]!
  }
  const rounds = (count: number) => {
    for (let round = 0; round < count; round++) {
      mix(0, 1, 5)
      turn(0, 16)
      mix(2, 3, 8)
      mix(0, 3, 7)
      mix(2, 1, 13)
      turn(2, 16)
    }
  }
  const padded = Buffer.alloc(4 * Math.floor(bytes.length / 4) + 4)
  bytes.copy(padded)
  padded[padded.length - 1] = bytes.length & 0xff
  for (let at = 0; at < padded.length; at += 4) {
    v[3]! ^= padded.readUInt32LE(at)
    rounds(c)
    v[0]! ^= padded.readUInt32LE(at)
  }
  v[2]! ^= 0xee
  rounds(d)
  const a = v[1]! ^ v[3]!
  v[1]! ^= 0xdd
  rounds(d)
  return [a, v[1]! ^ v[3]!]
}

describe('the hash of a key', () => {
  it.each([
    [0, '218d1f59b9b83cc8'],
    [1, 'be552412f8387315'],
    [2, '064f39ef7c50eb57'],
    [3, 'ce0f1a45f7060679'],
    [4, 'd5e78a175be52ea1'],
    [7, 'ff202728b07bc684'],
    [8, 'edfee820bce4858c'],
    [62, 'f90b3ab572d46693'],
  ])('is measured by a reading that gives the published HalfSipHash-2-4 of %i bytes', (length, vector) => {
    const bytes = Buffer.from(Array.from({ length }, (_, i) => i))
    const lanes = halfSipHash(2, 4, bytes, 0x03020100, 0x07060504)
    const out = Buffer.alloc(8)
    out.writeInt32LE(lanes[0], 0)
    out.writeInt32LE(lanes[1], 4)
    expect(out.toString('hex')).toBe(vector)
  })

  it('is HalfSipHash-1-3 of the UTF-16 units', () => {
    const aText = fc.oneof(fc.string({ unit: 'binary', maxLength: 300 }), fc.string({ maxLength: 20 }))
    fc.assert(
      fc.property(aText, fc.integer(), fc.integer(), (key, k0, k1) => {
        const out = { a: 0, b: 0 }
        hashKey(key, { k0, k1 }, out)
        expect([out.a, out.b]).toEqual(halfSipHash(1, 3, Buffer.from(key, 'utf16le'), k0, k1))
      }),
      { numRuns: 500 },
    )
  })

  it('differs from cluster to cluster', () => {
    const seeds = ['', 'a', 'b', 'hearsay', 'hearsay\0secret'].map(seedOf)
    expect(new Set(seeds.map(({ k0, k1 }) => `${k0} ${k1}`)).size).toBe(seeds.length)
    expect(seedOf('hearsay')).toEqual(seedOf('hearsay'))
  })

  it('spreads keys that are alike evenly over both lanes', () => {
    const out = { a: 0, b: 0 }
    const seed = seedOf('hearsay')
    const counts = [new Float64Array(256), new Float64Array(256), new Float64Array(256)]
    const total = 65_536
    for (let i = 0; i < total; i++) {
      hashKey(`user/${i}`, seed, out)
      counts[0]![sketchKeyOf(out.a) & 255]!++
      counts[1]![sketchKeyOf(out.a) >>> 23]!++
      counts[2]![out.b >>> 24]!++
    }
    for (const buckets of counts) expect(chiSquareOf(buckets, total)).toBeLessThan(360)
  })
})

describe('the weight of a version', () => {
  it('is an element that is not 0, whatever the parts', () => {
    fc.assert(
      fc.property(fc.integer(), fc.maxSafeNat(), fc.integer(), fc.boolean(), (b, time, origin, isLive) => {
        const weight = weightOf(b, time, origin, isLive)
        expect(Number.isInteger(weight) && weight > 0 && weight < P).toBe(true)
      }),
    )
  })

  it('changes with each part, down to one bit', () => {
    const time = 1_700_000_000_000 * 65_536
    const found = new Set<number>([weightOf(5, time, 7, true), weightOf(5, time, 7, false)])
    for (let bit = 0; bit < 32; bit++) {
      found.add(weightOf(5 ^ (1 << bit), time, 7, true))
      found.add(weightOf(5, time, 7 ^ (1 << bit), true))
    }
    const times = Array.from({ length: 52 }, (_, bit) => 2 ** bit)
    for (const step of times) found.add(weightOf(5, step, 7, true))
    expect(found.size).toBe(2 + 64 + times.length)
  })

  it('falls evenly for times in a row', () => {
    const total = 65_536
    for (const step of [1, 65_536, 2 ** 32]) {
      const low = new Float64Array(256)
      const high = new Float64Array(256)
      for (let i = 0; i < total; i++) {
        const weight = weightOf(99, step * i, 7, true)
        low[weight & 255]!++
        high[weight >>> 23]!++
      }
      expect(chiSquareOf(low, total)).toBeLessThan(360)
      expect(chiSquareOf(high, total)).toBeLessThan(360)
    }
  })
})

/** For 256 buckets: 255 on average, above 360 once in 50,000. */
function chiSquareOf(buckets: Float64Array, total: number): number {
  const expected = total / buckets.length
  return buckets.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)
}
