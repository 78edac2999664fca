/**
 * What makes of the shipped store one with a grace timer: tombstones go some seconds after they were made, every pull is
 * taken for safe, and nobody compares everything. Patches of compiled code, as planted bugs are.
 */

import type { Patch } from './mutant.ts'

/** The same store with a grace timer instead of stable time. */
export function gracePatches(seconds: number): readonly Patch[] {
  return [
    {
      file: 'src/core/collector.ts',
      find: 'const stable = Math.min(known, clock.limit(now.wallMs));',
      replace: `const stable = clock.last - ${seconds} * 1000 * 4096;`,
    },
    {
      file: 'src/core/giving.ts',
      find: "if (isFirst && pull.of === 'missing' && !this.#isSafeFor(pull)) {",
      replace: 'if (pull === undefined) {',
    },
    {
      file: 'src/core/repair/mending.ts',
      find: "this.#wishes.set(peer, reason === 'again' ? this.#reason : reason);",
      replace: '',
    },
  ]
}
