/** Who wrote what, by time: the same whatever the order in which entries come and go. */

import { describe, expect, it } from 'vitest'
import { Authored } from '../../src/core/authored.ts'
import { type Entry, liveEntry } from '../../src/core/entry.ts'
import { seededRng } from '../../src/core/rng.ts'

const ORIGINS = ['a/1/0/x', 'b/1/0/x'] as const

function entries(count: number): Entry[] {
  return Array.from({ length: count }, (_, i) => {
    const origin = ORIGINS[i % 7 === 0 ? 1 : 0] ?? ''
    return liveEntry(`k${i}`, 1_000 + i, origin, new Uint8Array(1))
  })
}

function shuffled<T>(items: readonly T[], seed: number): T[] {
  const rng = seededRng(seed)
  const keyed = items.map((item) => ({ item, at: rng() }))
  return keyed.sort((a, b) => a.at - b.at).map(({ item }) => item)
}

function above(authored: Authored, time: number): Entry[] {
  return authored.notCoveredBy({ get: () => time })
}

/** As `notCoveredBy` should answer, in the order of origins that it gives. */
function expected(held: readonly Entry[], time: number, answer: readonly Entry[]): Entry[] {
  const order = [...new Set(answer.map(({ origin }) => origin))]
  const rising = held.filter((entry) => entry.time > time).sort((a, b) => a.time - b.time)
  return order.flatMap((origin) => rising.filter((entry) => entry.origin === origin))
}

describe('entries by author', () => {
  it.each([1, 2, 3])('are given by rising time, in whatever order they came and went: %i', (seed) => {
    const authored = new Authored()
    const all = shuffled(entries(6_000), seed)
    const held = new Set<Entry>()
    const rng = seededRng(seed)
    for (const entry of all) {
      authored.add(entry)
      held.add(entry)
      if (rng() < 0.3) {
        // One that has just come, or one from long ago.
        const gone = rng() < 0.5 ? entry : [...held][Math.floor(rng() * Math.min(held.size, 50))]
        if (gone !== undefined && held.delete(gone)) authored.remove(gone)
      }
      if (rng() < 0.002) {
        const time = 1_000 + Math.floor(rng() * 6_000)
        const answer = above(authored, time)
        expect(answer).toEqual(expected([...held], time, answer))
        expect(answer.length).toBe([...held].filter((one) => one.time > time).length)
      }
    }
    const answer = above(authored, 0)
    expect(answer).toEqual(expected([...held], 0, answer))
    expect(answer.length).toBe(held.size)
    for (const entry of held) authored.remove(entry)
    expect(above(authored, 0)).toEqual([])
    expect(authored.bytes).toBe(0)
  })

  it.each([1, 2, 3, 4])(
    'are the same while they are put in order in steps, and some come, leave and come back: %i',
    (seed) => {
      const authored = new Authored()
      const rng = seededRng(seed)
      const [before, later] = [entries(24_000), entries(30_000).slice(24_000)]
      const all = shuffled(before, seed)
      const held = new Set<Entry>()
      const gone: Entry[] = []
      const add = (entry: Entry): void => {
        authored.add(entry)
        held.add(entry)
      }
      const remove = (entry: Entry | undefined): void => {
        if (entry === undefined || !held.delete(entry)) return
        authored.remove(entry)
        gone.push(entry)
      }
      const check = (time: number): void => {
        const answer = above(authored, time)
        const wanted = expected([...held], time, answer)
        expect(answer.length).toBe(wanted.length)
        expect(answer.every((entry, i) => entry === wanted[i])).toBe(true)
      }
      // Loaded: nothing is put in order yet, though some of it leaves and comes back.
      for (const entry of all) {
        add(entry)
        if (rng() < 0.1) remove(all[Math.floor(rng() * 24_000)])
        if (rng() < 0.02) gone.splice(0, 5).forEach(add)
      }
      let more = true
      for (let step = 0; more || step < 400; step++) {
        more = authored.advance()
        // Some rise, some belong far back, some leave from anywhere.
        for (let n = 0; n < 5; n++) {
          const next = rng() < 0.7 ? later.shift() : gone.splice(Math.floor(rng() * gone.length), 1)[0]
          if (next !== undefined) add(next)
          remove(all[Math.floor(rng() * 24_000)])
        }
        if (rng() < 0.1) check(24_000 + Math.floor(rng() * 6_000))
        // So much is asked for that all is put in order at once.
        if (seed > 2 && rng() < 0.03) check(Math.floor(rng() * 20_000))
      }
      check(0)
      for (const entry of held) authored.remove(entry)
      expect(above(authored, 0)).toEqual([])
      expect(authored.bytes).toBe(0)
      expect(authored.advance()).toBe(false)
    },
  )

  it('keep apart what has one version, as after a disk was cloned', () => {
    const authored = new Authored()
    for (const entry of shuffled(entries(3_000), 4)) authored.add(entry)
    const twins = ['x', 'y', 'z'].map((key) => liveEntry(key, 1_001, ORIGINS[0], new Uint8Array(1)))
    for (const twin of twins) authored.add(twin)
    expect(above(authored, 0).filter(({ time }) => time === 1_001)).toHaveLength(4)
    for (const twin of twins) authored.remove(twin)
    expect(above(authored, 0).filter(({ time }) => time === 1_001)).toHaveLength(1)
  })
})
