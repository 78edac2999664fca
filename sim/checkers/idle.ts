/** I14: a cluster that has nothing to say says only that it is there. */

import { type Checker, type Scene, Violation } from '../checker.ts'
import type { SimNode } from '../sim-node.ts'

/** A link that one side has forgotten may hold up what was begun before: until it is given up, and asked for again. */
const END_MS = 8_500
/** Frames that a node may send to one peer in a second of idleness: its row, those of others, a digest and its answer. */
const FRAMES_A_SECOND = 4
/** And bytes. */
const BYTES_A_SECOND = 1_500

export function idle(scene: Scene): Checker {
  const { world, network } = scene
  const spoken = new Map<SimNode, number>()
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
        if (kind !== 'row' && kind !== 'digest' && kind !== 'same')
          throw new Violation(checker, `all agree, and ${node.name} sends a ${kind} to ${effect.to.join(', ')}`)
        spoken.set(node, (spoken.get(node) ?? 0) + effect.to.length)
      }
    },
    finish() {
      if (sinceMs === undefined) return
      const seconds = 1 + (world.nowMs - sinceMs) / 1_000
      const peers = Math.max(1, scene.nodes.length - 1)
      for (const [node, frames] of spoken) {
        const most = FRAMES_A_SECOND * peers * seconds
        if (frames > most)
          throw new Violation(
            checker,
            `${node.name} sent ${frames} frames to ${peers} peers in ${seconds} idle seconds`,
          )
      }
      const bytes = network.bytes - bytesBefore
      const most = BYTES_A_SECOND * peers * scene.nodes.length * seconds
      if (bytes > most)
        throw new Violation(checker, `${bytes} bytes in ${seconds} idle seconds, at most ${most} may be`)
    },
  }
  return checker
}
