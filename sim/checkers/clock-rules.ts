/**
 * I8: stamps rise, follow what was seen, are never behind the node's own clock, and stay near true time on a node whose
 * clock is near it.
 */

import { parseOrigin } from '../../src/core/origin.ts'
import { REPLICA_DEFAULTS } from '../../src/core/replica-options.ts'
import type { Now } from '../../src/core/step.ts'
import { type Checker, type Scene, Violation } from '../checker.ts'
import type { SimNode } from '../sim-node.ts'
import { SIM_EPOCH_MS } from '../world.ts'
import { hlcOf } from './hlc-of.ts'

export function clockRules({ world }: Scene): Checker {
  /** Node → the greatest time that it stamped and that a crash could not take. */
  const kept = new Map<string, number>()
  /** Node → the greatest time that it stamped or showed in its present run. */
  const reached = new Map<string, number>()
  const checker: Checker = {
    id: 'I8',
    rule: 'a node stamps in rising order, above all that it showed before, not behind its clock, and near true time if its clock is',
    stepped(node, now, input, effects) {
      for (const effect of effects) {
        if (effect.kind === 'append' && effect.record.kind === 'origin') {
          rise(node, parseOrigin(effect.record.origin)?.birth ?? 0, now, 'its birth')
        } else if (effect.kind === 'notify') {
          for (const entry of effect.entries) {
            // What repair or an expiry tells of own writes are no new stamps.
            const isStamp = input.kind === 'write' || input.kind === 'durable'
            if (isStamp && entry.origin === node.host?.replica.origin) rise(node, entry.time, now, entry.key)
            else reached.set(node.name, Math.max(entry.time, reached.get(node.name) ?? 0))
          }
        } else if (effect.kind === 'reply' && node.fsync === 'always') {
          kept.set(node.name, Math.max(effect.version.time, kept.get(node.name) ?? 0))
        }
      }
    },
    replayed(node) {
      let greatest = 0
      const store = node.host?.replica.store
      // What it holds and shows again it has shown before.
      for (const { key } of store?.all() ?? []) greatest = Math.max(greatest, store?.shown(key)?.time ?? 0)
      reached.set(node.name, greatest)
    },
    diskReplaced({ name }) {
      // What it promised to stay above is not on this disk.
      kept.delete(name)
    },
    crashed(node) {
      reached.delete(node.name)
    },
  }
  const rise = (node: SimNode, time: number, now: Now, what: string): void => {
    const before = Math.max(reached.get(node.name) ?? 0, kept.get(node.name) ?? 0)
    if (time <= before) throw new Violation(checker, `${node.name} stamped ${what} with ${time}, after ${before}`)
    // A clock of whole milliseconds may be one behind.
    if (time < hlcOf(now.wallMs - 1))
      throw new Violation(
        checker,
        `${node.name} stamped ${what} with ${time}, behind its clock at ${hlcOf(now.wallMs)}`,
      )
    const limitMs = SIM_EPOCH_MS + world.nowMs + node.clock.aheadMostMs + REPLICA_DEFAULTS.maxClockSkewMs + 1
    if (time > hlcOf(limitMs)) throw new Violation(checker, `${node.name} stamped ${what} with ${time}, too far ahead`)
    reached.set(node.name, time)
  }
  return checker
}
