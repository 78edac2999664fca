/** The log of a replica that did everything there is to do: from all of it the same state comes back, from a part a true one. */

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hlcFromUnixMs } from '../../src/core/clock.ts'
import type { Entry } from '../../src/core/entry.ts'
import type { LogRecord } from '../../src/core/record.ts'
import { anAct, KEYS, SMALL, Trio } from './random-trio.ts'
import { Bench } from './replica-bench.ts'

/** From which floor on it may go. */
function graveOf(entry: Entry): number {
  if (entry.kind === 'live' && entry.expiresAt === undefined) return Number.POSITIVE_INFINITY
  return Math.max(entry.time, hlcFromUnixMs(entry.expiresAt ?? 0))
}

/**
 * What is held for good: what the floor lets go of may be there again after a restart, and wait once more. Without keys
 * of which something older came after that, which has a test of its own.
 */
function heldOf({ replica }: Bench, log: readonly LogRecord[]): Entry[] {
  const letGo = log
    .flatMap((record) => ('entries' in record ? [...record.entries] : []))
    .filter((entry) => graveOf(entry) <= replica.floor)
  const isHidden = ({ key, time }: Entry): boolean => letGo.some((entry) => entry.key === key && entry.time > time)
  return KEYS.flatMap((key) => replica.store.held(key) ?? []).filter(
    (entry) => graveOf(entry) > replica.floor && !isHidden(entry),
  )
}

function sorted(vector: Iterable<readonly [string, number]>): (readonly [string, number])[] {
  return [...vector].sort(([a], [b]) => (a < b ? -1 : 1))
}

describe('a log', () => {
  it('gives back what was held, claimed, let go of, and who was a member or forgotten', () => {
    const kinds = new Set<string>()
    fc.assert(
      fc.property(fc.array(anAct, { minLength: 5, maxLength: 60 }), (acts) => {
        const trio = new Trio()
        for (const each of acts) trio.act(each)
        for (const [at, node] of trio.nodes.entries()) {
          node.pass(0)
          node.work()
          const log = trio.logOf(at)
          for (const { kind } of log) kinds.add(kind)
          const again = new Bench(node.name, { ...SMALL, log, wallMs: node.wallMs, luck: 99 })
          // What has fallen due meanwhile goes at its first tick, as it went there.
          again.pass(0)
          again.work()
          expect(heldOf(again, log)).toEqual(heldOf(node, log))
          // A new run’s clock is a little further on: it may show what was parked, and never shows less.
          const wasSetBack = log.some(({ kind }) => kind === 'clock')
          for (const { key } of wasSetBack ? [] : heldOf(node, log)) {
            const [now, then] = [again, node].map(({ replica }) => replica.store.shown(key)?.time ?? 0)
            expect(now).toBeGreaterThanOrEqual(then ?? 0)
          }
          expect(sorted(again.replica.claims.written)).toEqual(sorted(node.replica.claims.written))
          expect(again.replica.floor).toBe(node.replica.floor)
          const members = ({ replica }: Bench): string[] => [...replica.members.values()].map(({ row }) => row.origin)
          expect(members(again).sort()).toEqual(members(node).sort())
          again.sync()
          again.pass(1_200)
          node.pass(1_200)
          expect(again.replica.row.gone).toBe(node.replica.row.gone)
        }
      }),
      { numRuns: 200 },
    )
    expect([...kinds].sort()).toEqual([
      'clock',
      'commit',
      'floor',
      'gone',
      'member',
      'mend',
      'origin',
      'stage',
      'vector',
      'write',
    ])
  })

  it('gives back the same V, but for the silence of members and of the former run', () => {
    fc.assert(
      fc.property(fc.array(anAct, { minLength: 5, maxLength: 60 }), (acts) => {
        const trio = new Trio()
        for (const each of acts) trio.act(each)
        for (const [at, node] of trio.nodes.entries()) {
          node.step({ kind: 'turn' })
          const again = new Bench(node.name, { ...SMALL, log: trio.logOf(at), wallMs: node.wallMs, luck: 99 })
          for (const [origin, time] of again.replica.claims.seen) {
            expect(time).toBeLessThanOrEqual(node.replica.claims.seen.get(origin))
            expect(time).toBeGreaterThanOrEqual(node.replica.claims.written.get(origin))
          }
        }
      }),
      { numRuns: 100 },
    )
  })

  it('never claims at any point what is neither held nor collected, and covers all that it holds', () => {
    fc.assert(
      fc.property(fc.array(anAct, { minLength: 5, maxLength: 40 }), (acts) => {
        const trio = new Trio()
        for (const each of acts) trio.act(each)
        // All that anybody has ever logged of any write.
        const writes = trio.nodes.flatMap((_, at) =>
          trio.logOf(at).flatMap((record) => ('entries' in record ? [...record.entries] : [])),
        )
        for (const [at, node] of trio.nodes.entries()) {
          const log = trio.logOf(at)
          for (let length = 0; length <= log.length; length++) {
            const { replica } = new Bench(node.name, {
              ...SMALL,
              log: log.slice(0, length),
              wallMs: node.wallMs,
              luck: 99,
            })
            for (const entry of replica.store.all()) {
              if (!replica.claims.seen.covers(entry)) expect.fail(`${entry.key} is held and not claimed`)
            }
            for (const write of writes) {
              if (!replica.claims.seen.covers(write)) continue
              const held = replica.store.held(write.key)
              const isHeld = held !== undefined && held.time >= write.time
              if (!isHeld && !mayBeGone(write, replica.floor, writes))
                expect.fail(`${write.key}@${write.time} is claimed`)
            }
          }
        }
      }),
      { numRuns: 60 },
    )
  })
})

/** Whether it, or something newer for its key, is let go of at this floor, or was taken away by one that had let go of it. */
function mayBeGone(write: Entry, floor: number, writes: readonly Entry[]): boolean {
  return writes.some(
    (entry) =>
      entry.key === write.key &&
      entry.time >= write.time &&
      (entry.kind === 'tombstone' || entry.expiresAt !== undefined) &&
      entry.time <= floor,
  )
}
