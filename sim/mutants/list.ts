/** All planted bugs. Each checker has one at least, and `npm run sim:mutants` shows that it finds it. */

import { AWAY_BUGS } from './away-bugs.ts'
import { CLAIMS_BUGS } from './claims-bugs.ts'
import { DISK_BUGS } from './disk-bugs.ts'
import { EXCHANGE_BUGS } from './exchange-bugs.ts'
import type { Mutant } from './mutant.ts'
import { ORDER_BUGS } from './order-bugs.ts'
import { SERVING_BUGS } from './serving-bugs.ts'

export const MUTANTS: readonly Mutant[] = [
  ...EXCHANGE_BUGS,
  ...CLAIMS_BUGS,
  ...ORDER_BUGS,
  ...DISK_BUGS,
  ...SERVING_BUGS,
  ...AWAY_BUGS,
]
