/** What happens to whole connections: they are reset again and again, or one side forgets them and the other is not told. */

import type { Rng } from '../../src/core/rng.ts'
import { anyOf, between } from './draw.ts'
import type { FaultFamily, FaultStep } from './fault.ts'
import { A_TIME, NODES, PAIRS } from './fields.ts'
import { drawForMs, isClient, someOf } from './lanes.ts'
import { repeat } from './repeat.ts'

type Pair = readonly [string, string]

export interface ResetFault extends FaultStep {
  readonly kind: 'reset'
  readonly pairs: readonly Pair[]
  readonly everyMs: number
}

export const reset: FaultFamily<ResetFault> = {
  kind: 'reset',
  text: 'links between nodes are reset again and again, in the middle of whatever they carry, so that all reconnect at once',
  fields: { pairs: PAIRS, everyMs: A_TIME },
  draw(rng, { names }) {
    const all = names.flatMap((a, i) => names.slice(i + 1).map((b) => [a, b] as const))
    return {
      pairs: rng() < 0.3 ? all : somePairs(rng, all),
      everyMs: Math.round(rng() < 0.3 ? between(rng, 20, 200) : between(rng, 200, 4_000)),
      forMs: drawForMs(rng),
    }
  },
  words: ({ pairs, everyMs }) =>
    `reset ${pairs.map(([a, b]) => `${a}-${b}`).join(' ') || 'nothing'} every ${everyMs} ms`,
  where: ({ pairs }) => [...new Set(pairs.flat())],
  strike: ({ pairs, everyMs }, { world, network }) =>
    repeat(world, everyMs, () => {
      for (const [a, b] of pairs) network.reset(a, b)
    }),
}

export interface ClientResetFault extends FaultStep {
  readonly kind: 'clientReset'
  readonly nodes: readonly string[]
  readonly everyMs: number
}

export const clientReset: FaultFamily<ClientResetFault> = {
  kind: 'clientReset',
  text: 'the links of all clients of some nodes are reset again and again, also between a request and its answer',
  fields: { nodes: NODES, everyMs: A_TIME },
  draw: (rng, { names }) => ({
    nodes: someOf(rng, names),
    everyMs: Math.round(between(rng, 100, 5_000)),
    forMs: drawForMs(rng),
  }),
  words: ({ nodes, everyMs }) => `reset the clients of ${nodes.join(',')} every ${everyMs} ms`,
  where: ({ nodes }) => nodes,
  strike: ({ nodes, everyMs }, { world, network }) =>
    repeat(world, everyMs, () => {
      for (const node of nodes)
        for (const client of network.linkedTo(node).filter(isClient)) network.reset(node, client)
    }),
}

export interface HalfOpenFault extends FaultStep {
  readonly kind: 'halfOpen'
  /** Who forgets its links to whom. */
  readonly pairs: readonly (readonly [at: string, peer: string])[]
}

export const halfOpen: FaultFamily<HalfOpenFault> = {
  kind: 'halfOpen',
  text: 'one side of a link forgets it, and the other side learns nothing and talks to nobody',
  fields: { pairs: PAIRS },
  draw(rng, { names }) {
    const all = names.flatMap((at) => names.filter((peer) => peer !== at).map((peer) => [at, peer] as const))
    const at = anyOf(rng, names)
    const pairs = rng() < 0.4 ? all.filter((pair) => pair[0] === at) : somePairs(rng, all)
    return { pairs, forMs: 0 }
  },
  words: ({ pairs }) => `half-open: ${pairs.map(([at, peer]) => `${at} forgets ${peer}`).join(', ') || 'nobody'}`,
  where: ({ pairs }) => [...new Set(pairs.flat())],
  strike({ pairs }, { network }) {
    for (const [at, peer] of pairs) network.halfOpen(at, peer)
    return () => undefined
  },
}

/** At least one, where there is any. */
function somePairs(rng: Rng, all: readonly Pair[]): Pair[] {
  const share = between(rng, 0.05, 0.6)
  const some = all.filter(() => rng() < share)
  return some.length > 0 || all.length === 0 ? some : [anyOf(rng, all)]
}
