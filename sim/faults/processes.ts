/** What happens to processes other than crashes: they stand still, are restarted one after the other, and join. */

import { anyOf, between, shuffled } from './draw.ts'
import type { FaultFamily, FaultStep } from './fault.ts'

export interface PauseFault extends FaultStep {
  readonly kind: 'pause'
  readonly node: string
}

export const pause: FaultFamily<PauseFault> = {
  kind: 'pause',
  text: 'a process stands still, as when its machine is starved or suspended, and then goes on as if nothing had been',
  draw: (rng, { names }) => ({
    node: anyOf(rng, names),
    forMs: Math.round(rng() < 0.7 ? between(rng, 100, 3_000) : between(rng, 3_000, 20_000)),
  }),
  words: ({ node, forMs }) => `${node} is paused for ${forMs} ms`,
  where: ({ node }) => [node],
  strike({ node }, stage) {
    const { host } = stage.node(node)
    stage.node(node).pause()
    return () => {
      if (stage.node(node).host === host) stage.node(node).resume()
    }
  },
}

export interface RollingRestartFault extends FaultStep {
  readonly kind: 'rollingRestart'
  readonly order: readonly string[]
  /** From one node's end to the next one's. */
  readonly everyMs: number
  /** Before it starts again. */
  readonly downMs: number
}

export const rollingRestart: FaultFamily<RollingRestartFault> = {
  kind: 'rollingRestart',
  text: 'all nodes are killed and started again, one after the other',
  strikesMax: 2,
  draw(rng, { names }) {
    const everyMs = Math.round(between(rng, 500, 4_000))
    const downMs = Math.round(between(rng, 100, 2_000))
    return { order: shuffled(rng, names), everyMs, downMs, forMs: names.length * everyMs + downMs }
  },
  words: ({ order, everyMs, downMs }) =>
    `rolling restart of ${order.join(', ')}: every ${everyMs} ms, ${downMs} ms down`,
  where: ({ order }) => order,
  strike({ order, everyMs, downMs }, stage) {
    let isOver = false
    const down = new Set<string>()
    const start = (name: string): void => {
      if (down.delete(name) && stage.node(name).host === undefined) stage.node(name).start()
    }
    order.forEach((name, i) => {
      stage.world.schedule(i * everyMs, () => {
        if (isOver || stage.node(name).host === undefined) return
        stage.node(name).crash('none', false)
        down.add(name)
        stage.world.schedule(downMs, () => start(name))
      })
    })
    return () => {
      isOver = true
      for (const name of [...down]) start(name)
    }
  },
}

export interface JoinFault extends FaultStep {
  readonly kind: 'join'
  readonly name: string
}

const NEW_NAMES = 1_000

export const join: FaultFamily<JoinFault> = {
  kind: 'join',
  text: 'a new node joins the cluster',
  strikesMax: 2,
  draw: (rng) => ({ name: `j${1 + Math.floor(rng() * NEW_NAMES)}`, forMs: 0 }),
  words: ({ name }) => `${name} joins`,
  where: ({ name }) => [name],
  strike({ name }, stage) {
    if (!stage.nodes.some((node) => node.name === name)) stage.join(name)
    return () => undefined
  },
}

export interface LeaveFault extends FaultStep {
  readonly kind: 'leave'
  readonly node: string
}

export const leave: FaultFamily<LeaveFault> = {
  kind: 'leave',
  text: 'a node goes for good',
  off: 'members cannot leave or be forgotten yet: one that is gone for good holds stable time back for ever',
  strikesMax: 1,
  draw: (rng, { names }) => ({ node: anyOf(rng, names), forMs: 0 }),
  words: ({ node }) => `${node} goes for good`,
  where: ({ node }) => [node],
  strike({ node }, stage) {
    stage.node(node).crash('none', false)
    stage.node(node).isGone = true
    return () => undefined
  },
}
