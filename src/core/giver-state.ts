/** What a giver claims, in pulls of both kinds: the vectors and the floor that its answers are judged by. */

import type { VectorEntries } from './vector.ts'

/** What a giver claims, of the instant of its frozen view. Without the rest of V where both have the same. */
export interface GiverState {
  readonly seen: VectorEntries
  readonly written: VectorEntries
  readonly floor: number
}
