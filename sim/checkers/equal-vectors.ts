/** I2: the digest may be believed. Replicas whose newest writes agree hold the same, and the fingerprint says so. */

import type { Entry } from '../../src/core/entry.ts'
import { Fingerprint } from '../../src/core/fingerprint.ts'
import type { Store } from '../../src/core/store.ts'
import type { VersionVector } from '../../src/core/vector.ts'
import { type Checker, type Scene, serving, Violation } from '../checker.ts'

export function equalVectors({ nodes }: Scene): Checker {
  const checker: Checker = {
    id: 'I2',
    rule: 'nodes that have seen the same writes hold the same entries, and their fingerprints are equal',
    sample() {
      const others: { readonly name: string; readonly written: VersionVector; readonly fingerprint: string }[] = []
      for (const { node, replica } of serving(nodes)) {
        const { written } = replica.claims
        const fingerprint = replica.store.fingerprint()
        const recomputed = fingerprintOf(replica.store)
        if (recomputed !== fingerprint) {
          throw new Violation(checker, `${node.name} keeps fingerprint ${fingerprint}, its entries have ${recomputed}`)
        }
        const twin = others.find((other) => areEqual(other.written, written))
        if (twin === undefined) others.push({ name: node.name, written, fingerprint })
        else if (twin.fingerprint !== fingerprint) {
          throw new Violation(checker, `${twin.name} and ${node.name} have seen the same writes but hold other entries`)
        }
      }
    },
  }
  return checker
}

/** Made anew from what is held. */
function fingerprintOf(store: Store): string {
  const fingerprint = new Fingerprint()
  if (store.parkedCount === 0) {
    for (const entry of store.all()) fingerprint.add(entry)
    return fingerprint.toHex()
  }
  // Of a key that has two, what is held is the newer.
  const newest = new Map<string, Entry>()
  for (const entry of store.all()) {
    const other = newest.get(entry.key)
    if (other === undefined || other.time < entry.time) newest.set(entry.key, entry)
  }
  for (const entry of newest.values()) fingerprint.add(entry)
  return fingerprint.toHex()
}

/** Compared entry by entry: the hash of a vector is no judge of itself. */
function areEqual(mine: VersionVector, theirs: VersionVector): boolean {
  if (mine.size !== theirs.size) return false
  for (const [origin, time] of mine) if (!theirs.has(origin) || theirs.get(origin) !== time) return false
  return true
}
