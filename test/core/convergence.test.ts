/** Whatever has happened to three nodes: once all links are up again they hold the same, and agree on a stable time. */

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { written } from './clusters.ts'
import { anAct, KEYS, Trio } from './random-trio.ts'
import { beats } from './replica-bench.ts'

const someActs = fc.array(anAct, { maxLength: 60 })

describe('three nodes', () => {
  it('hold and show the same when links are up and time has passed, and let go of the same', () => {
    fc.assert(
      fc.property(someActs, (acts) => {
        const trio = new Trio()
        for (const each of acts) trio.act(each)
        trio.heal()
        // Long enough for what was stamped ahead to show, and for what expires to go.
        beats(90, ...trio.nodes)
        const { nodes } = trio
        expect(new Set(nodes.map(written)).size).toBe(1)
        for (const key of KEYS) expect(new Set(nodes.map((node) => node.read(key))).size).toBe(1)
        for (const { replica } of nodes) {
          expect(replica.stableTime()).toBeDefined()
          expect([replica.store.parkedCount, replica.store.tombstoneCount]).toEqual([0, 0])
          expect(replica.members.size).toBe(2)
        }
      }),
      { numRuns: 150 },
    )
  })

  it('take the next write of each other at once', () => {
    fc.assert(
      fc.property(someActs, (acts) => {
        const trio = new Trio()
        for (const each of acts) trio.act(each)
        trio.heal()
        beats(90, ...trio.nodes)
        for (const [i, node] of trio.nodes.entries()) {
          node.write('last', `${i}`)
          beats(1, ...trio.nodes)
          expect(trio.nodes.map((one) => one.read('last'))).toEqual([`${i}`, `${i}`, `${i}`])
        }
      }),
      { numRuns: 50 },
    )
  })
})
