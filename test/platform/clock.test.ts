/**
 * The timers, clock and chance of the system are as the ports say: a turn ends behind its promises, and time only runs
 * forward.
 */

import { describe, expect, it } from 'vitest'
import { systemClock, systemRng, systemTimers } from '../../src/platform/clock.ts'

describe('system timers', () => {
  it('ends a turn after every promise that the turn settled, however deep', async () => {
    const heard: string[] = []
    const deep = async (hops: number): Promise<void> => {
      if (hops > 0) await deep(hops - 1)
    }
    await new Promise<void>((resolve) => {
      setImmediate(() => {
        systemTimers.afterTurn(() => {
          heard.push('end of turn')
          resolve()
        })
        for (let writer = 0; writer < 64; writer++) void deep(writer).then(() => heard.push('write'))
        process.nextTick(() => heard.push('tick'))
      })
    })
    expect(heard).toHaveLength(66)
    expect(heard.at(-1)).toBe('end of turn')
  })

  it('does not call what was cancelled', async () => {
    const heard: string[] = []
    const cancel = systemTimers.after(0, () => heard.push('cancelled'))
    cancel()
    await new Promise<void>((resolve) => systemTimers.after(1, resolve))
    expect(heard).toEqual([])
  })
})

describe('system clock and chance', () => {
  it('has a clock that only runs forward', () => {
    const first = systemClock.monoMs()
    expect(systemClock.monoMs()).toBeGreaterThanOrEqual(first)
    expect(Number.isInteger(systemClock.wallMs())).toBe(true)
  })

  it('draws numbers in [0, 1) that do not repeat', () => {
    const draws = Array.from({ length: 1_000 }, systemRng)
    expect(draws.every((draw) => draw >= 0 && draw < 1)).toBe(true)
    expect(new Set(draws).size).toBe(1_000)
    const mean = draws.reduce((sum, draw) => sum + draw, 0) / draws.length
    expect(Math.abs(mean - 0.5)).toBeLessThan(0.1)
  })
})
