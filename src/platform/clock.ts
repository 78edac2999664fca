/**
 * Time, turns and chance of a real process. The only place that reads the system's clocks and its random source; all
 * else is handed these three. Whoever schedules must cancel: a timer that is still running keeps the process alive.
 */
import { randomFillSync } from 'node:crypto'
import type { Clock, Timers } from '../core/ports.ts'
import type { Rng } from '../core/rng.ts'

export const systemClock: Clock = {
  wallMs: () => Date.now(),
  monoMs: () => performance.now(),
}

/**
 * A turn ends with `setImmediate`: after every callback of this round of I/O, and after all promises that they have
 * settled, however long the chains behind them. So when one commit resumes 64 waiting writers, or 64 sockets become
 * readable at once, all their new writes are there before the call, and go out as one group. `process.nextTick` would
 * come before the promises when the commit itself asks for it, and `queueMicrotask` in the middle of them (groups half
 * as large); neither is measurably faster, since a turn ends within microseconds.
 */
export const systemTimers: Timers = {
  after: (ms, call) => {
    const timer = setTimeout(call, ms)
    return () => clearTimeout(timer)
  },
  afterTurn: (call) => {
    setImmediate(call)
  },
}

const POOL_DRAWS = 64
const pool = new Uint32Array(POOL_DRAWS * 2)
let unused = 0

/**
 * A number in [0, 1) with 53 random bits from the system's cryptographic source, since the ids of origins are drawn
 * here: two machines cloned from one image must not draw the same. Refilled in small steps; about 50 ns a draw.
 */
export const systemRng: Rng = () => {
  if (unused === 0) {
    randomFillSync(pool)
    unused = POOL_DRAWS
  }
  unused--
  const high = (pool[unused * 2] ?? 0) >>> 5
  const low = (pool[unused * 2 + 1] ?? 0) >>> 6
  return (high * 67_108_864 + low) / 9_007_199_254_740_992
}
