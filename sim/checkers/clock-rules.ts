/**
 * I8: stamps rise, follow what was seen, are never behind the node's own clock, and stay near true time on a node whose
 * clock is near it: such a node takes writes. When an operator sets a clock back, what was ahead of it is forgiven and
 * forgotten: stamps begin again above all that still shows, and are near true time.
 */

import { CLOCK_UNLOGGED_MAX } from '../../src/core/holdings.ts'
import { parseOrigin } from '../../src/core/origin.ts'
import { REPLICA_DEFAULTS } from '../../src/core/replica-options.ts'
import type { Now } from '../../src/core/step.ts'
import { type Checker, type Scene, Violation } from '../checker.ts'
import type { SimNode } from '../sim-node.ts'
import { SIM_EPOCH_MS } from '../world.ts'
import { hlcOf } from './hlc-of.ts'

/** Clocks within this of the true time are right, ms. */
const RIGHT_MS = 10_000

/** What nodes have heard of each other's clocks is forgotten by then, ms. */
const HEARD_MS = 15_000

export function clockRules({ world, nodes, ledger }: Scene): Checker {
  /** Node → the greatest time that it stamped and that a crash could not take. */
  const kept = new Map<string, number>()
  /** Node → the greatest time that it stamped or showed in its present run. */
  const reached = new Map<string, number>()
  const checker: Checker = {
    id: 'I8',
    rule: 'a node stamps in rising order, above all that it showed before, not behind its clock, and near true time if its clock is: then it takes writes',
    stepped(node, now, input, effects) {
      for (const effect of effects) {
        if (effect.kind === 'append' && effect.record.kind === 'origin') {
          rise(node, parseOrigin(effect.record.origin)?.birth ?? 0, now, 'its birth')
        } else if (effect.kind === 'append' && effect.record.kind === 'clock') {
          kept.set(node.name, Math.min(effect.record.to, kept.get(node.name) ?? 0))
          reached.set(node.name, greatestShown(node))
        } else if (effect.kind === 'notify' && input.kind !== 'resetClock') {
          for (const entry of effect.entries) {
            // What repair or an expiry tells of own writes are no new stamps.
            const isStamp = input.kind === 'write' || input.kind === 'durable'
            if (isStamp && entry.origin === node.host?.replica.origin) rise(node, entry.time, now, entry.key)
            else reached.set(node.name, Math.max(entry.time, reached.get(node.name) ?? 0))
          }
        } else if (effect.kind === 'reply' && node.fsync === 'always') {
          const { origin, time } = effect.version
          // A write of the run before a reset may be answered after it.
          const isFormer = origin !== node.host?.replica.origin && ledger.resets.hasTakenBack(node.name, time, 0)
          if (!isFormer) kept.set(node.name, Math.max(time, kept.get(node.name) ?? 0))
        }
      }
    },
    replayed(node) {
      // What it holds and shows again it has shown before.
      reached.set(node.name, greatestShown(node))
    },
    diskReplaced({ name }) {
      // What it promised to stay above is not on this disk.
      kept.delete(name)
    },
    crashed(node) {
      reached.delete(node.name)
    },
    answered({ kind, node: name, error }) {
      const node = nodes.find((one) => one.name === name)
      if (kind !== 'write' || error?.code !== 'ERR_CLOCK_SKEW' || node === undefined || mayRefuse(node)) return
      throw new Violation(
        checker,
        `all is over, the clock of ${name} is right, and it takes no write: ${error.message}`,
      )
    },
  }
  /** Somebody's clock is wrong, or was and took this one's along, and nobody has told it to go by its wall clock again. */
  const mayRefuse = ({ host, clock }: SimNode): boolean => {
    if (nodes.some(({ clock }) => Math.abs(clock.offMs) > RIGHT_MS || world.nowMs - clock.changedMs < HEARD_MS))
      return true
    const stampMs = host?.replica.readMs({ wallMs: clock.wallMs(), monoMs: clock.monoMs() }) ?? 0
    const isAhead = stampMs - SIM_EPOCH_MS - world.nowMs > REPLICA_DEFAULTS.maxClockSkewMs - RIGHT_MS
    return isAhead && nodes.some((node) => node.clock.aheadLatelyMs > RIGHT_MS)
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
    const limitMs = SIM_EPOCH_MS + world.nowMs + node.clock.aheadLatelyMs + REPLICA_DEFAULTS.maxClockSkewMs + 1
    // What lies so little above what the log tells of its clock counts as shown before, since it may have been.
    if (time > hlcOf(limitMs) + CLOCK_UNLOGGED_MAX)
      throw new Violation(checker, `${node.name} stamped ${what} with ${time}, too far ahead`)
    reached.set(node.name, time)
  }
  return checker
}

// Not within the checker: whatever is made anew for each run is compiled anew for each run.

function greatestShown({ host }: SimNode): number {
  let greatest = 0
  const store = host?.replica.store
  for (const { key } of store?.all() ?? []) greatest = Math.max(greatest, store?.shown(key)?.time ?? 0)
  return greatest
}
