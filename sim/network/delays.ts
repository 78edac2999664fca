/**
 * How long a frame takes between two places when nothing disturbs it. Within a region anything between the least and the
 * most; between two regions what the matrix says, or a narrower band of the far delays, always the same for the same two,
 * as distances are.
 */

import type { DelayShape } from '../plan.ts'
import type { World } from '../world.ts'
import type { BaseDelay } from './path.ts'

export const CALM_DELAYS: DelayShape = { near: [0.2, 2], far: [20, 80], regions: [] }

/** What chance may add to a delay of the matrix, as a share of it. */
const JITTER = 0.1
/** The part of the far delays that frames between two given regions use. */
const BAND = 0.25

export function baseDelay(world: World, shape: DelayShape, from: string, to: string): BaseDelay {
  const [a, b] = [regionOf(shape, from), regionOf(shape, to)]
  const [leastMs, mostMs] = a === b ? shape.near : shape.far
  const spanMs = mostMs - leastMs
  if (a === b) return { leastMs, spanMs }
  const statedMs = shape.matrixMs?.[a]?.[b]
  if (statedMs !== undefined) return { leastMs: statedMs, spanMs: statedMs * JITTER }
  const distance = (world.hash(`regions ${Math.min(a, b)}-${Math.max(a, b)}`) >>> 0) / 4_294_967_296
  return { leastMs: leastMs + distance * spanMs * (1 - BAND), spanMs: spanMs * BAND }
}

/** Who is in no region is in the first. */
function regionOf(shape: DelayShape, place: string): number {
  return Math.max(
    0,
    shape.regions.findIndex((names) => names.includes(place)),
  )
}
