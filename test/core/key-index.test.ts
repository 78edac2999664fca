/** The index of keys by number, against a map of sets. */

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hashString } from '../../src/core/hash.ts'
import { KeyIndex } from '../../src/core/key-index.ts'

const K_MAX = 2 ** 31 - 1

// Few numbers, and some that share their place or stand at the end of the table, so that rows run into each other.
const aK = fc.oneof(
  fc.constantFrom(0, 1, 2, 14, 15, 16, 31, 32, 47, 63, K_MAX, K_MAX - 1, K_MAX - 16),
  fc.integer({ min: 0, max: K_MAX }),
)
const aStep = fc.record({ verb: fc.constantFrom('add', 'add', 'remove'), k: aK, key: fc.constantFrom('a', 'b', 'c') })

/** What the index must find, told simply. */
class Model {
  readonly #keys = new Map<number, Set<string>>()

  change(verb: string, k: number, key: string): void {
    const keys = this.#keys.get(k) ?? new Set()
    this.#keys.set(k, keys)
    if (verb === 'add') keys.add(key)
    else keys.delete(key)
  }

  check(index: KeyIndex): void {
    let size = 0
    for (const [k, keys] of this.#keys) {
      expect(collected(index, k)).toEqual([...keys].sort())
      size += keys.size
    }
    expect(index.size).toBe(size)
  }
}

function collected(index: KeyIndex, k: number): string[] {
  const into: string[] = []
  index.collect(k, into)
  return into.sort()
}

function change(index: KeyIndex, verb: string, k: number, key: string): void {
  if (verb === 'add') index.add(k, key)
  else index.remove(k, key)
}

describe('an index of keys by number', () => {
  it('finds what a map of sets finds', () => {
    fc.assert(
      fc.property(fc.array(aStep, { maxLength: 120 }), (steps) => {
        const index = new KeyIndex()
        const model = new Model()
        for (const { verb, k, key } of steps) {
          change(index, verb, k, key)
          model.change(verb, k, key)
          model.check(index)
        }
      }),
      { numRuns: 300 },
    )
  })

  it('finds all of many, while they come and while they go', () => {
    const index = new KeyIndex()
    const hash = { a: 0, b: 0 }
    const all: [k: number, key: string][] = []
    for (let i = 0; i < 20_000; i++) {
      hashString(`k${i}`, hash)
      all.push([hash.a & K_MAX, `k${i}`])
    }
    for (const [k, key] of all) index.add(k, key)
    expect(index.size).toBe(20_000)
    for (const [i, [k, key]] of all.entries()) if (i % 50 !== 0) index.remove(k, key)
    expect(index.size).toBe(400)
    const left = all.filter(([k, key]) => collected(index, k).includes(key))
    expect(left).toEqual(all.filter((_, i) => i % 50 === 0))
    for (const [k, key] of all) index.remove(k, key)
    expect(index.size).toBe(0)
    expect(all.flatMap(([k]) => collected(index, k))).toEqual([])
  })

  it('appends to what the caller has', () => {
    const index = new KeyIndex()
    index.add(7, 'x')
    index.add(7, 'y')
    index.add(7, 'x')
    const into = ['before']
    index.collect(7, into)
    expect(into.sort()).toEqual(['before', 'x', 'y'])
  })
})
