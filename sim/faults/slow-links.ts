/** Links that are slow: each frame takes longer, some take far longer, or few bytes fit through and the rest queues. */

import type { FaultFamily, FaultStep } from './fault.ts'
import { A_TIME, aNumber, LANES, NODES } from './fields.ts'
import { among, drawDegree, drawForMs, drawLanes, type Lanes, lanePlaces, laneWords, someOf } from './lanes.ts'

export interface SlowFault extends FaultStep, Lanes {
  readonly kind: 'slow'
  /** Longer for each frame. */
  readonly slowerMs: number
}

export const slow: FaultFamily<SlowFault> = {
  kind: 'slow',
  text: 'frames between nodes take longer, by some ms to some seconds',
  fields: { ...LANES, slowerMs: A_TIME },
  draw: (rng, { names }) => ({
    ...drawLanes(rng, names),
    slowerMs: Math.round(drawDegree(rng, [5, 50], [50, 500], [500, 3_000])),
    forMs: drawForMs(rng),
  }),
  words: (fault) => `frames take ${fault.slowerMs} ms longer ${laneWords(fault)}`,
  where: lanePlaces,
  strike: (fault, { network }) => network.disturb({ between: among(fault), slowerMs: fault.slowerMs }),
}

export interface ExponentialDelayFault extends FaultStep, Lanes {
  readonly kind: 'exponentialDelay'
  /** What a frame takes longer, on average. */
  readonly meanMs: number
}

export const exponentialDelay: FaultFamily<ExponentialDelayFault> = {
  kind: 'exponentialDelay',
  text: 'frames between nodes take longer by chance, most a little and some very much, and what follows waits behind them',
  fields: { ...LANES, meanMs: A_TIME },
  draw: (rng, { names }) => ({
    ...drawLanes(rng, names),
    meanMs: Math.round(drawDegree(rng, [5, 50], [50, 300], [300, 1_500])),
    forMs: drawForMs(rng),
  }),
  words: (fault) => `frames take ${fault.meanMs} ms longer on average ${laneWords(fault)}`,
  where: lanePlaces,
  strike: (fault, { network }) => network.disturb({ between: among(fault), exponentialMs: fault.meanMs }),
}

export interface BandwidthFault extends FaultStep {
  readonly kind: 'bandwidth'
  /** Of these nodes, all that they send is capped, to clients too. */
  readonly nodes: readonly string[]
  /** Of each link. */
  readonly bytesPerSecond: number
}

export const bandwidth: FaultFamily<BandwidthFault> = {
  kind: 'bandwidth',
  text: 'few bytes per second leave some nodes, to peers and to clients; the rest queues, and a queue too long ends its link',
  fields: { nodes: NODES, bytesPerSecond: aNumber(0, Number.MAX_SAFE_INTEGER) },
  draw: (rng, { names }) => ({
    nodes: rng() < 0.5 ? someOf(rng, names).slice(0, 1) : someOf(rng, names),
    // As likely to be narrow as to be wide, each by its own scale.
    bytesPerSecond: Math.round(10 ** drawDegree(rng, [4, 5], [3, 4], [2.3, 3])),
    forMs: drawForMs(rng),
  }),
  words: ({ nodes, bytesPerSecond }) => `links from ${nodes.join(',')} carry ${bytesPerSecond} bytes per second`,
  where: ({ nodes }) => nodes,
  strike({ nodes, bytesPerSecond }, { network }) {
    const narrow = new Set(nodes)
    return network.disturb({ between: (from) => narrow.has(from), bytesPerSecond: Math.max(1, bytesPerSecond) })
  },
}
