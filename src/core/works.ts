/**
 * The entries of one origin that are held, by time. They nearly always come in order of time, so the list grows at its
 * end; a replaced entry leaves a gap, and gaps are closed when they are half of the list. Those that come far out of
 * order, as from a checkpoint, wait loose until they are put in order together, in steps: the list as it was is merged
 * with them while a new one takes what comes. Whoever asks meanwhile is answered from both, exactly.
 */

import type { Entry } from './entry.ts'
import { firstAbove, mergeSteps, RUN_ENTRIES_MAX, type Run, sortRun } from './time-runs.ts'

/** With fewer gaps than this a list is left as it is. */
const GAPS_MIN = 64
const CAPACITY_MIN = 16
/** So few loose ones, or such a share of all, are not put in order by themselves: they are looked at one by one. */
const LOOSE_MIN = 64
const LOOSE_SHARE = 1 / 256
/** An entry that belongs this near to the end is put there at once. */
const NEAR_END = 1_024
/** An answer with as large a share of all is worth that all are put in order for it. */
const ANSWER_SHARE = 1 / 4
/** Entries that a step takes out of the list. */
const STEP_GONE = 4_096

export class Works {
  /** By time, rising; a gap where one was replaced. */
  #list: Run = emptyRun(CAPACITY_MIN)
  #gaps = 0
  /** Far from the end: to make room for each takes time that follows the list. Unsorted, all full but the last one. */
  #loose: Run[] = []
  /** What is being put in order, as it was: first the list of then, the others loose. */
  #settling: readonly Run[] = []
  /** Of those the sorted ones. */
  #sorted = 0
  #steps: Iterator<void, void> | undefined
  /** Not held any more, and still in a place where to look for it would take long. Each of them is there once. */
  readonly #gone = new Set<Entry>()
  #count = 0

