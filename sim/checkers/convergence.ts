/**
 * I3: all nodes agree once faults are over, and on the right value: the greatest version of what was promised. On the
 * way there, an entry from the future shows when its time has come.
 */

import { hlcFromUnixMs } from '../../src/core/clock.ts'
import { compareVersions, type Entry } from '../../src/core/entry.ts'
import { REPLICA_DEFAULTS } from '../../src/core/replica-options.ts'
import type { Store } from '../../src/core/store.ts'
import { type Checker, type Scene, serving, Violation } from '../checker.ts'
import type { SimNode } from '../sim-node.ts'
import { SIM_EPOCH_MS } from '../world.ts'

/** A parked entry shows at most this long after its time has come. */
const SHOW_WITHIN_MS = 1_000

export function convergence({ world, nodes, ledger }: Scene): Checker {
  /** For each run of a process: entries whose time has come and that do not show, and since when. */
  const overdue = new WeakMap<object, Map<Entry, number>>()
  const checker: Checker = {
    id: 'I3',
    rule: 'when faults are over, all nodes soon hold the same entries, and for each key the newest acknowledged write',
    sample() {
      for (const { node, replica } of serving(nodes)) {
        const before = overdue.get(replica)
        overdue.delete(replica)
        if (replica.store.parkedCount === 0) continue
        const due = new Map<Entry, number>()
        const horizon = hlcFromUnixMs(SIM_EPOCH_MS + world.nowMs + node.skewMs + REPLICA_DEFAULTS.maxClockSkewMs)
        for (const entry of replica.store.all()) {
          if (entry.time > horizon || replica.store.held(entry.key) !== entry) continue
          if (replica.store.shown(entry.key) === entry) continue
          const sinceMs = before?.get(entry) ?? world.nowMs
          if (world.nowMs - sinceMs > SHOW_WITHIN_MS) {
            throw new Violation(checker, `${node.name} does not show ${show(entry)} of ${entry.key}; its time has come`)
          }
          due.set(entry, sinceMs)
        }
        overdue.set(replica, due)
      }
    },
    finish() {
      const running = [...serving(nodes)]
      if (running.length < nodes.length)
        throw new Violation(checker, `only ${running.length} of ${nodes.length} nodes serve`)
      const [first, ...others] = running
      if (first === undefined) return
      const held = new Map(
        [...first.replica.store.all()].map((entry) => [entry.key, first.replica.store.held(entry.key)]),
      )
      for (const { node, replica } of others) {
        const keys = new Set([...replica.store.all()].map((entry) => entry.key))
        if (keys.size !== held.size) {
          throw new Violation(checker, `${node.name} holds ${keys.size} keys, ${first.node.name} ${held.size}`)
        }
        for (const [key, entry] of held) {
          const theirs = replica.store.held(key)
          if (
            theirs === undefined ||
            entry === undefined ||
            compareVersions(theirs, entry) !== 0 ||
            theirs.kind !== entry.kind
          ) {
            throw new Violation(
              checker,
              `key ${key}: ${first.node.name} holds ${show(entry)}, ${node.name} ${show(theirs)}`,
            )
          }
        }
      }
      for (const entry of held.values()) {
        if (entry !== undefined && !ledger.stamped(entry))
          throw new Violation(checker, `nobody wrote ${show(entry)} of ${entry.key}`)
      }
      for (const { node, replica } of running) checkReaders(node, replica.store)
      for (const write of ledger.promisedWrites()) {
        const entry = held.get(write.key)
        if (entry === undefined || compareVersions(entry, write) < 0) {
          throw new Violation(checker, `key ${write.key}: ${show(write)} was acknowledged, all hold ${show(entry)}`)
        }
      }
    },
  }
  /** What readers find, one key at a time and in order, is what is held; but for what is parked. */
  const checkReaders = (node: SimNode, store: Store): void => {
    const everything = {
      reverse: false,
      limit: Number.POSITIVE_INFINITY,
      bytesMax: Number.POSITIVE_INFINITY,
      tombstones: true,
    }
    const listed = new Map(node.host?.page({}, everything).entries.map((entry) => [entry.key, entry]))
    for (const { key } of store.all()) {
      const shown = store.shown(key)
      if (listed.get(key) !== shown)
        throw new Violation(checker, `${node.name} lists ${show(listed.get(key))} of ${key}, and gets ${show(shown)}`)
      if (store.parkedCount === 0 && shown !== store.held(key))
        throw new Violation(checker, `${node.name} does not show what it holds of ${key}`)
    }
  }
  return checker
}

function show(entry: Entry | undefined): string {
  return entry === undefined ? 'nothing' : `${entry.kind} ${entry.time} of ${entry.origin}`
}
