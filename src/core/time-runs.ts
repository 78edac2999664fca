/**
 * Entries with their times apart, in rows that are sorted and merged by time, step by step, so that whoever has other work
 * need not wait for all of it. Entries of one time keep the order in which they were given. Which entries still count is
 * the owner's to know: gaps are left out, nothing else.
 */

import type { Entry } from './entry.ts'

/** Entries that are sorted at one time. */
export const RUN_ENTRIES_MAX = 4_096
/** Entries that a step merges. */
const STEP_ENTRIES = 32_768
const ROOM_SHARE = 1 / 16

/** `times[i]` is that of `entries[i]`, and of a gap the one of the entry that was there. There may be more times. */
export interface Run {
  times: Float64Array
  entries: (Entry | undefined)[]
}

/** Index of the first entry with a time above `time`, in a run that is sorted. */
export function firstAbove({ times, entries }: Run, time: number): number {
  let low = 0
  let high = entries.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((times[middle] ?? 0) <= time) low = middle + 1
    else high = middle
  }
  return low
}

/** Sorts a run of at most `RUN_ENTRIES_MAX` in place: all times at once, then each entry finds its own. */
export function sortRun(run: Run): void {
  const { entries } = run
  const former = run.times.subarray(0, entries.length)
  const times = former.slice().sort()
  const sorted: Run = { times, entries: new Array<Entry | undefined>(entries.length).fill(undefined) }
  const taken = new Uint16Array(entries.length)
  // From behind, so that those of one time keep their order.
  for (let i = entries.length - 1; i >= 0; i--) {
    const last = firstAbove(sorted, former[i] ?? 0) - 1
    const at = last - (taken[last] ?? 0)
    taken[last] = (taken[last] ?? 0) + 1
    sorted.entries[at] = entries[i]
  }
  run.times = times
  run.entries = sorted.entries
}

/** Merges sorted runs, those that come first before later ones of the same time. */
export function* mergeSteps(runs: readonly Run[]): Generator<void, Run> {
  let left = runs
  while (left.length > 1) {
    const merged: Run[] = []
    for (let i = 0; i < left.length; i += 2) {
      const [one, other] = left.slice(i, i + 2)
      if (one === undefined) continue
      merged.push(other === undefined ? one : yield* mergeTwo(one, other))
    }
    left = merged
  }
  return left[0] ?? { times: new Float64Array(0), entries: [] }
}

function* mergeTwo(one: Run, other: Run): Generator<void, Run> {
  const length = one.entries.length + other.entries.length
  // With room for some more: a long run that grows is copied.
  const room = length + Math.floor(length * ROOM_SHARE)
  const times = new Float64Array(room)
  yield
  const entries = new Array<Entry | undefined>(room)
  let [i, j, at] = [0, 0, 0]
  for (let step = 1; i + j < length; step++) {
    for (const end = Math.min(length, step * STEP_ENTRIES); i + j < end; ) {
      const isOne =
        j === other.entries.length || (i < one.entries.length && (one.times[i] ?? 0) <= (other.times[j] ?? 0))
      const entry = isOne ? one.entries[i] : other.entries[j]
      if (entry !== undefined) {
        times[at] = (isOne ? one.times[i] : other.times[j]) ?? 0
        entries[at++] = entry
      }
      if (isOne) i++
      else j++
    }
    yield
  }
  entries.length = at
  return { times, entries }
}
