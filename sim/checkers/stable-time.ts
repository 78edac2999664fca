/**
 * I12: the stable time may be believed, and it moves on once everything is whole. Judged by what the disk of each member
 * holds, from the records that were reported durable: what a node has in memory a crash takes.
 */

import type { OriginId } from '../../src/core/origin.ts'
import { nameOf } from '../../src/core/origin.ts'
import type { LogRecord } from '../../src/core/record.ts'
import type { Effect } from '../../src/core/step.ts'
import { type Checker, type Scene, serving, Violation } from '../checker.ts'
import type { SimNode } from '../sim-node.ts'
import { Unchecked } from '../unchecked.ts'
import { SIM_EPOCH_MS } from '../world.ts'
import { hlcOf } from './hlc-of.ts'

/** At the end of a run no node's stable time is further behind than this. Less than a run gives nodes to agree. */
const BEHIND_MS_MAX = 28_000

/** What the durable part of a log claims. It only grows, and is read anew when a node recovers. */
class DiskClaims {
  /** Up to where the writes of each origin are there. */
  readonly seen: Map<OriginId, number> = new Map()
  /** Names of members that it remembers. */
  readonly members: Set<string> = new Set()
  /** Records absorbed. */
  count = 0

  absorb(record: LogRecord): void {
    this.count++
    if (record.kind === 'write') this.#raise(record.origin, record.upTo)
    else if (record.kind === 'commit' || record.kind === 'mend' || record.kind === 'vector')
      for (const [origin, time] of record.seen) this.#raise(origin, time)
    else if (record.kind === 'member') this.members.add(nameOf(record.origin))
    else if (record.kind === 'gone') for (const mark of record.marks) this.members.delete(nameOf(mark))
  }

  #raise(origin: OriginId, time: number): void {
    if (time > (this.seen.get(origin) ?? -1)) this.seen.set(origin, time)
  }
}

export function stableTime({ world, nodes, ledger }: Scene): Checker {
  /** Member → author → the greatest stable time announced by a node that knew both. It holds for ever. */
  const announced = new Map<string, Map<string, number>>()
  const disks = new Map<string, DiskClaims>()
  /** Node → names that it has forgotten in this run, which its disk may not know yet. */
  const forgotten = new Map<string, Set<string>>()
  /** Runs of a name whose disk was replaced since: who begins anew with it may not know of them. */
  const strangers = new Set<OriginId>()
  /** Nodes that got another disk: rows of their former runs promise nothing for it. */
  const replaced = new Set<string>()
  /** Nodes that replay their logs. */
  const replaying = new Map<string, DiskClaims>()
  const unchecked = new Unchecked()
  const checker: Checker = {
    id: 'I12',
    rule: 'every acknowledged write up to the stable time is on the disk of every member, and the stable time moves on',
    stepped(node, _now, input, effects) {
      noteForgotten(node.name, effects)
      if (input.kind === 'durable') synced(node.name)
      else if (input.kind === 'tick') announce(node)
    },
    sample() {
      for (const [name, disk] of disks) check(name, disk)
    },
    recovered({ name }, record) {
      let disk = replaying.get(name)
      if (disk === undefined) {
        disk = new DiskClaims()
        replaying.set(name, disk)
      }
      disk.absorb(record)
    },
    replayed({ name }) {
      const disk = replaying.get(name) ?? new DiskClaims()
      replaying.delete(name)
      disks.set(name, disk)
      check(name, disk)
    },
    diskReplaced({ name }) {
      // What was announced of the disk before it is not true of this one.
      announced.delete(name)
      disks.delete(name)
      replaced.add(name)
      for (const origin of ledger.promised.keys()) if (nameOf(origin) === name) strangers.add(origin)
    },
    crashed({ name }) {
      forgotten.delete(name)
      // Until it has recovered its disk holds what was there: at least that.
      replaying.delete(name)
    },
    finish() {
      const least = hlcOf(SIM_EPOCH_MS + world.nowMs - BEHIND_MS_MAX)
      for (const { node, replica } of serving(nodes)) {
        const stable = replica.stableTime()
        if (stable !== undefined && stable >= least) continue
        throw new Violation(checker, `all is whole, and the stable time of ${node.name} is ${stable}, below ${least}`)
      }
    },
  }
  const synced = (name: string): void => {
    const disk = disks.get(name)
    if (disk === undefined) return
    const records = ledger.recordsOf(name)
    const upTo = ledger.durable.get(name) ?? 0
    for (let record = records[disk.count]; record !== undefined && disk.count < upTo; record = records[disk.count])
      disk.absorb(record)
  }
  const noteForgotten = (name: string, effects: readonly Effect[]): void => {
    for (const effect of effects) {
      if (effect.kind !== 'append') continue
      const { record } = effect
      if (record.kind === 'member') forgotten.get(name)?.delete(nameOf(record.origin))
      if (record.kind !== 'gone') continue
      const names = forgotten.get(name) ?? new Set()
      for (const mark of record.marks) names.add(nameOf(mark))
      forgotten.set(name, names)
    }
  }
  const announce = (node: SimNode): void => {
    const { replica } = node.host ?? {}
    const stable = replica?.stableTime()
    if (replica === undefined || stable === undefined) return
    if (stable <= (announced.get(node.name)?.get(node.name) ?? -1)) return
    // Whoever is on its disk as a member is one, even if it does not remember that; but for whom it just took out.
    const known = new Set(disks.get(node.name)?.members)
    for (const name of forgotten.get(node.name) ?? []) known.delete(name)
    known.add(node.name)
    for (const { name } of replica.members.values()) known.add(name)
    for (const member of known) {
      if (replaced.has(member) && member !== node.name && !isPresent(member, replica.members.get(member)?.row.origin))
        continue
      const times = announced.get(member) ?? new Map<string, number>()
      announced.set(member, times)
      for (const author of known) if (stable > (times.get(author) ?? -1)) times.set(author, stable)
    }
    for (const member of known) {
      const disk = disks.get(member)
      if (disk !== undefined) check(member, disk)
    }
  }
  const isPresent = (name: string, run: OriginId | undefined): boolean =>
    run !== undefined && nodes.some((node) => node.name === name && node.isServing && node.host?.replica.origin === run)
  const check = (name: string, disk: DiskClaims): void => {
    const times = announced.get(name)
    if (times === undefined) return
    for (const [origin, upTo] of ledger.promised) {
      const stable = times.get(nameOf(origin))
      if (stable === undefined || strangers.has(origin)) continue
      const onDisk = disk.seen.get(origin) ?? -1
      const writes = ledger.writes.get(origin) ?? []
      for (const { key, time } of unchecked.take(disk, origin, writes, Math.min(upTo, stable))) {
        if (time <= onDisk || ledger.wasWiped({ origin, time })) continue
        throw new Violation(
          checker,
          `${stable} was announced, but the disk of ${name} has not seen ${key} at ${time} of ${origin}`,
        )
      }
    }
  }
  return checker
}
