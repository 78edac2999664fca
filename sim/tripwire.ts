/**
 * While a simulated run goes on, nothing may read the machine's clock, set its timers or take its chance: the run would no
 * longer be a function of its plan. The usual doors to them are wired: whoever opens one is told off, and the run has failed.
 */

import crypto from 'node:crypto'
import { syncBuiltinESMExports } from 'node:module'
import timers from 'node:timers'
import timersPromises from 'node:timers/promises'

/** The doors: object and name. */
const DOORS: readonly (readonly [object, string])[] = [
  [globalThis, 'setTimeout'],
  [globalThis, 'setInterval'],
  [globalThis, 'setImmediate'],
  [globalThis, 'queueMicrotask'],
  [timers, 'setTimeout'],
  [timers, 'setInterval'],
  [timers, 'setImmediate'],
  [timersPromises, 'setTimeout'],
  [timersPromises, 'setImmediate'],
  [AbortSignal, 'timeout'],
  [Date, 'now'],
  [performance, 'now'],
  [Math, 'random'],
  [process, 'hrtime'],
  [process, 'nextTick'],
  [process, 'uptime'],
  [process, 'cpuUsage'],
  [globalThis.crypto, 'getRandomValues'],
  [globalThis.crypto, 'randomUUID'],
  [crypto, 'randomBytes'],
  [crypto, 'randomInt'],
  [crypto, 'randomUUID'],
  [crypto, 'randomFillSync'],
  [crypto, 'randomFill'],
]

/** Something in a run touched the machine's time or chance. */
export class TripwireError extends Error {
  override readonly name = 'TripwireError'

  constructor(door: string) {
    super(`${door} was used in a simulated run; the run is no function of its plan`)
  }
}

/** Wires the doors until the returned function is called. That throws when one was opened meanwhile, even if the error was swallowed. */
export function setTripwire(): () => void {
  let touched: TripwireError | undefined
  const open = (door: string): never => {
    touched ??= new TripwireError(door)
    throw touched
  }
  const undo: (() => void)[] = []
  for (const [owner, name] of DOORS) {
    const before = Object.getOwnPropertyDescriptor(owner, name)
    const wire = Object.assign(() => open(name), { bigint: () => open(`${name}.bigint`) })
    Object.defineProperty(owner, name, { configurable: true, writable: true, value: wire })
    undo.push(() => {
      if (before === undefined) Reflect.deleteProperty(owner, name)
      else Object.defineProperty(owner, name, before)
    })
  }
  const { Date: RealDate } = globalThis
  globalThis.Date = new Proxy(RealDate, {
    apply: () => open('Date'),
    construct: (target, args) => (args.length === 0 ? open('Date') : Reflect.construct(target, args)),
  })
  syncBuiltinESMExports()
  return () => {
    globalThis.Date = RealDate
    for (const undoOne of undo) undoOne()
    syncBuiltinESMExports()
    if (touched !== undefined) throw touched
  }
}
