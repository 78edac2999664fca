/**
 * The sketch of a store: `CELLS_MAX` cells that follow each change of an entry along one walk, about 20 cells, in
 * memory that does not grow with the store (393,216 bytes). After any changes in any order it equals the sketch made
 * afresh of what is there now. What an entry's element and weight are is the caller's.
 */

import { Cells } from './cells.ts'
import { estimatorOf } from './estimate.ts'
import { CELLS_MAX } from './walk.ts'

export class Sketch {
  readonly #cells = new Cells(CELLS_MAX)

  /**
   * The weight of a key grew by `deltaWeight`: new − old modulo p, where a key that is not there weighs 0.
   *
   * @param k the key's element, 1…p − 1
   */
  change(k: number, deltaWeight: number): void {
    this.#cells.change(k, deltaWeight)
  }

  /** A copy of `count` cells from number `first` on; all of them by default. */
  prefix(count: number = CELLS_MAX, first = 0): Cells {
    return this.#cells.copy(count, first)
  }

  /** `ESTIMATOR_BYTES` from which another store tells about how many keys differ. */
  estimator(): Uint8Array {
    return estimatorOf(this.#cells)
  }
}
