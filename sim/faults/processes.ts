/** What happens to processes other than crashes: they stand still, are restarted one after the other, and join. */

import { anyOf, between, shuffled } from './draw.ts'
import type { FaultFamily, FaultStep } from './fault.ts'
import { A_FLAG, A_NEW_NODE, A_NODE, A_TIME, NODES_THERE, optional } from './fields.ts'

export interface PauseFault extends FaultStep {
  readonly kind: 'pause'
  readonly node: string
}

export const pause: FaultFamily<PauseFault> = {
  kind: 'pause',
  text: 'a process stands still, as when its machine is starved or suspended, and then goes on as if nothing had been',
  fields: { node: A_NODE },
  draw(rng, { names }) {
    const node = anyOf(rng, names)
    const length = rng()
    if (length < 0.7) return { node, forMs: Math.round(between(rng, 100, 3_000)) }
    return { node, forMs: Math.round(between(rng, 3_000, length < 0.97 ? 20_000 : 60_000)) }
  },
  words: ({ node, forMs }) => `${node} is paused for ${forMs} ms`,
  where: ({ node }) => [node],
  strike: ({ node }, stage) => stage.node(node).pause(),
}

export interface RollingRestartFault extends FaultStep {
  readonly kind: 'rollingRestart'
  readonly order: readonly string[]
  /** From one node's end to the next one's. */
  readonly everyMs: number
  /** Before it starts again. */
  readonly downMs: number
  /** They are told to end, and end in good order, instead of being killed. */
  readonly isOrderly?: boolean
}

export const rollingRestart: FaultFamily<RollingRestartFault> = {
  kind: 'rollingRestart',
  text: 'all nodes are ended in good order, or killed, and started again, one after the other',
  strikesMax: 2,
  fields: { order: NODES_THERE, everyMs: A_TIME, downMs: A_TIME, isOrderly: optional(A_FLAG) },
  draw(rng, { names }) {
    const everyMs = Math.round(between(rng, 500, 4_000))
    const downMs = Math.round(between(rng, 100, 2_000))
    const isOrderly = rng() < 0.6
    return { order: shuffled(rng, names), everyMs, downMs, isOrderly, forMs: names.length * everyMs + downMs }
  },
  words: ({ order, everyMs, downMs, isOrderly }) =>
    `rolling restart of ${order.join(', ')}${isOrderly ? ' in good order' : ''}: every ${everyMs} ms, ${downMs} ms down`,
  where: ({ order }) => order,
  strike({ order, everyMs, downMs, isOrderly }, stage) {
    let isOver = false
    const down = new Set<string>()
    const start = (name: string): void => {
      if (down.delete(name) && stage.node(name).host === undefined) stage.node(name).start()
    }
    const end = (name: string): void => {
      const node = stage.node(name)
      if (isOver || node.host === undefined) return
      const ended = (): void => {
        down.add(name)
        stage.world.schedule(isOver ? 0 : downMs, () => start(name))
      }
      if (isOrderly) node.stop(ended)
      else {
        node.crash('none', false)
        ended()
      }
    }
    order.forEach((name, i) => {
      stage.world.schedule(i * everyMs, () => end(name))
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
  /** Killed so long after it joined, ms, and started again when the fault is over. */
  readonly killedAfterMs?: number
}

const NEW_NAMES = 1_000
/** How long a killed newcomer stays down. */
const DOWN_MS = 1_000

export const join: FaultFamily<JoinFault> = {
  kind: 'join',
  text: 'a new node joins the cluster, and is sometimes killed while it does',
  strikesMax: 2,
  fields: { name: A_NEW_NODE, killedAfterMs: optional(A_TIME) },
  draw(rng) {
    const name = `j${1 + Math.floor(rng() * NEW_NAMES)}`
    if (rng() < 0.6) return { name, forMs: 0 }
    const killedAfterMs = Math.round(between(rng, 0, 3_000))
    return { name, killedAfterMs, forMs: killedAfterMs + DOWN_MS }
  },
  words: ({ name, killedAfterMs }) =>
    `${name} joins${killedAfterMs === undefined ? '' : `, and is killed ${killedAfterMs} ms later`}`,
  where: ({ name }) => [name],
  strike({ name, killedAfterMs }, stage) {
    if (stage.nodes.some((node) => node.name === name)) return () => undefined
    const node = stage.join(name)
    let isOver = false
    if (killedAfterMs !== undefined) {
      stage.world.schedule(killedAfterMs, () => {
        if (!isOver) node.crash('none', false)
      })
    }
    return () => {
      isOver = true
      if (node.host === undefined) node.start()
    }
  },
}

export interface LeaveFault extends FaultStep {
  readonly kind: 'leave'
  readonly node: string
}

export const leave: FaultFamily<LeaveFault> = {
  kind: 'leave',
  text: 'a node goes for good',
  off: 'who is gone for good holds stable time back until it is forgotten, and no run waits for that',
  strikesMax: 1,
  fields: { node: A_NODE },
  draw: (rng, { names }) => ({ node: anyOf(rng, names), forMs: 0 }),
  words: ({ node }) => `${node} goes for good`,
  where: ({ node }) => [node],
  strike({ node }, stage) {
    stage.node(node).crash('none', false)
    stage.node(node).isKeptDown = true
    return () => undefined
  },
}
