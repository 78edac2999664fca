/**
 * Processes that end from one instant to the next: killed, where the disk keeps what was written, or with a power loss,
 * where it may lose what was not synced. Most instants are dull, so half of them strike near a write to the disk, when
 * something is written and not synced, or synced and not said.
 */

import type { Rng } from '../../src/core/rng.ts'
import type { SimDisk, TailLoss } from '../disk.ts'
import { anyOf, between } from './draw.ts'
import type { Cast, FaultFamily, FaultStep, Stage } from './fault.ts'

interface Fall extends FaultStep {
  readonly node: string
  /** Strikes near this one of the node's next writes to its disk, from 1; never when that does not come in time. */
  readonly atWrite?: number
  /** How long after that write begins, ms. */
  readonly afterMs?: number
  /** Peers see no reset: their links just fall silent. */
  readonly isSilent: boolean
  /** Starts again so soon, and then falls a second time. */
  readonly again?: { readonly downMs: number; readonly upMs: number }
}

/** `forMs` is how long the node stays down, counted from when the fault is made. */
export interface CrashFault extends Fall {
  readonly kind: 'crash'
}

export interface PowerLossFault extends Fall {
  readonly kind: 'powerLoss'
}

/** A write is synced within about this time. */
const NEAR_WRITE_MS = 6
/** Mostly a write of one burst. */
const WRITES_MAX = 10

export const crash: FaultFamily<CrashFault> = {
  kind: 'crash',
  text: 'a process is killed; its disk keeps everything that was written',
  draw: drawFall,
  words: (fault) => `${fault.node} is killed${fallWords(fault)}`,
  where: ({ node }) => [node],
  strike: (fault, stage) => fallAndRise(fault, stage, 'none'),
}

export const powerLoss: FaultFamily<PowerLossFault> = {
  kind: 'powerLoss',
  text: 'a machine loses power; its disk loses, tears or garbles what was not synced',
  draw: drawFall,
  words: (fault) => `${fault.node} loses power${fallWords(fault)}`,
  where: ({ node }) => [node],
  strike: (fault, stage) => fallAndRise(fault, stage, 'unsynced'),
}

function drawFall(rng: Rng, { names }: Cast): Omit<Fall, 'kind' | 'atMs'> {
  const node = anyOf(rng, names)
  const isSilent = rng() < 0.3
  const isNearWrite = rng() < 0.5
  const near = { atWrite: 1 + Math.floor(rng() * WRITES_MAX), afterMs: Math.round(rng() * NEAR_WRITE_MS) }
  const isTwice = rng() < 0.4
  const again = { downMs: Math.round(between(rng, 100, 4_000)), upMs: Math.round(between(rng, 0, 1_500)) }
  const leastMs = (isNearWrite ? 1_000 : 100) + (isTwice ? again.downMs + again.upMs : 0)
  const forMs = Math.round(leastMs + rng() * 8_000)
  return { node, isSilent, forMs, ...(isNearWrite ? near : {}), ...(isTwice ? { again } : {}) }
}

function fallWords({ forMs, atWrite, afterMs = 0, isSilent, again }: Fall): string {
  const near = atWrite === undefined ? '' : ` ${afterMs} ms after write ${atWrite} of its next`
  const twice = again === undefined ? '' : `, up after ${again.downMs} ms and down again after ${again.upMs} ms`
  return `${near}${isSilent ? ', in silence' : ''}${twice}; it starts after ${forMs} ms`
}

function fallAndRise(fault: Fall, stage: Stage, loss: TailLoss): () => void {
  const { atWrite, afterMs = 0, isSilent, again } = fault
  const { world } = stage
  const node = stage.node(fault.node)
  let isOver = false
  /** By this fault and no other. */
  let isDown = false
  const fall = (): void => {
    if (isOver || node.host === undefined) return
    // Without any sync a power loss may take everything, and nothing was promised: only kills then.
    node.crash(node.fsync === 'never' ? 'none' : loss, isSilent)
    isDown = true
  }
  const rise = (): void => {
    if (isDown && node.host === undefined) node.start()
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

/** Calls once, when the `nth` next write to the disk begins; what it returns calls that off. */
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
