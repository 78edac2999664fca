/**
 * Processes that end from one instant to the next: killed, where the disk keeps what was written, or with a power loss,
 * where it may lose what was not synced. Most instants are dull, so half of them strike near a write to the disk, when
 * something is written and not synced, or synced and not said.
 */

import type { Rng } from '../../src/core/rng.ts'
import type { SimDisk, TailLoss } from '../disk.ts'
import { anyOf, between } from './draw.ts'
import type { Cast, FaultFamily, FaultStep, Stage } from './fault.ts'
import { A_FLAG, A_NODE, A_TIME, aNumber, anObject, aWhole, optional } from './fields.ts'

interface Fall extends FaultStep {
  readonly node: string
  /** Strikes behind this one of the node's next writes to its disk, from 1; never when that does not come in time. */
  readonly atWrite?: number
  /** How long after that write, ms. */
  readonly afterMs?: number
  /** Starts again so soon, and then falls a second time. */
  readonly again?: { readonly downMs: number; readonly upMs: number }
  /** When it starts its clock is off by so much, and is set right so soon, ms: mostly while the log is read. */
  readonly bootClock?: { readonly offMs: number; readonly forMs: number }
}

/** `forMs` is how long the node stays down, counted from when the fault is made. */
export interface CrashFault extends Fall {
  readonly kind: 'crash'
  /** The machine's network is gone with it: peers see no reset, and calls are not even refused. */
  readonly isSilent: boolean
}

export interface PowerLossFault extends Fall {
  readonly kind: 'powerLoss'
}

/** A write is synced within about this time. */
const NEAR_WRITE_MS = 6
/** Mostly a write of one burst. */
const WRITES_MAX = 10

/** A machine's clock before somebody set it right. */
const BOOT_CLOCK_MS_MAX = 60_000
/** A short log is read in about this time. */
const READING_MS = 8

const FALL = {
  node: A_NODE,
  atWrite: optional(aWhole(1, Number.MAX_SAFE_INTEGER)),
  afterMs: optional(A_TIME),
  again: optional(anObject({ downMs: A_TIME, upMs: A_TIME })),
  bootClock: optional(anObject({ offMs: aNumber(-BOOT_CLOCK_MS_MAX, BOOT_CLOCK_MS_MAX), forMs: A_TIME })),
}

export const crash: FaultFamily<CrashFault> = {
  kind: 'crash',
  text: 'a process is killed; its disk keeps everything that was written',
  fields: { ...FALL, isSilent: A_FLAG },
  draw: (rng, cast) => ({ ...drawFall(rng, cast), isSilent: rng() < 0.3 }),
  words: (fault) => `${fault.node} is killed${fault.isSilent ? ' in silence' : ''}${fallWords(fault)}`,
  where: ({ node }) => [node],
  strike: (fault, stage) => fallAndRise(fault, stage, 'none', fault.isSilent),
}

export const powerLoss: FaultFamily<PowerLossFault> = {
  kind: 'powerLoss',
  text: 'a machine loses power; its disk loses, tears or garbles what was not synced, but for the head of its very first file (not with fsync never, which promises nothing about it)',
  fields: FALL,
  draw: drawFall,
  words: (fault) => `${fault.node} loses power${fallWords(fault)}`,
  where: ({ node }) => [node],
  strike: (fault, stage) => fallAndRise(fault, stage, 'unsynced', true),
}

function drawFall(rng: Rng, { names }: Cast): Omit<Fall, 'kind' | 'atMs'> {
  const node = anyOf(rng, names)
  const isNearWrite = rng() < 0.5
  const near = { atWrite: 1 + Math.floor(rng() * WRITES_MAX), afterMs: Math.round(rng() * NEAR_WRITE_MS) }
  const isTwice = rng() < 0.4
  const again = { downMs: Math.round(between(rng, 100, 4_000)), upMs: Math.round(between(rng, 0, 1_500)) }
  const leastMs = (isNearWrite ? 1_000 : 100) + (isTwice ? again.downMs + again.upMs : 0)
  const forMs = Math.round(leastMs + rng() * 8_000)
  const isOffAtBoot = rng() < 0.2
  const offMs = Math.round(between(rng, -BOOT_CLOCK_MS_MAX, BOOT_CLOCK_MS_MAX))
  const bootClock = { offMs, forMs: Math.round(between(rng, 0, READING_MS) * 10) / 10 }
  return {
    node,
    forMs,
    ...(isNearWrite ? near : {}),
    ...(isTwice ? { again } : {}),
    ...(isOffAtBoot ? { bootClock } : {}),
  }
}

function fallWords({ forMs, atWrite, afterMs = 0, again, bootClock }: Fall): string {
  const near = atWrite === undefined ? '' : ` ${afterMs} ms after write ${atWrite} of its next`
  const twice = again === undefined ? '' : `, up after ${again.downMs} ms and down again after ${again.upMs} ms`
  const clock = bootClock === undefined ? '' : `, with its clock off by ${bootClock.offMs} ms for ${bootClock.forMs} ms`
  return `${near}${twice}; it starts after ${forMs} ms${clock}`
}

function fallAndRise(fault: Fall, stage: Stage, loss: TailLoss, isSilent: boolean): () => void {
  const { atWrite, afterMs = 0, again, bootClock } = fault
  const { world } = stage
  const node = stage.node(fault.node)
  let isOver = false
  /** By this fault and no other. */
  let isDown = false
  const fall = (): void => {
    if (isOver || node.host === undefined) return
    node.crash(loss, isSilent)
    isDown = true
  }
  const rise = (): void => {
    if (isDown && node.host === undefined) {
      if (bootClock !== undefined) world.schedule(bootClock.forMs, node.clock.disturb({ offMs: bootClock.offMs }))
      node.start()
    }
    isDown = false
  }
  const begin = (): void => {
    fall()
    if (!isDown || again === undefined) return
    world.schedule(again.downMs, () => {
      if (isOver) return
      rise()
      world.schedule(again.upMs, fall)
    })
  }
  let disarm = (): void => undefined
  if (atWrite === undefined) begin()
  else disarm = onWrite(node.disk, atWrite, () => world.schedule(afterMs, begin))
  return () => {
    disarm()
    isOver = true
    rise()
  }
}

/** Calls once, when the `nth` next write to the disk is carried out; what it returns calls that off. */
function onWrite(disk: SimDisk, nth: number, call: () => void): () => void {
  let left = nth
  const disarm = disk.onOperation((verb) => {
    if (verb !== 'write' || --left > 0) return undefined
    disarm()
    call()
    return undefined
  })
  return disarm
}
