/** All fault families. A new one is a file beside this one and a line in each of the two lists of its group. */

import {
  clockJump,
  type DriftFault,
  drift,
  type FrozenClockFault,
  frozenClock,
  type JumpFault,
  type SkewFault,
  skew,
} from './clocks.ts'
import { type CrashFault, crash, type PowerLossFault, powerLoss } from './crash.ts'
import { DISK_FAMILIES, type StorageFault } from './disk-families.ts'
import type { FaultFamily } from './fault.ts'
import { type ForgetFault, forget } from './forget.ts'
import { NETWORK_FAMILIES, type NetworkFault } from './network-families.ts'
import {
  type JoinFault,
  join,
  type LeaveFault,
  leave,
  type PauseFault,
  pause,
  type RollingRestartFault,
  rollingRestart,
} from './processes.ts'
import { type ResetClockFault, resetClock } from './reset-clock.ts'
import { type SyncFault, sync } from './sync.ts'

export type Fault =
  | NetworkFault
  | CrashFault
  | PowerLossFault
  | PauseFault
  | RollingRestartFault
  | JoinFault
  | LeaveFault
  | ForgetFault
  | SyncFault
  | ResetClockFault
  | SkewFault
  | JumpFault
  | DriftFault
  | FrozenClockFault
  | StorageFault

/** In the order of `sim list`. */
export const FAULT_FAMILIES: readonly FaultFamily[] = [
  ...NETWORK_FAMILIES,
  crash,
  powerLoss,
  pause,
  rollingRestart,
  join,
  leave,
  forget,
  sync,
  resetClock,
  skew,
  clockJump,
  drift,
  frozenClock,
  ...DISK_FAMILIES,
]

const BY_KIND: ReadonlyMap<string, FaultFamily> = new Map(FAULT_FAMILIES.map((family) => [family.kind, family]))

/** What a seed may switch on. */
export const SWARM_KINDS: readonly string[] = FAULT_FAMILIES.filter(({ off }) => off === undefined).map(
  ({ kind }) => kind,
)

export function isFaultKind(kind: string): boolean {
  return BY_KIND.has(kind)
}

/** Plans are checked when they are read, so a kind that there is not is our own fault. */
export function familyOf(kind: string): FaultFamily {
  const family = BY_KIND.get(kind)
  if (family === undefined) throw new Error(`there is no fault family ${kind}`)
  return family
}