  /** Whether `advance` is called for. */
  add(entry: Entry): boolean {
    this.#count++
    if (this.#gone.size > 0 && this.#gone.delete(entry)) return false
    return this.#put(entry) && this.isDue
  }

  /** The entry was added before. Whether that was the last one. */
  remove(entry: Entry): boolean {
    this.#count--
    if (!this.#unlist(entry) && !this.#unloose(entry)) this.#gone.add(entry)
    return this.#count === 0
  }

  /** Whether there is something to be put in order. */
  get isDue(): boolean {
    if (this.#steps !== undefined || this.#loose.length > 1) return true
    const loose = this.#loose[0]?.entries.length ?? 0
    return loose >= Math.max(LOOSE_MIN, this.#list.entries.length * LOOSE_SHARE)
  }

  /** A step of putting it in order. */
  advance(): void {
    if (!this.isDue) return
    this.#steps ??= this.#settle()
    if (this.#steps.next().done === true) this.#steps = undefined
  }

  /** Those above `time`, by rising time: a new list. */
  above(time: number): Entry[] {
    if (!this.#isSettled) {
      const runs = this.#runsAbove(time)
      const count = runs.reduce((sum, { entries }) => sum + entries.length, 0)
      if (count < this.#count * ANSWER_SHARE) return held(ended(mergeSteps(runs)).entries, this.#gone)
      this.#settleAll()
    }
    const { entries } = this.#list
    const above = entries.slice(firstAbove(this.#list, time))
    return this.#gaps === 0 ? (above as Entry[]) : held(above, this.#gone)
  }

  get #isSettled(): boolean {
    return this.#steps === undefined && this.#loose.length === 0
  }

  /** Each a copy, sorted. */
  #runsAbove(time: number): Run[] {
    const runs: Run[] = []
    for (const [i, run] of [...this.#settling, this.#list, ...this.#loose].entries()) {
      const isSorted = i < this.#sorted || i === this.#settling.length
      const above = isSorted ? tailOf(run, firstAbove(run, time)) : filtered(run, time)
      if (above.entries.length === 0) continue
      if (!isSorted) sortRun(above)
      runs.push(above)
    }
    return runs
  }

  /** Whether it has become a loose one. */
  #put(entry: Entry): boolean {
    const list = this.#list
    const count = list.entries.length
    const isLast = count === 0 || (list.times[count - 1] ?? 0) < entry.time
    if (!isLast && count > NEAR_END && (list.times[count - NEAR_END] ?? 0) > entry.time) {
      this.#loosen(entry)
      return true
    }
    if (count === list.times.length) list.times = grown(list.times, Math.max(CAPACITY_MIN, count * 2))
    const at = isLast ? count : firstAbove(list, entry.time)
    if (at < count) list.times.copyWithin(at + 1, at, count)
    list.times[at] = entry.time
    if (at === count) list.entries.push(entry)
    else list.entries.splice(at, 0, entry)
    return false
  }

  #loosen(entry: Entry): void {
    let last = this.#loose.at(-1)
    if (last === undefined || last.entries.length === RUN_ENTRIES_MAX) {
      last = emptyRun(CAPACITY_MIN)
      this.#loose.push(last)
    }
    const { length } = last.entries
    if (length === last.times.length) last.times = grown(last.times, Math.min(RUN_ENTRIES_MAX, length * 8))
    last.times[length] = entry.time
    last.entries.push(entry)
  }

  /** Whether it was in the list. */
  #unlist(entry: Entry): boolean {
    const { times, entries } = this.#list
    let at = firstAbove(this.#list, entry.time) - 1
    // Two entries of one version exist only after a disk was cloned.
    while (at >= 0 && times[at] === entry.time && entries[at] !== entry) at--
    if (at < 0 || entries[at] !== entry) return false
    entries[at] = undefined
    this.#gaps++
    if (this.#gaps >= GAPS_MIN && this.#gaps * 2 >= entries.length) this.#close()
    return true
  }

  /** Whether it was among few loose ones. */
  #unloose(entry: Entry): boolean {
    const [only, more] = this.#loose
    if (only === undefined || more !== undefined) return false
    let at = only.times.indexOf(entry.time)
    while (at >= 0 && at < only.entries.length && only.entries[at] !== entry)
      at = only.times.indexOf(entry.time, at + 1)
    if (at < 0 || at >= only.entries.length) return false
    only.times.copyWithin(at, at + 1, only.entries.length)
    only.entries.splice(at, 1)
    if (only.entries.length === 0) this.#loose = []
    return true
  }

  #settleAll(): void {
    while (!this.#isSettled) {
      this.#steps ??= this.#settle()
      while (this.#steps.next().done !== true);
      this.#steps = undefined
    }
  }

  *#settle(): Generator<void, void> {
    const loose = this.#loose
    const former = this.#list
    this.#settling = [former, ...loose]
    this.#sorted = 1
    this.#loose = []
    this.#list = emptyRun(CAPACITY_MIN)
    this.#gaps = 0
    for (const run of loose) {
      sortRun(run)
      this.#sorted++
      yield
    }
    // A long list is gone through once only.
    const isLong = former.entries.length > loose.length * RUN_ENTRIES_MAX
    const merged = yield* mergeSteps(isLong ? [former, yield* mergeSteps(loose)] : [former, ...loose])
    const since = this.#list
    this.#list = merged
    this.#settling = []
    this.#sorted = 0
    this.#gaps = 0
    for (const entry of since.entries) if (entry !== undefined) this.#put(entry)
    yield
    let step = 0
    for (const entry of this.#gone) {
      if (this.#unlist(entry)) this.#gone.delete(entry)
      if (++step % STEP_GONE === 0) yield
    }
  }

  #close(): void {
    const { times, entries } = this.#list
    const closed = emptyRun(Math.max(CAPACITY_MIN, entries.length))
    for (const [i, entry] of entries.entries()) {
      if (entry === undefined) continue
      closed.times[closed.entries.length] = times[i] ?? 0
      closed.entries.push(entry)
    }
    this.#list = closed
    this.#gaps = 0
  }
}

function emptyRun(capacity: number): Run {
  return { times: new Float64Array(capacity), entries: [] }
}

function grown(times: Float64Array, capacity: number): Float64Array {
  const longer = new Float64Array(capacity)
  longer.set(times)
  return longer
}

function tailOf({ times, entries }: Run, from: number): Run {
  return { times: times.slice(from, entries.length), entries: entries.slice(from) }
}

/** Of a run that is not sorted. */
function filtered({ times, entries }: Run, time: number): Run {
  const indexes: number[] = []
  for (let i = 0; i < entries.length; i++) if ((times[i] ?? 0) > time) indexes.push(i)
  return { times: Float64Array.from(indexes, (i) => times[i] ?? 0), entries: indexes.map((i) => entries[i]) }
}

function held(entries: readonly (Entry | undefined)[], gone: ReadonlySet<Entry>): Entry[] {
  return entries.filter((entry) => entry !== undefined && !gone.has(entry)) as Entry[]
}

function ended<T>(steps: Iterator<void, T>): T {
  let step = steps.next()
  while (step.done !== true) step = steps.next()
  return step.value
}
