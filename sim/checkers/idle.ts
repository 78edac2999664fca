/**
 * I14: a cluster that has nothing to say says only that it is there. The budgets are half above what runs need, so a node
 * that speaks twice as often is found; they are judged over seconds, since a beat more or less is nothing in a short time.
 * By a clock that was driven far ahead and never reset other values have expired than by the others: then they compare.
 */

import { REPLICA_DEFAULTS } from '../../src/core/replica-options.ts'
import type { Now } from '../../src/core/step.ts'
import { type Checker, type Scene, serving, Violation } from '../checker.ts'
import { isClient } from '../faults/lanes.ts'
import type { SimNode } from '../sim-node.ts'
import { SIM_EPOCH_MS } from '../world.ts'

/** A link that one side has forgotten may hold up what was begun before: until it is given up, and asked for again. */
const END_MS = 8_500
/** The budgets are judged over at least so long, ms. */
const WINDOW_MS_MIN = 4_000
/** Rows that a node may send to one peer in a second of idleness. */
const ROWS_A_SECOND = 1.6
/** Digests and answers to them that all nodes together may send in a second, for each node. */
const DIGESTS_A_SECOND = 1.15
/** Bytes in a second from one node to one peer. */
const BYTES_A_SECOND = 240
/** And for each client's link, which is asked now and then whether it is there. */
const CLIENT_BYTES_A_SECOND = 30

/** What nodes that differ say to each other, and that brings nothing new. */
const COMPARISONS: ReadonlySet<string> = new Set([
  'compare',
  'sketch',
  'split',
  'parts',
  'list',
  'listed',
  'want',
  'answer',
])

interface Spoken {
  rows: number
  digests: number
}

export function idle(scene: Scene): Checker {
  const { world, network } = scene
  const spoken = new Map<SimNode, Spoken>()
  let idleMs: number | undefined
  let sinceMs: number | undefined
  let bytesBefore = 0
  const checker: Checker = {
    id: 'I14',
    rule: 'a cluster that agrees and is asked nothing sends only rows and digests, and few of them',
    stepped(node, _now, _input, effects) {
      if (scene.phase !== 'idle') return
      idleMs ??= world.nowMs
      if (world.nowMs < idleMs + END_MS) return
      if (sinceMs === undefined) {
        sinceMs = world.nowMs
        bytesBefore = network.bytes
      }
      for (const effect of effects) {
        if (effect.kind !== 'send') continue
        const { kind } = effect.message.body
        if (kind !== 'row' && kind !== 'digest' && kind !== 'same' && !(COMPARISONS.has(kind) && isAnyAhead()))
          throw new Violation(checker, `all agree, and ${node.name} sends a ${kind} to ${effect.to.join(', ')}`)
        let own = spoken.get(node)
        if (own === undefined) {
          own = { rows: 0, digests: 0 }
          spoken.set(node, own)
        }
        if (kind === 'row') own.rows += effect.to.length
        else own.digests += effect.to.length
      }
    },
    finish() {
      if (sinceMs === undefined || world.nowMs - sinceMs < WINDOW_MS_MIN) return
      const seconds = (world.nowMs - sinceMs) / 1_000
      const count = scene.nodes.length
      const peers = Math.max(1, count - 1)
      let digests = 0
      for (const [node, own] of spoken) {
        within(`rows of ${node.name} to ${peers} peers`, own.rows, ROWS_A_SECOND * peers, seconds)
        digests += own.digests
      }
      within(`digests and answers of ${count} nodes`, digests, DIGESTS_A_SECOND * count, seconds)
      let links = 0
      for (const { name } of scene.nodes) links += network.linkedTo(name).filter(isClient).length
      const most = BYTES_A_SECOND * count * peers + CLIENT_BYTES_A_SECOND * links
      within(`bytes between ${count} nodes and ${links} clients`, network.bytes - bytesBefore, most, seconds)
    },
  }
  const isAnyAhead = (): boolean => {
    const limitMs = SIM_EPOCH_MS + world.nowMs + REPLICA_DEFAULTS.maxClockSkewMs
    const readMs = ({ clock }: SimNode, replica: { readMs(now: Now): number }): number =>
      replica.readMs({ wallMs: clock.wallMs(), monoMs: clock.monoMs() })
    return [...serving(scene.nodes)].some(({ node, replica }) => readMs(node, replica) > limitMs)
  }
  const within = (what: string, found: number, mostASecond: number, seconds: number): void => {
    if (found <= mostASecond * seconds) return
    const most = Math.floor(mostASecond * seconds)
    throw new Violation(checker, `${found} ${what} in ${seconds.toFixed(1)} idle seconds, at most ${most} may be`)
  }
  return checker
}
