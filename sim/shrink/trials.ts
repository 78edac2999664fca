/**
 * Tries plans: asks whether a plan still fails in the same way, at most a stated number of times, and never twice about
 * the same plan. When the runs are used up, every new plan counts as one that does not fail, so whoever is making a plan
 * smaller ends with the smallest that was seen to fail.
 */

import { hashString } from '../../src/core/hash.ts'
import type { Plan } from '../plan.ts'
import type { Budget } from './ddmin.ts'

export class Trials implements Budget {
  runs = 0
  readonly #failsSame: (plan: Plan) => boolean
  readonly #runsMax: number
  /** Hash of a plan → whether it fails. At most `runsMax`. */
  readonly #known = new Map<string, boolean>()

  constructor(failsSame: (plan: Plan) => boolean, runsMax: number) {
    this.#failsSame = failsSame
    this.#runsMax = runsMax
  }

  get left(): number {
    return this.#runsMax - this.runs
  }

  fails(plan: Plan): boolean {
    const hash = hashOf(plan)
    const known = this.#known.get(hash)
    if (known !== undefined) return known
    if (this.left <= 0) return false
    this.runs++
    const fails = this.#failsSame(plan)
    this.#known.set(hash, fails)
    return fails
  }

  /** `candidate` if it fails, else `now`. */
  smaller(now: Plan, candidate: Plan): Plan {
    return this.fails(candidate) ? candidate : now
  }
}

/** Hashes, since whole plans would fill the memory. Two that meet cost a chance to get smaller, nothing else. */
function hashOf(plan: Plan): string {
  const out = { a: 0, b: 0 }
  hashString(JSON.stringify(plan), out)
  return `${out.a},${out.b}`
}
