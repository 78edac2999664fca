/**
 * What is left when a run is over, key by key, judged by what was promised to be durable: values that had been deleted and
 * show again, newest writes that show nowhere, nodes that show different things; and keys in the corner that the
 * documentation admits, where an old value may show, or not, and nobody is to blame. In whole runs the first three are 0, since
 * checkers end a run that has any; a store without these rules is measured by them. A write that is stamped far ahead must
 * be held, but what shows is judged without it until its time has come.
 */

import { hlcFromUnixMs } from '../src/core/clock.ts'
import { compareVersions, type Entry } from '../src/core/entry.ts'
import { REPLICA_DEFAULTS } from '../src/core/replica-options.ts'
import { serving } from './checker.ts'
import type { Ledger } from './ledger.ts'
import type { SimNode } from './sim-node.ts'

/** Numbers of keys. */
export interface Aftermath {
  /** A value shows that is older than a delete, or than a value that has expired. */
  readonly resurrections: number
  /** The newest write shows nowhere, nor anything newer. */
  readonly lostNewest: number
  /**
   * Nodes show different things, and no write waits whose author has shown it already. A node whose clock is far ahead takes
   * no part: by its clock more has expired.
   */
  readonly divergence: number
  /** One of the three, but excused: see `Ledger.isCornered`. */
  readonly corner: number
}

/** So long before its time a value counts as gone, since clocks differ, ms. */
const EXPIRY_UNSURE_MS = 10_000

/** `unixMs`: true time. */
export function aftermathOf(nodes: readonly SimNode[], ledger: Ledger, unixMs: number): Aftermath {
  const counts = { resurrections: 0, lostNewest: 0, divergence: 0, corner: 0 }
  const running = [...serving(nodes)]
  const horizon = hlcFromUnixMs(unixMs + REPLICA_DEFAULTS.maxClockSkewMs)
  const come = newestPromised(nodes, ledger, horizon)
  for (const [key, newest] of newestPromised(nodes, ledger, Number.POSITIVE_INFINITY)) {
    const shown = running.map(({ node }): Shown => {
      return { entry: liveOf(node.host?.get(key), unixMs), isRight: isRight(node, horizon) }
    })
    const held = running.flatMap(({ replica }) => replica.store.held(key) ?? [])
    // A delete that nobody was promised is a delete all the same.
    const isDead = ledger
      .writesOf(key)
      .some((write) => compareVersions(write, newest) > 0 && liveOf(write, unixMs) === undefined)
    const isAwaited = held.some(({ time }) => time > horizon)
    const found = faultOf({ shown, held, newest, come: come.get(key), isDead, isAwaited }, unixMs)
    if (found === undefined) continue
    if (ledger.isCornered(key)) counts.corner++
    else for (const name of found) counts[name]++
  }
  return counts
}

type Fault = Exclude<keyof Aftermath, 'corner'>

/** What a node shows. */
interface Shown {
  readonly entry: Entry | undefined
  /** Whether its clock is near the true time. */
  readonly isRight: boolean
}

/** What is left of a key. */
interface Remains {
  readonly shown: readonly Shown[]
  readonly held: readonly Entry[]
  readonly newest: Entry
  /** The newest whose time has come. */
  readonly come: Entry | undefined
  readonly isDead: boolean
  /** Something waits for its time. */
  readonly isAwaited: boolean
}

function faultOf({ shown, held, newest, come, isDead, isAwaited }: Remains, unixMs: number): Fault[] | undefined {
  const faults: Fault[] = []
  const isGone = liveOf(newest, unixMs) === undefined
  const isOver = come !== undefined && liveOf(come, unixMs) === undefined
  if (isOver && shown.some(({ entry }) => entry !== undefined && compareVersions(entry, come) < 0))
    faults.push('resurrections')
  // What is stamped ahead of the clocks is held and does not show yet.
  if (!isGone && !isDead && !held.some((entry) => compareVersions(entry, newest) >= 0)) faults.push('lostNewest')
  const judged = isAwaited ? [] : shown.filter(({ isRight }) => isRight)
  const first = judged[0]?.entry
  if (judged.some(({ entry }) => entry?.time !== first?.time || entry?.origin !== first?.origin))
    faults.push('divergence')
  return faults.length === 0 ? undefined : faults
}

function isRight({ host, clock }: SimNode, horizon: number): boolean {
  const readMs = host?.replica.readMs({ wallMs: clock.wallMs(), monoMs: clock.monoMs() }) ?? 0
  return hlcFromUnixMs(readMs) <= horizon
}

function liveOf(entry: Entry | undefined, unixMs: number): Entry | undefined {
  if (entry === undefined || entry.kind === 'tombstone') return undefined
  return entry.expiresAt !== undefined && entry.expiresAt < unixMs + EXPIRY_UNSURE_MS ? undefined : entry
}

/** By key, of what is stamped up to `horizon`. What was lost with all disks that had it does not count. */
function newestPromised(nodes: readonly SimNode[], ledger: Ledger, horizon: number): ReadonlyMap<string, Entry> {
  const newest = new Map<string, Entry>()
  for (const write of ledger.promisedWrites(new Set(nodes.map(({ name }) => name)))) {
    if (write.time > horizon) continue
    const before = newest.get(write.key)
    if (before === undefined || compareVersions(write, before) > 0) newest.set(write.key, write)
  }
  return newest
}
