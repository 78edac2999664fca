/** I1: replicas may merge in any order, twice or late. Judged on triples of entries that the run itself made. */

import { type Entry, liveEntry, mergeEntry, tombstone } from '../../src/core/entry.ts'
import type { Rng } from '../../src/core/rng.ts'
import { type Checker, type Scene, Violation } from '../checker.ts'

const TRIPLES = 300

export function mergeLaws({ world, ledger }: Scene): Checker {
  const rng = world.rng('merge laws')
  const checker: Checker = {
    id: 'I1',
    rule: 'merging entries gives the same result in any order, in any grouping, and when repeated',
    finish() {
      const seen = [...ledger.writes.values()].flat()
      for (let i = 0; i < TRIPLES; i++) {
        const a = pick(seen, rng)
        const near = rng()
        // Twins in version, and twins in time alone.
        const other = pick(seen, rng)
        const b =
          near < 0.3 ? { ...other, time: a.time, origin: a.origin } : near < 0.5 ? { ...other, time: a.time } : other
        const found = judge(a, b, pick(seen, rng))
        if (found !== undefined) throw new Violation(checker, found)
      }
    },
  }
  return checker
}

// Not within the checker: whatever is made anew for each run is compiled anew for each run.

/** A cloned disk can give one version two contents: adds such twins. */
function pick(seen: readonly Entry[], rng: Rng): Entry {
  const entry = seen[Math.floor(rng() * seen.length)] ?? tombstone('k', 1, 'n/1/1/0000000000')
  const twin = rng()
  if (twin < 0.2) return liveEntry('k', entry.time, entry.origin, Uint8Array.of(Math.floor(rng() * 256)))
  if (twin < 0.3 || entry.kind === 'tombstone') return tombstone('k', entry.time, entry.origin)
  return liveEntry('k', entry.time, entry.origin, entry.value)
}

/** What is wrong with how these merge. */
function judge(a: Entry, b: Entry, c: Entry): string | undefined {
  if (!same(mergeEntry(a, b), mergeEntry(b, a))) return show('order matters', a, b)
  if (!same(mergeEntry(mergeEntry(a, b), c), mergeEntry(a, mergeEntry(b, c)))) return show('grouping matters', a, b, c)
  if (!same(mergeEntry(a, a), a)) return show('repeating matters', a)
  return mergeEntry(a, b).time < Math.max(a.time, b.time) ? show('an older write won', a, b) : undefined
}

/** Judged by content: the order under test is no judge of itself. */
function same(x: Entry, y: Entry): boolean {
  if (x.time !== y.time || x.origin !== y.origin || x.kind !== y.kind) return false
  return x.kind === 'tombstone' || y.kind === 'tombstone' || Buffer.compare(x.value, y.value) === 0
}

function show(what: string, ...entries: Entry[]): string {
  return `${what}: ${entries.map((e) => `${e.kind} ${e.time} ${e.origin} [${e.value ?? ''}]`).join(' · ')}`
}
