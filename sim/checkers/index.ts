/** All checkers, in the order of the list of invariants. I16 is held by running a seed twice: see `main.ts`. */

import type { MakeChecker } from '../checker.ts'
import { clockRules } from './clock-rules.ts'
import { convergence } from './convergence.ts'
import { durability } from './durability.ts'
import { equalVectors } from './equal-vectors.ts'
import { heldIsCovered } from './held-is-covered.ts'
import { mergeLaws } from './merge-laws.ts'
import { oneValue } from './one-value.ts'
import { sameInstant } from './same-instant.ts'
import { stableTime } from './stable-time.ts'
import { trueClaims } from './true-claims.ts'
import { truePrefix } from './true-prefix.ts'

export const CHECKERS: readonly MakeChecker[] = [
  heldIsCovered,
  sameInstant,
  mergeLaws,
  equalVectors,
  convergence,
  durability,
  oneValue,
  trueClaims,
  clockRules,
  stableTime,
  truePrefix,
]
