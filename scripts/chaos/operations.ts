/**
 * The fixed list of writes that the crash test does, and what a node holds after each of them. The log promises a true
 * prefix of what was written, so whatever a crash leaves must equal the state after some number of operations, batches
 * whole, and that number is never smaller than what was acknowledged or shown before.
 */

import { seededRng } from '../../src/core/rng.ts'
import type { BatchOperation } from '../../src/index.ts'

/** One write, or several that go in together. Only whole ones may be found. */
export type Operation = readonly BatchOperation<string>[]

/** Key to what is held for it, as `shown` says it. Keys that are not there are deleted or were never written. */
export type State = ReadonlyMap<string, string>

const KEYS = 24
/** Of operations that are issued together; the next ones wait until all of them are acknowledged. */
const GROUPS: readonly number[] = [1, 1, 3, 1, 5, 2]
const DAY_MS = 86_400_000
/** More than a page of the file system. */
const LONG_VALUE_BYTES = 6_000

/** Values of 10 bytes up to `valueBytesMax`, and some longer than a page. */
export function operationList(seed: number, count: number, valueBytesMax: number): readonly Operation[] {
  const rng = seededRng(seed)
  const below = (limit: number): number => Math.floor(rng() * limit)
  const live = new Set<string>()
  const change = (at: number): BatchOperation<string> => {
    const key = `k${below(KEYS)}`
    if (live.delete(key) && rng() < 0.3) return { type: 'del', key }
    live.add(key)
    const bytes = at % 40 === 39 ? LONG_VALUE_BYTES : 10 + below(valueBytesMax - 9)
    const value = `${at}:${'v'.repeat(bytes)}`
    return rng() < 0.1 ? { type: 'put', key, value, ttl: DAY_MS } : { type: 'put', key, value }
  }
  return Array.from({ length: count }, (_, at) =>
    Array.from({ length: rng() < 0.2 ? 2 + below(3) : 1 }, () => change(at)),
  )
}

/** Ends of groups: operations before the first end at or above `from` are issued together. */
export function groupEnd(from: number, count: number): number {
  let end = 0
  for (let i = 0; end <= from; i++) end += GROUPS[i % GROUPS.length] ?? 1
  return Math.min(end, count)
}

/** What is held after 0, 1, 2, … operations. */
export function statesOf(operations: readonly Operation[]): readonly State[] {
  const states: State[] = [new Map()]
  const now = new Map<string, string>()
  for (const operation of operations) {
    for (const change of operation) {
      if (change.type === 'put') now.set(change.key, shown(change.value, change.ttl !== undefined))
      else now.delete(change.key)
    }
    states.push(new Map(now))
  }
  return states
}

export function shown(value: string, expires: boolean): string {
  return `${expires ? 'expires ' : ''}${value}`
}

/**
 * The greatest number of operations, `least` to `most`, after which exactly this is held; undefined when there is none.
 */
export function prefixOf(found: State, states: readonly State[], least: number, most: number): number | undefined {
  for (let count = Math.min(most, states.length - 1); count >= least; count--) {
    const state = states[count]
    if (state !== undefined && isSame(found, state)) return count
  }
  return undefined
}

function isSame(a: State, b: State): boolean {
  return a.size === b.size && [...a].every(([key, text]) => b.get(key) === text)
}

/** How what was found differs from the state after `count` operations: at most a few keys, for people. */
export function difference(found: State, states: readonly State[], count: number): string {
  const expected = states[count] ?? new Map<string, string>()
  const brief = (text: string | undefined): string => (text === undefined ? 'nothing' : text.slice(0, 24))
  return [...new Set([...found.keys(), ...expected.keys()])]
    .filter((key) => found.get(key) !== expected.get(key))
    .slice(0, 4)
    .map((key) => `${key} is ${brief(found.get(key))}, not ${brief(expected.get(key))}`)
    .join('; ')
}
