/** Spans of time are read as people write them, and nothing else is taken for one. */

import { describe, expect, it } from 'vitest'
import { toMs } from '../../src/cli/time-span.ts'

describe('a span of time', () => {
  it.each([
    ['500ms', 500],
    ['30s', 30_000],
    ['1.5s', 1_500],
    ['10m', 600_000],
    ['2h', 7_200_000],
    ['7d', 604_800_000],
    [' 1d ', 86_400_000],
  ])('%s', (text, ms) => {
    expect(toMs('--ttl', text, 1e9)).toBe(ms)
  })

  it.each(['', '0s', '0.4ms', '-1s', '5x', 's', '1 2', '1e3', '1h30m', '12d'])('not %s', (text) => {
    expect(() => toMs('--ttl', text, 1e9)).toThrow('--ttl must be a span of time such as 500ms')
  })

  it.each(['0', '500', ' 1.5 '])('not %j, which may mean seconds or milliseconds', (text) => {
    expect(() => toMs('--ttl', text, 1e9)).toThrow(/^--ttl needs a unit \(ms, s, m, h or d\): not "/)
  })
})
