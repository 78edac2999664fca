/** All checkers, in the order of the list of invariants. I16 is held by running a seed twice: see `soak.ts`. */

import type { MakeChecker } from '../checker.ts'
import { bounds } from './bounds.ts'
import { clockRules } from './clock-rules.ts'
import { convergence } from './convergence.ts'
import { durability } from './durability.ts'
import { equalVectors } from './equal-vectors.ts'
import { expiry } from './expiry.ts'
import { forgotten } from './forgotten.ts'
import { heldIsCovered } from './held-is-covered.ts'
import { idle } from './idle.ts'
import { joining } from './joining.ts'
import { mergeLaws } from './merge-laws.ts'
import { noReturn } from './no-return.ts'
import { oneValue } from './one-value.ts'
import { pushBudget } from './push-budget.ts'
import { sameInstant } from './same-instant.ts'
import { sessions } from './sessions.ts'
import { stableTime } from './stable-time.ts'
import { trueClaims } from './true-claims.ts'
import { truePrefix } from './true-prefix.ts'
import { watches } from './watches.ts'

export const CHECKERS: readonly MakeChecker[] = [
  heldIsCovered,
  sameInstant,
  mergeLaws,
  equalVectors,
  convergence,
  durability,
  oneValue,
  noReturn,
  trueClaims,
  clockRules,
  sessions,
  watches,
  stableTime,
  bounds,
  idle,
  truePrefix,
  pushBudget,
  expiry,
  forgotten,
  joining,
]

/** Invariants whose checkers come with the code that they judge. */
export const CHECKERS_OFF: readonly { readonly id: string; readonly rule: string; readonly off: string }[] = [
  {
    id: 'I9',
    rule: 'a client that moves to another node reads there what it wrote and read before',
    off: 'writes give no token yet that a read could bring to another node',
  },
  {
    id: 'I10',
    rule: 'a watch goes on at another node without a gap',
    off: 'a watch that lost its connection begins again with the whole state',
  },
  {
    id: 'I11',
    rule: 'every crash is seen in time, and nobody is declared dead who lives',
    off: 'members are judged by silence alone until probes and suspicion are built',
  },
]
