/**
 * The log of a node without a folder: it keeps nothing, and a record is durable as soon as the turn that appended it is
 * over, for as long as the process lives. It keeps the order of calls of a real log, so that the host knows only one.
 */

import type { Done, Timers } from '../core/ports.ts'
import type { Log, LogEvents } from './log-options.ts'

export function memoryLog(timers: Timers, events: Pick<LogEvents, 'promised' | 'durable'>): Log {
  let appended = 0
  let reported = 0
  let isWaiting = false
  const report = (): void => {
    isWaiting = false
    if (appended === reported) return
    reported = appended
    events.promised(reported)
    events.durable(reported)
  }
  return {
    pendingBytes: 0,
    counters: { checkpointsWritten: 0, logsRenewed: 0 },
    append(index: number): void {
      appended = index
    },
    flush(): void {
      if (isWaiting || appended === reported) return
      isWaiting = true
      timers.afterTurn(report)
    },
    close(done: Done): void {
      timers.afterTurn(() => {
        report()
        done(undefined)
      })
    },
  }
}
