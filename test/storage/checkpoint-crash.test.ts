/**
 * A log that writes checkpoints, ended by a crash at every moment: while it appends, begins segments, writes a checkpoint,
 * cleans up, and while it opens again. What is found leads to the state after a true prefix of what was appended.
 */

import { describe, expect, it } from 'vitest'
import type { TailLoss } from '../../sim/disk.ts'
import type { LogRecord } from '../../src/core/record.ts'
import { seededRng } from '../../src/core/rng.ts'
import type { FsyncMode } from '../../src/storage/fsync-mode.ts'
import { type Bench, beginOpen, bench, close, type Opened, openWell, write } from './log-fixture.ts'
import { ModelState, type StoryShape, stateAfter, story, take } from './model-state.ts'

interface Course {
  readonly seed: number
  readonly fsync: FsyncMode
  readonly loseTail: TailLoss
  readonly shape: StoryShape
  readonly segmentBytesMax: number
}

/** One log over its lives. */
class Lives {
  readonly on: Bench
  /** Found in all lives: how often what, so that a test that means nothing is seen. */
  readonly met = { checkpointsRead: 0, checkpointsWritten: 0, torn: 0, lost: 0, drafts: 0, leftovers: 0 }
  readonly #course: Course
  readonly #story: Iterator<LogRecord>
  #history: LogRecord[] = []
  /** Of the history: what must be there. */
  #kept = 0

  constructor(course: Course) {
    this.#course = course
    this.on = bench(course.seed)
    this.on.disk.loseTail = course.loseTail
    this.#story = story(course.seed, course.shape)
  }

  /** Opens, appends one record in each `appendEvery` steps, and crashes after so many steps of time. */
  live(steps: number, appendEvery: number): void {
    const { time, disk } = this.on
    const { fsync, loseTail, segmentBytesMax } = this.#course
    const names = disk.names()
    if (names.includes('checkpoint.tmp')) this.met.drafts++
    const state = new ModelState()
    const opened = beginOpen(this.on, {
      fsync,
      fsyncIntervalMs: 5,
      segmentBytesMax,
      state,
      onRecord: (record) => {
        if (record.kind === 'base') this.met.checkpointsRead++
        state.apply(record)
      },
    })
    let left = steps
    while (opened.log === undefined && opened.error === undefined && left-- > 0) time.step()
    if (opened.error !== undefined) throw opened.error
    if (opened.log !== undefined) {
      const start = this.#judge(opened, state)
      if (names.filter((name) => name.endsWith('.checkpoint')).length > 1) this.met.leftovers++
      let index = 0
      while (left-- > 0) {
        if (left % appendEvery === 0) {
          const record = this.#story.next().value as LogRecord
          this.#history.push(record)
          state.apply(record)
          opened.log.append(++index, record)
          opened.log.flush()
        }
        time.step()
      }
      expect(opened.failures).toHaveLength(0)
      this.met.checkpointsWritten += opened.log.counters.checkpointsWritten
      const survives = fsync !== 'never' || loseTail === 'none'
      this.#kept = start + (survives ? (opened.durable.at(-1) ?? 0) : 0)
    }
    disk.crash()
    time.clear()
  }

