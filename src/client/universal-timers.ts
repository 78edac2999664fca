/**
 * Timers and a clock from what browsers and Node.js both have. A node passes its platform's own; tests pass virtual
 * ones.
 */

import type { Clock, Timers } from '../core/ports.ts'

export const universalTimers: Timers = {
  after(ms, call) {
    const timer = setTimeout(call, ms)
    return () => clearTimeout(timer)
  },
  afterTurn(call) {
    if (typeof setImmediate === 'function') setImmediate(call)
    else setTimeout(call, 0)
  },
}

export const universalClock: Pick<Clock, 'monoMs'> = { monoMs: () => performance.now() }
