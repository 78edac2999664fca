/**
 * I2: the digest may be believed. Replicas whose newest writes agree hold the same, and the fingerprint says so. Who was
 * told to compare everything with a peer lacks nothing afterwards of what it says it has seen: whatever the two differed in
 * is explained.
 */

import { LaneSum } from '../../src/core/hash.ts'
import type { Store } from '../../src/core/store.ts'
import type { VersionVector } from '../../src/core/vector.ts'
import { type Checker, type Scene, serving, Violation } from '../checker.ts'
import type { Ledger } from '../ledger.ts'
import { whereabouts } from '../whereabouts.ts'

export function equalVectors({ nodes, ledger }: Scene): Checker {
  const checker: Checker = {
    id: 'I2',
    rule: 'nodes that have seen the same writes hold the same entries, and their fingerprints are equal',
    sample() {
      const others: Summary[] = []
      for (const { node, replica } of serving(nodes)) {
        const { written } = replica.claims
        const fingerprint = replica.store.fingerprint()
        const recomputed = fingerprintOf(replica.store)
        if (recomputed !== fingerprint) {
          throw new Violation(checker, `${node.name} keeps fingerprint ${fingerprint}, its entries have ${recomputed}`)
        }
        const twin = others.find((other) => areEqual(other.written, written))
        if (twin === undefined) others.push({ name: node.name, written, fingerprint, store: replica.store })
        else if (twin.fingerprint !== fingerprint && !mayDiffer(ledger, twin.store, replica.store)) {
          throw new Violation(checker, `${twin.name} and ${node.name} have seen the same writes but hold other entries`)
        }
      }
    },
    answered({ kind, node, peer, report }) {
      if (kind !== 'sync' || report === undefined) return
      const { differed, taken, removed } = report
      if (report.peer !== peer || taken + removed > differed)
        throw new Violation(
          checker,
          `${node} was told to compare itself with ${peer} and says ${JSON.stringify(report)}`,
        )
      const { replica } = nodes.find(({ name }) => name === node)?.host ?? {}
      for (const [origin, writes] of ledger.writes) {
        const claimed = replica?.claims.seen.get(origin) ?? -1
        for (const write of writes) {
          if (replica === undefined || write.time > claimed) break
          if (whereabouts(ledger, replica, write.key, write) !== 'missing') continue
          const what = `${write.kind} ${write.key} at ${write.time} of ${origin}`
          throw new Violation(checker, `${node} has seen ${what}, and lacks it once it has compared all with ${peer}`)
        }
      }
    },
  }
  return checker
}

interface Summary {
  readonly name: string
  readonly written: VersionVector
  readonly fingerprint: string
  readonly store: Store
}

/**
 * A value that outlived a delete is there until it meets the delete's tombstone, or a comparison of all: until then it may
 * be on one side alone. And clocks differ about what has expired.
 */
function mayDiffer(ledger: Ledger, mine: Store, theirs: Store): boolean {
  const keys = new Set([...mine.all(), ...theirs.all()].map(({ key }) => key))
  for (const key of keys) {
    const sides = [mine.held(key), theirs.held(key)]
    if (sides[0]?.time === sides[1]?.time && sides[0]?.origin === sides[1]?.origin) continue
    const live = sides.filter((entry) => entry?.kind === 'live' && entry.expiresAt === undefined)
    if (live.length > 0 && !ledger.isCornered(key)) return false
  }
  return true
}

/** Made anew from what is held. */
function fingerprintOf(store: Store): string {
  const sum = new LaneSum()
  for (const entry of store.all()) {
    const counts = entry.kind === 'live' && store.held(entry.key) === entry && !store.hasLapsed(entry)
    if (counts) store.summary.addTo(sum, entry, 1)
  }
  return sum.toHex()
}

/** Compared entry by entry: the hash of a vector is no judge of itself. */
function areEqual(mine: VersionVector, theirs: VersionVector): boolean {
  if (mine.size !== theirs.size) return false
  for (const [origin, time] of mine) if (!theirs.has(origin) || theirs.get(origin) !== time) return false
  return true
}
