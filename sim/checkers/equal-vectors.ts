/** I2: the digest may be believed. Replicas whose newest writes agree hold the same, and the fingerprint says so. */

import type { Entry } from '../../src/core/entry.ts'
import { Fingerprint } from '../../src/core/fingerprint.ts'
import { type Checker, type Scene, serving, Violation } from '../checker.ts'

export function equalVectors({ nodes }: Scene): Checker {
  const checker: Checker = {
    id: 'I2',
    rule: 'nodes that have seen the same writes hold the same entries, and their fingerprints are equal',
    sample() {
      const byWritten = new Map<string, { name: string; fingerprint: string }>()
      for (const { node, replica } of serving(nodes)) {
        const written = [...replica.claims.written].sort().join(' ')
        const fingerprint = replica.store.fingerprint()
        const recomputed = new Fingerprint()
        const newest = new Map<string, Entry>()
        for (const entry of replica.store.all()) {
          const other = newest.get(entry.key)
          if (other === undefined || other.time < entry.time) newest.set(entry.key, entry)
        }
        for (const entry of newest.values()) recomputed.add(entry)
        if (recomputed.toHex() !== fingerprint) {
          throw new Violation(
            checker,
            `${node.name} keeps fingerprint ${fingerprint}, its entries have ${recomputed.toHex()}`,
          )
        }
        const twin = byWritten.get(written)
        if (twin === undefined) byWritten.set(written, { name: node.name, fingerprint })
        else if (twin.fingerprint !== fingerprint) {
          throw new Violation(checker, `${twin.name} and ${node.name} have seen the same writes but hold other entries`)
        }
      }
    },
  }
  return checker
}
