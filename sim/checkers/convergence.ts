/**
 * I3: all nodes agree once faults are over, and on the right value: the greatest version of what was promised. On the
 * way there, an entry from the future shows when its time has come.
 */

import { compareVersions, type Entry, graveOf, type Version } from '../../src/core/entry.ts'
import { nameOf } from '../../src/core/origin.ts'
import { REPLICA_DEFAULTS } from '../../src/core/replica-options.ts'
import type { Store } from '../../src/core/store.ts'
import { type Checker, type Scene, serving, Violation } from '../checker.ts'
import { lastKeyOf } from '../history.ts'
import type { SimNode } from '../sim-node.ts'
import { whereabouts } from '../whereabouts.ts'
import { SIM_EPOCH_MS } from '../world.ts'
import { hlcOf } from './hlc-of.ts'

/** A parked entry shows at most this long after its time has come. */
const SHOW_WITHIN_MS = 1_000

export function convergence({ world, nodes, ledger, history, plan }: Scene): Checker {
  /** For each run of a process: entries whose time has come and that do not show, and since when. */
  const overdue = new WeakMap<object, Map<Entry, number>>()
  const checker: Checker = {
    id: 'I3',
    rule: 'when faults are over, all nodes soon hold the same entries, and for each key the newest acknowledged write',
    sample() {
      for (const { node, replica } of serving(nodes)) {
        const before = overdue.get(replica)
        overdue.delete(replica)
        // Whoever stands still shows nothing new.
        if (replica.store.parkedCount === 0 || node.isPaused) continue
        const due = new Map<Entry, number>()
        const horizon = hlcOf(SIM_EPOCH_MS + world.nowMs + node.clock.offMs + REPLICA_DEFAULTS.maxClockSkewMs)
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
    settled(among) {
      const running = [...serving(among)]
      if (running.length < among.length) {
        const silent = among.filter((node) => !running.some((one) => one.node === node)).map(({ name }) => name)
        throw new Violation(checker, `${silent.join(', ')} should serve by now`)
      }
      const [first, ...others] = running
      if (first === undefined) return
      const held = heldBy(first.replica.store)
      for (const { node, replica } of others) compare(first, held, { node, replica })
      for (const entry of held.values()) {
        if (entry !== undefined && !ledger.stamped(entry))
          throw new Violation(checker, `nobody wrote ${show(entry)} of ${entry.key}`)
      }
      for (const { node, replica } of running) checkReaders(node, replica.store)
      const names = new Set(among.map(({ name }) => name))
      for (const write of ledger.promisedWrites(names))
        if (isMissing(first.replica, write.key, write)) throw lost(held, write.key, write, 'is durable')
      // A client was told by a node that had it on disk, or that no crash of these runs takes it from.
      if (plan.fsync === 'interval') return
      for (const { version, operation, client } of history.calls) {
        if (version === undefined || !names.has(nameOf(version.origin))) continue
        const key = lastKeyOf(operation)
        if (key !== undefined && isMissing(first.replica, key, version))
          throw lost(held, key, version, `was acknowledged to ${client}`)
      }
    },
  }
  const compare = (one: Running, held: Held, other: Running): void => {
    const theirs = heldBy(other.replica.store)
    for (const key of new Set([...held.keys(), ...theirs.keys()])) {
      const a = held.get(key)
      const b = theirs.get(key)
      if (a !== undefined && b !== undefined && compareVersions(a, b) === 0 && a.kind === b.kind) continue
      // What one has let go of the other may hold still.
      const aIsLetGo = a === undefined || graveOf(a) <= other.replica.floor
      if (aIsLetGo && (b === undefined || graveOf(b) <= one.replica.floor)) continue
      // What has expired they no longer compare, and of such a key some may have let go for another reason.
      if (ledger.isCornered(key) && hasNone(one, key) && hasNone(other, key)) continue
      throw new Violation(checker, `key ${key}: ${one.node.name} holds ${show(a)}, ${other.node.name} ${show(b)}`)
    }
  }
  const isMissing = (replica: Replica, key: string, version: Version): boolean =>
    whereabouts(ledger, replica, key, version) === 'missing'
  const lost = (held: Held, key: string, version: Version, why: string): Violation => {
    const holds = show(held.get(key))
    return new Violation(checker, `key ${key}: ${version.time} of ${version.origin} ${why}, all hold ${holds}`)
  }
  /** What readers find, one key at a time and in order, is what is held; but for what is parked. */
  const checkReaders = (node: SimNode, store: Store): void => {
    const everything = {
      reverse: false,
      limit: Number.POSITIVE_INFINITY,
      bytesMax: Number.POSITIVE_INFINITY,
      tombstones: true,
    }
    const listed = new Map<string, Entry>()
    for (const entry of node.host?.page({}, everything).entries ?? []) listed.set(entry.key, entry)
    for (const { key } of store.all()) {
      const shown = store.shown(key)
      const read = node.host?.get(key)
      if (listed.get(key) !== read)
        throw new Violation(checker, `${node.name} lists ${show(listed.get(key))} of ${key}, and gets ${show(read)}`)
      if (store.parkedCount === 0 && shown !== store.held(key))
        throw new Violation(checker, `${node.name} does not show what it holds of ${key}`)
    }
  }
  return checker
}

// Not within the checker: whatever is made anew for each run is compiled anew for each run.

type Held = ReadonlyMap<string, Entry | undefined>
type Replica = NonNullable<SimNode['host']>['replica']

interface Running {
  readonly node: SimNode
  readonly replica: Replica
}

/** Whether readers find no value. */
function hasNone({ node }: Running, key: string): boolean {
  return node.host?.get(key)?.kind !== 'live'
}

/** By key. */
function heldBy(store: Store): Held {
  const held = new Map<string, Entry | undefined>()
  for (const { key } of store.all()) held.set(key, store.held(key))
  return held
}

function show(entry: Entry | undefined): string {
  return entry === undefined ? 'nothing' : `${entry.kind} ${entry.time} of ${entry.origin}`
}
