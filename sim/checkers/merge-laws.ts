/** I1: replicas may merge in any order, twice or late. Judged on triples of entries that the run itself made. */

import { type Entry, liveEntry, mergeEntry, tombstone } from '../../src/core/entry.ts'
import { type Checker, type Scene, Violation } from '../checker.ts'

const TRIPLES = 300

export function mergeLaws({ world, ledger }: Scene): Checker {
  const rng = world.rng('merge laws')
  const checker: Checker = {
    id: 'I1',
    rule: 'merging entries gives the same result in any order, in any grouping, and when repeated',
    finish() {
      const seen = [...ledger.writes.values()].flat()
      // A cloned disk can give one version two contents: add such twins.
      const pick = (): Entry => {
        const entry = seen[Math.floor(rng() * seen.length)] ?? tombstone('k', 1, 'n/1/1/0000000000')
        const twin = rng()
        if (twin < 0.2) return liveEntry('k', entry.time, entry.origin, Uint8Array.of(Math.floor(rng() * 256)))
        if (twin < 0.3) return tombstone('k', entry.time, entry.origin)
        return entry.kind === 'live'
          ? liveEntry('k', entry.time, entry.origin, entry.value)
          : tombstone('k', entry.time, entry.origin)
      }
      for (let i = 0; i < TRIPLES; i++) {
        const a = pick()
        const near = rng()
        // Twins in version, and twins in time alone.
        const other = pick()
        const b =
          near < 0.3 ? { ...other, time: a.time, origin: a.origin } : near < 0.5 ? { ...other, time: a.time } : other
        const c = pick()
        if (!same(mergeEntry(a, b), mergeEntry(b, a))) throw new Violation(checker, show('order matters', a, b))
        if (!same(mergeEntry(mergeEntry(a, b), c), mergeEntry(a, mergeEntry(b, c)))) {
          throw new Violation(checker, show('grouping matters', a, b, c))
        }
        if (!same(mergeEntry(a, a), a)) throw new Violation(checker, show('repeating matters', a))
        const winner = mergeEntry(a, b)
        if (winner.time < Math.max(a.time, b.time)) throw new Violation(checker, show('an older write won', a, b))
      }
    },
  }
  return checker
}

/** Judged by content: the order under test is no judge of itself. */
function same(x: Entry, y: Entry): boolean {
  if (x.time !== y.time || x.origin !== y.origin || x.kind !== y.kind) return false
  return x.kind === 'tombstone' || y.kind === 'tombstone' || Buffer.compare(x.value, y.value) === 0
}

function show(what: string, ...entries: Entry[]): string {
  return `${what}: ${entries.map((e) => `${e.kind} ${e.time} ${e.origin} [${e.value ?? ''}]`).join(' · ')}`
}
