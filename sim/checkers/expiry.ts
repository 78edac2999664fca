/**
 * I18: a value that expires shows until its time and not later, by the clock of the node that is asked: the later of its
 * wall clock and of all that it has stamped or heard of. What has expired is let go of by all when all have seen it.
 */

import { hlcFromUnixMs, unixMsFromHlc } from '../../src/core/clock.ts'
import type { Entry } from '../../src/core/entry.ts'
import { graveOf } from '../../src/core/entry.ts'
import { REPLICA_DEFAULTS } from '../../src/core/replica-options.ts'
import { type Checker, type Scene, serving, Violation } from '../checker.ts'
import type { Call } from '../history.ts'
import type { SimNode } from '../sim-node.ts'

/** A node takes notice of what has expired, and of what its floor lets go of, in one of its next ticks, ms. */
const NOTICE_WITHIN_MS = 5_000

export function expiry({ world, nodes }: Scene): Checker {
  /** Read under way → the clock of the node when it was asked, Unix ms, and what it showed then. */
  const asked = new Map<Call, { readonly wasMs: number; readonly shown: Entry | undefined }>()
  /** For each run of a process: what should have been let go of, and since when. */
  const overdue = new WeakMap<object, Map<Entry, number>>()
  const checker: Checker = {
    id: 'I18',
    rule: 'a value that expires shows until its time by the clock of the node, not later, and then all let go of it',
    called(call) {
      const { operation } = call
      const node = operation.kind === 'get' || operation.kind === 'scan' ? nodeOf(call) : undefined
      if (node === undefined) return
      const shown = operation.kind === 'get' ? node.host?.replica.store.shown(operation.key) : undefined
      asked.set(call, { wasMs: clockOf(node), shown })
    },
    ended(call) {
      const before = asked.get(call)
      if (before === undefined) return
      asked.delete(call)
      const { wasMs } = before
      const node = nodeOf(call)
      // An answer of a process that is no more.
      if (call.outcome !== 'ok' || node === undefined || node.startedMs > call.calledMs) return
      const isMs = clockOf(node)
      const { operation } = call
      const entries = operation.kind === 'get' ? [call.entry] : (call.entries ?? [])
      for (const entry of entries) {
        if (entry?.expiresAt === undefined || entry.expiresAt > Math.min(wasMs, isMs)) continue
        throw new Violation(
          checker,
          `${call.client} read ${show(entry)} at ${node.name}, where it was ${wasMs} already`,
        )
      }
      if (operation.kind !== 'get' || call.entry !== undefined) return
      const there = node.host?.replica.store.shown(operation.key)
      if (there === undefined || there.expiresAt === undefined || there.time > hlcFromUnixMs(wasMs)) return
      if (there.expiresAt > Math.max(wasMs, isMs) + 1 && before.shown === there)
        throw new Violation(checker, `${call.client} read nothing at ${node.name}, which holds ${show(there)}`)
    },
    sample() {
      for (const { node, replica } of serving(nodes)) {
        const before = overdue.get(replica)
        const due = new Map<Entry, number>()
        const nowMs = clockOf(node)
        for (const entry of replica.store.all()) {
          if (entry.expiresAt === undefined) continue
          if (entry.expiresAt > nowMs) continue
          if (node.host?.get(entry.key) === entry)
            throw new Violation(checker, `${node.name} shows ${show(entry)}, and it is ${nowMs} there`)
          // By its wall clock: what a clock that ran ahead lets go of, the others would keep for as long.
          const limit = hlcFromUnixMs(node.clock.wallMs() + REPLICA_DEFAULTS.maxClockSkewMs)
          const mayStay = replica.store.hasLapsed(entry) && graveOf(entry) > Math.min(replica.stableTime() ?? 0, limit)
          if (mayStay || node.isPaused || replica.store.held(entry.key) !== entry) continue
          const sinceMs = before?.get(entry) ?? world.nowMs
          if (world.nowMs - sinceMs > NOTICE_WITHIN_MS)
            throw new Violation(checker, `${node.name} still holds ${show(entry)}; stable is ${replica.stableTime()}`)
          due.set(entry, sinceMs)
        }
        overdue.set(replica, due)
      }
    },
  }
  const nodeOf = (call: Call): SimNode | undefined => nodes.find(({ name }) => name === call.node)
  const clockOf = ({ host, clock }: SimNode): number =>
    host?.replica.readMs({ wallMs: clock.wallMs(), monoMs: clock.monoMs() }) ?? 0
  return checker
}

// Not within the checker: whatever is made anew for each run is compiled anew for each run.

function show({ key, kind, time, origin, expiresAt }: Entry): string {
  return `${kind} ${time} of ${origin} for ${key}, written at ${unixMsFromHlc(time)}, expiring at ${expiresAt}`
}
