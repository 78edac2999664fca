/**
 * Whether what a start found after a crash is allowed: a state that was true once, not older than what was acknowledged
 * or shown before, not newer than what was issued, with the versions that were told, and the same at the next start.
 */

import type { Acknowledged } from './acknowledgements.ts'
import { difference, type Operation, prefixOf, type State } from './operations.ts'
import type { Look } from './reader.ts'

export interface Expected {
  readonly operations: readonly Operation[]
  /** After 0, 1, 2, … operations. */
  readonly states: readonly State[]
}

/** What is wrong; undefined when nothing is. */
export function faultOf(
  look: Look,
  { operations, states }: Expected,
  { least, most, versions }: Acknowledged,
): string | undefined {
  const state = new Map(look.state)
  if (prefixOf(state, states, least, most) === undefined) {
    const earlier = prefixOf(state, states, 0, least)
    if (earlier === undefined)
      return `FALSE: no state of ${least} to ${most} writes: ${difference(state, states, least)}`
    return `LOST: the state after ${earlier} writes, and ${least} were acknowledged`
  }
  if (!look.isSame) return 'FALSE: a second start did not show what the first one did'
  for (const [key, version] of look.versions) {
    // A value begins with the number of its operation.
    const at = Number(/(\d+):/.exec(state.get(key) ?? '')?.[1])
    const told = versions.get(at)
    // A batch is told the version of its last change.
    if (operations[at]?.length === 1 && told !== undefined && told !== version)
      return `FALSE: ${key} has version ${version}, and ${told} was acknowledged`
  }
  return undefined
}