  #judge(opened: Opened, state: ModelState): number {
    const found = opened.report?.records ?? -1
    expect(found).toBeGreaterThanOrEqual(this.#kept)
    expect(found).toBeLessThanOrEqual(this.#history.length)
    if ((opened.report?.tornBytes ?? 0) > 0) this.met.torn++
    if (found < this.#history.length) this.met.lost++
    this.#history = this.#history.slice(0, found)
    expect(state.facts()).toBe(stateAfter(this.#history).facts())
    return found
  }
}

/** Slices of a checkpoint take 64 KiB: the first fits into one, the second takes several, while entries are overwritten. */
const SHAPES = [
  { name: 'small', shape: { keys: 6, valueBytesMax: 30 }, segmentBytesMax: 900 },
  { name: 'large', shape: { keys: 30, valueBytesMax: 15_000, deletes: 0.1 }, segmentBytesMax: 40_000 },
] as const

function total(sum: Lives['met'], { met }: Lives): void {
  for (const name of Object.keys(sum) as (keyof typeof sum)[]) sum[name] += met[name]
}

for (const { name, ...log } of SHAPES) {
  describe(`a crash at any moment of a log with checkpoints (${name})`, () => {
    for (const fsync of ['always', 'interval', 'never'] as const) {
      for (const loseTail of ['none', 'unsynced'] as const) {
        it(`keeps what was durable, and a true prefix (${fsync}, ${loseTail})`, () => {
          const met = { checkpointsRead: 0, checkpointsWritten: 0, torn: 0, lost: 0, drafts: 0, leftovers: 0 }
          const isSmall = name === 'small'
          // At every step of a long life, and then at every so many steps of what comes after.
          for (let at = 0; at < (isSmall ? 320 : 240); at += isSmall ? 1 : 4) {
            const lives = new Lives({ seed: 1 + (at % 3), fsync, loseTail, ...log })
            lives.live(at, 2)
            lives.live(at % 23, 2)
            lives.live(40 + (at % 61), 3)
            lives.live(1_000, 1_000)
            total(met, lives)
          }
          // And at drawn ones.
          for (let seed = 1; seed <= (isSmall ? 20 : 4); seed++) {
            const rng = seededRng(seed + 1_000_000)
            const lives = new Lives({ seed: 100 + seed, fsync, loseTail, ...log })
            for (let life = 0; life < 8; life++) lives.live(Math.floor(rng() ** 2 * 300), 1 + Math.floor(rng() * 5))
            lives.live(1_000, 1_000)
            total(met, lives)
          }
          // The test means nothing if crashes never hurt.
          expect(
            Math.min(met.checkpointsRead, met.checkpointsWritten, met.torn, met.lost, met.drafts, met.leftovers),
          ).toBeGreaterThan(0)
        })
      }
    }
  })
}

interface OpenTurn {
  readonly on: Bench
  readonly history: readonly LogRecord[]
  readonly log: ReturnType<typeof openWell>
}

/**
 * A log whose state shows a last write before it logs it, as a replica does within a turn of the loop. It comes right
 * before the disk calls back: when the checkpoint is cut, or when its entries are written down.
 */
function openTurn(seed: number, when: 'cut' | 'slice'): OpenTurn {
  const on = bench(seed)
  on.disk.loseTail = 'unsynced'
  const [{ shape, segmentBytesMax }] = SHAPES
  const state = new ModelState()
  const history: LogRecord[] = []
  let shown: LogRecord | undefined
  const append = (record: LogRecord): void => {
    history.push(record)
    log.log.append(history.length, record)
  }
  const endTurn = (): void => {
    const record = shown
    shown = undefined
    if (record !== undefined) append(record)
  }
  const show = (): void => {
    shown = write(500)
    state.apply(shown)
    on.time.afterTurn(() => {
      endTurn()
      log.log.flush()
    })
  }
  const inTurn = function* (entries: Iterator<LogRecord>): Iterator<LogRecord> {
    if (when === 'slice') show()
    yield* { [Symbol.iterator]: () => entries }
  }
  let isFull = false
  const log = openWell(on, {
    fsync: 'never',
    segmentBytesMax,
    state: {
      liveBytes: () => {
        // The cut is near.
        if (when === 'cut' && isFull && !state.entries.has('key-500')) show()
        return isFull ? 0 : 1_000_000
      },
      endTurn,
      snapshot: () => inTurn(state.snapshot()),
    },
  })
  for (const record of take(story(1, shape), 20)) {
    state.apply(record)
    append(record)
  }
  log.log.flush()
  on.time.runUntilIdle()
  isFull = true
  log.log.flush()
  on.time.runUntilIdle()
  expect(log.log.counters.checkpointsWritten).toBe(1)
  return { on, history, log }
}

describe('what shows within a turn and is logged at its end', () => {
  for (const when of ['cut', 'slice'] as const) {
    it(`is in a checkpoint only with the record that covers it (${when})`, () => {
      for (let seed = 1; seed <= 40; seed++) {
        const { on, history } = openTurn(seed, when)
        on.disk.crash()
        on.time.clear()
        const found = new ModelState()
        const { report } = openWell(on, { onRecord: (record) => found.apply(record) })
        expect(report?.records).toBeLessThanOrEqual(history.length)
        expect(found.facts()).toBe(stateAfter(history.slice(0, report?.records)).facts())
      }
    })

    it(`is counted once (${when})`, () => {
      const { on, history, log } = openTurn(1, when)
      close(on, log.log)
      const found = new ModelState()
      const { report } = openWell(on, { onRecord: (record) => found.apply(record) })
      expect(report?.records).toBe(history.length)
      expect(found.facts()).toBe(stateAfter(history).facts())
    })
  }
})
