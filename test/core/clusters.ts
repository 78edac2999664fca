/** Small clusters on the bench in the states from which tests begin. */

import { Bench, type BenchOptions, beats, cutAll, linkAll, talk } from './replica-bench.ts'

/** Linked nodes that know of each other and of a stable time. */
export function cluster<Names extends readonly string[]>(
  names: Names,
  options: BenchOptions = {},
): { [At in keyof Names]: Bench } {
  const benches = names.map((name) => Bench.ready(name, options))
  linkAll(...benches)
  talk(...benches)
  beats(3, ...benches)
  return benches as { [At in keyof Names]: Bench }
}

/** Time passes for one that is alone or among others that it cannot reach. */
export function alone(count: number, ...benches: readonly Bench[]): void {
  for (const bench of benches) {
    bench.sent = []
    beats(count, bench)
    bench.sent = []
  }
}

/**
 * `k` was written, and all of a, b and c have it. c is cut off, `k` is deleted, c is forgotten, and a and b have let go of
 * the tombstone. c knows nothing of that, and has written `mine` alone.
 */
export function returner(options: BenchOptions = {}): readonly [Bench, Bench, Bench] {
  const [a, b, c] = cluster(['a', 'b', 'c'] as const, options)
  a.write('k', 'old')
  a.write('other', 'v')
  beats(3, a, b, c)
  cutAll(a, c)
  cutAll(b, c)
  linkAll(a, b)
  a.write('k')
  c.write('mine', 'alone')
  for (let i = 0; i < 4; i++) {
    beats(1, a, b)
    alone(1, c)
  }
  a.ask({ kind: 'forget', name: 'c' })
  for (let i = 0; i < 5; i++) {
    beats(1, a, b)
    alone(1, c)
  }
  return [a, b, c]
}

export function written(bench: Bench): string {
  return `${bench.replica.claims.written.hash()} ${bench.replica.store.fingerprint()}`
}
