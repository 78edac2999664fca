/**
 * Hands on what nodes do: to the ledger first, which the checkers compare with, to the trace, to the recorder if there is
 * one, and to the checkers. None of them influences the run.
 */

import type { LogRecord } from '../src/core/record.ts'
import type { Checker } from './checker.ts'
import type { Ledger } from './ledger.ts'
import type { Recorder } from './recorder.ts'
import type { NodeObserver, SimNode } from './sim-node.ts'
import type { Tally } from './tally.ts'
import type { World } from './world.ts'

export interface Listeners {
  readonly world: World
  readonly ledger: Ledger
  readonly tally: Tally
  readonly checkers: readonly Checker[]
  readonly recorder: Recorder | undefined
}

export function observing({ world, ledger, tally, checkers, recorder }: Listeners): NodeObserver {
  const stepped = checkers.flatMap((checker) => checker.stepped?.bind(checker) ?? [])
  /** Node → records that its restart has found so far. */
  const found = new Map<string, LogRecord[]>()
  /** Nodes that read a checkpoint. */
  const inCheckpoint = new Set<string>()
  const recovered = (node: SimNode, record: LogRecord): void => {
    const records = found.get(node.name)
    if (records === undefined) found.set(node.name, [record])
    else records.push(record)
    for (const checker of checkers) checker.recovered?.(node, record)
  }
  /** Its log is true up to the damage only: it is as if an older disk had been put in. */
  const wasDamaged = (node: SimNode, kept: readonly LogRecord[]): void => {
    ledger.diskReplaced(node.name, kept)
    tally.count('logsDamaged')
    for (const checker of checkers) checker.diskReplaced?.(node)
    for (const checker of checkers) checker.crashed?.(node, 'unsynced')
    for (const record of kept) for (const checker of checkers) checker.recovered?.(node, record)
  }
  return {
    stepped(node, now, input, effects) {
      // Before its records count as its own.
      if (input.kind === 'tick') {
        for (const effect of effects)
          if (effect.kind === 'append' && effect.record.kind === 'commit') ledger.salvaged(node, effect.record)
      }
      ledger.stepped(node, input, effects, world.nowMs)
      for (const effect of effects) {
        if (effect.kind === 'notify') {
          for (const entry of effect.entries) world.trace(entry.time | 0, entry.key.length)
          recorder?.shown(node, effect.entries)
        } else if (effect.kind === 'append') {
          world.trace(effect.index, effect.record.kind.length)
          if (effect.record.kind === 'clock') node.clock.stampsWereReset()
        }
      }
      for (const judge of stepped) judge(node, now, input, effects)
    },
    recovered(node, record) {
      const { name } = node
      if (record.kind === 'base') {
        inCheckpoint.add(name)
        // It stands for these; that it leads to the same is for a checker to see.
        for (const former of ledger.recordsOf(name).slice(0, record.records)) recovered(node, former)
        tally.count('checkpointsRead')
      } else if (record.kind === 'end') inCheckpoint.delete(name)
      else if (!inCheckpoint.has(name)) recovered(node, record)
    },
    salvageRead: (node, record) => ledger.salvageRead(node, record),
    replayed(node) {
      const kept = found.get(node.name) ?? []
      if (node.disk.isDamaged && kept.length < (ledger.durable.get(node.name) ?? 0)) wasDamaged(node, kept)
      if (ledger.resets.isLost(node.name, found.get(node.name) ?? [])) node.clock.resetWasLost()
      for (const checker of checkers) checker.replayed?.(node)
      recorder?.replayed(node)
      ledger.recovered(node, found.get(node.name) ?? [])
      found.delete(node.name)
    },
    crashed(node, loss, host) {
      found.delete(node.name)
      inCheckpoint.delete(node.name)
      tally.count('crashes')
      tally.add(host.status().counters)
      for (const checker of checkers) checker.crashed?.(node, loss)
    },
    process: (node, state) => recorder?.process(node, state),
    imaged: ({ name }) => ledger.durableRecordsOf(name),
    diskReplaced(node, kept) {
      ledger.diskReplaced(node.name, kept)
      tally.count('disksReplaced')
      for (const checker of checkers) checker.diskReplaced?.(node)
      // What the process that ended had shown and made durable is gone with its disk: as after a crash that took all that.
      for (const checker of checkers) checker.crashed?.(node, 'unsynced')
    },
  }
}
