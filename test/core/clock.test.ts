/** The hybrid clock: it never falls, follows what it meets, and is not led astray. */

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { HLC_EPOCH_MS, HLC_MAX, HybridClock, hlcFromUnixMs, unixMsFromHlc } from '../../src/core/clock.ts'

const SKEW_MS = 60_000
const NOW_MS = Date.UTC(2026, 0, 1)
const wall = fc.integer({ min: NOW_MS - 200_000, max: NOW_MS + 200_000 })

const anAct = fc.oneof(
  wall.map((wallMs) => ({ kind: 'stamp' as const, wallMs, time: 0 })),
  wall.map((wallMs) => ({ kind: 'now' as const, wallMs, time: 0 })),
  fc
    .tuple(wall, fc.integer({ min: NOW_MS - 400_000, max: NOW_MS + 400_000 }), fc.integer({ min: 0, max: 4095 }))
    .map(([wallMs, ms, counter]) => ({ kind: 'observe' as const, wallMs, time: hlcFromUnixMs(ms) + counter })),
)

describe('the hybrid clock', () => {
  it('rises with every stamp, above all it met in time, and never runs beyond the limit on a peer’s word', () => {
    fc.assert(
      fc.property(fc.array(anAct), (acts) => {
        const clock = new HybridClock(SKEW_MS)
        let floor = 0
        let wallMost = 0
        for (const { kind, wallMs, time } of acts) {
          wallMost = Math.max(wallMost, wallMs)
          const before = clock.last
          if (kind === 'stamp') {
            const stamp = clock.stamp(wallMs)
            expect(stamp).toBeGreaterThan(before)
            expect(stamp).toBeGreaterThanOrEqual(hlcFromUnixMs(wallMs))
            expect(stamp).toBeGreaterThan(floor)
          } else if (kind === 'now') {
            const now = clock.now(wallMs)
            expect(now).toBeGreaterThanOrEqual(hlcFromUnixMs(wallMs))
            floor = Math.max(floor, now)
          } else {
            const horizon = clock.horizon(wallMs)
            clock.observe(time, wallMs)
            if (time <= horizon) floor = Math.max(floor, time)
          }
          expect(clock.last).toBeGreaterThanOrEqual(before)
          expect(clock.last).toBeLessThanOrEqual(hlcFromUnixMs(wallMost + SKEW_MS) + acts.length)
        }
      }),
    )
  })

  it('borrows the next millisecond when a counter is full', () => {
    const clock = new HybridClock(SKEW_MS)
    const first = clock.stamp(NOW_MS)
    for (let i = 0; i < 4095; i++) clock.stamp(NOW_MS)
    expect(clock.stamp(NOW_MS)).toBe(first + 4096)
    expect(unixMsFromHlc(clock.last)).toBe(NOW_MS + 1)
  })

  it('never falls below what it reached, whatever the wall clock says', () => {
    const clock = new HybridClock(SKEW_MS)
    const reached = clock.now(NOW_MS)
    expect(clock.stamp(0)).toBe(reached + 1)
  })

  it('fits a safe integer until 2089', () => {
    expect(hlcFromUnixMs(Date.UTC(2089, 0, 1))).toBeLessThan(HLC_MAX)
    expect(hlcFromUnixMs(Date.UTC(2091, 0, 1))).toBeGreaterThan(HLC_MAX)
  })

  it('turns milliseconds into times and back', () => {
    fc.assert(fc.property(wall, (ms) => unixMsFromHlc(hlcFromUnixMs(ms)) === ms))
    expect(hlcFromUnixMs(HLC_EPOCH_MS)).toBe(0)
    expect(hlcFromUnixMs(0)).toBe(0)
  })
})
