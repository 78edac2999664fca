/** A table of entries against a map. */

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Entry, liveEntry } from '../../src/core/entry.ts'
import { EntryTable } from '../../src/core/entry-table.ts'
import { seedOf } from '../../src/core/repair/key-hash.ts'

const SEED = seedOf('test')

function entry(key: string, time = 1): Entry {
  return liveEntry(key, time, 'a', new Uint8Array(0))
}

const change = fc.record({
  verb: fc.constantFrom('set', 'set', 'set', 'delete', 'delete', 'next'),
  key: fc.integer({ min: 0, max: 60 }),
})

describe('a table of entries', () => {
  it('does what a map does, in its order, for those who go through it meanwhile too', () => {
    fc.assert(
      fc.property(fc.array(change, { maxLength: 400 }), fc.integer({ min: 1, max: 60 }), (changes, spread) => {
        const table = new EntryTable(SEED)
        const map = new Map<string, Entry>()
        let walk = table.values()
        let mapWalk = map.values()
        for (const [time, { verb, key: number }] of changes.entries()) {
          const key = `key-${number % spread}`
          if (verb === 'set') {
            const set = entry(key, time)
            table.set(set)
            map.set(key, set)
          } else if (verb === 'delete') {
            table.delete(key)
            map.delete(key)
          } else {
            const met = walk.next()
            expect(met.value).toBe(mapWalk.next().value)
            if (met.done === true) {
              walk = table.values()
              mapWalk = map.values()
            }
          }
          expect(table.get(key)).toBe(map.get(key))
          expect(table.has(key)).toBe(map.has(key))
          expect(table.size).toBe(map.size)
        }
        expect([...table.values()]).toEqual([...map.values()])
        expect([...table.keys()]).toEqual([...map.keys()])
        expect([...walk]).toEqual([...mapWalk])
      }),
    )
  })

  it('finds each of many, and none of those that were removed, however much it grew and shrank', () => {
    const table = new EntryTable(SEED)
    const walk = table.keys()
    for (let n = 0; n < 20_000; n++) table.set(entry(`key-${n}`))
    for (let n = 0; n < 100; n++) expect(walk.next().value).toBe(`key-${n}`)
    for (let n = 0; n < 20_000; n++) if (n % 100 !== 7) table.delete(`key-${n}`)
    expect(table.size).toBe(200)
    for (let n = 0; n < 20_000; n++) expect(table.has(`key-${n}`)).toBe(n % 100 === 7)
    expect([...walk]).toEqual(Array.from({ length: 199 }, (_, at) => `key-${107 + 100 * at}`))
  })
})
