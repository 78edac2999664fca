/** Links that stand still and lose nothing: all that waited arrives at one instant when they go on. */

import { anyOf, between, shuffled } from './draw.ts'
import type { FaultFamily, FaultStep } from './fault.ts'
import { A_TIME, NODES, PAIRS } from './fields.ts'
import { drawForMs } from './lanes.ts'

export interface HoldFault extends FaultStep {
  readonly kind: 'hold'
  /** From one node to another. */
  readonly links: readonly (readonly [from: string, to: string])[]
}

export const hold: FaultFamily<HoldFault> = {
  kind: 'hold',
  text: 'what some nodes send to some others waits, and arrives all at once when the fault is over',
  fields: { links: PAIRS },
  draw(rng, { names }) {
    const share = between(rng, 0.1, 0.8)
    const all = names.flatMap((from) => names.filter((to) => to !== from).map((to) => [from, to] as const))
    const links = all.filter(() => rng() < share)
    return { links: links.length > 0 || all.length === 0 ? links : [anyOf(rng, all)], forMs: drawForMs(rng) }
  },
  words: ({ links }) => `hold ${links.map(([from, to]) => `${from}>${to}`).join(' ') || 'nothing'}`,
  where: ({ links }) => [...new Set(links.flat())],
  strike({ links }, { network }) {
    const held = new Set(links.map(([from, to]) => `${from}>${to}`))
    return network.disturb({ between: (from, to) => held.has(`${from}>${to}`), hold: true })
  },
}

export interface ClogFault extends FaultStep {
  readonly kind: 'clog'
  /** Nodes in the order in which they are clogged. */
  readonly clogs: readonly string[]
  /** The same nodes in the order in which they go on, the last of them when the fault is over. */
  readonly unclogs: readonly string[]
  /** From one to the next. */
  readonly everyMs: number
}

/** After “swizzling” in FoundationDB's simulation. */
export const clog: FaultFamily<ClogFault> = {
  kind: 'clog',
  text: 'the networks of some machines stand still one after the other, for clients too, and go on in another order',
  fields: { clogs: NODES, unclogs: NODES, everyMs: A_TIME },
  draw(rng, { names }) {
    const clogs = shuffled(rng, names).slice(0, 1 + Math.floor(rng() * names.length))
    const everyMs = Math.round(between(rng, 20, 1_500))
    const forMs = Math.round(2 * clogs.length * everyMs + between(rng, 0, 5_000))
    return { clogs, unclogs: shuffled(rng, clogs), everyMs, forMs }
  },
  words: ({ clogs, unclogs, everyMs }) => `clog ${clogs.join(',')}, unclog ${unclogs.join(',')}, every ${everyMs} ms`,
  where: ({ clogs }) => clogs,
  strike({ clogs, unclogs, everyMs, forMs }, { world, network }) {
    let isOver = false
    const undo = new Map<string, () => void>()
    const gone = new Set<string>()
    clogs.forEach((node, i) => {
      world.schedule(i * everyMs, () => {
        if (isOver || undo.has(node) || gone.has(node)) return
        undo.set(node, network.disturb({ between: (from, to) => (from === node) !== (to === node), hold: true }))
      })
    })
    unclogs.forEach((node, i) => {
      world.schedule(forMs - (unclogs.length - 1 - i) * everyMs, () => {
        gone.add(node)
        undo.get(node)?.()
      })
    })
    return () => {
      isOver = true
      for (const end of undo.values()) end()
    }
  },
}
