/** A checkpoint that fails, or is broken off, harms nothing: the log goes on, nothing is lost, and a later one succeeds. */

import { describe, expect, it } from 'vitest'
import { systemError } from '../../sim/disk-fault.ts'
import type { LogRecord } from '../../src/core/record.ts'
import { CHECKPOINT_DRAFT } from '../../src/storage/segment.ts'
import { appendAll, type Bench, bench, close, type Opened, openWell } from './log-fixture.ts'
import { filesOf, logBytes, ModelState, repeatUntil, stateAfter, story, take } from './model-state.ts'

const SHAPE = { keys: 8, valueBytesMax: 200 }
const SEGMENT_BYTES_MAX = 1500

interface Running extends Opened {
  readonly on: Bench
  readonly log: NonNullable<Opened['log']>
  readonly state: ModelState
}

function run(on: Bench): Running {
  const state = new ModelState()
  const opened = openWell(on, { segmentBytesMax: SEGMENT_BYTES_MAX, state, onRecord: (record) => state.apply(record) })
  return { ...opened, on, state }
}

/** Appends records from the `from`-th on, one after the other; `each` sees every step of time. */
function goOn({ log, state, on }: Running, records: readonly LogRecord[], from = 0, each = () => {}) {
  records.forEach((record, i) => {
    state.apply(record)
    log.append(from + i + 1, record)
    log.flush()
    while (on.time.step()) each()
  })
}

/** Closes, opens again, and compares. Returns what is open then. */
function sameAgain(running: Running): Running {
  close(running.on, running.log)
  const again = run(running.on)
  expect(again.state.facts()).toBe(running.state.facts())
  return again
}

/** Each operation of a checkpoint, as the disk is asked for it. */
const OPERATIONS = [
  ['open', CHECKPOINT_DRAFT],
  ['write', CHECKPOINT_DRAFT],
  ['sync', CHECKPOINT_DRAFT],
  ['rename', CHECKPOINT_DRAFT],
  ['syncFolder', ''],
  ['remove', '00000001.log'],
  ['remove', 'a former checkpoint'],
] as const

describe('an operation of a checkpoint that fails once', () => {
  for (const code of ['ENOSPC', 'EIO']) {
    for (const [verb, name] of OPERATIONS) {
      it(`harms nothing (${verb} ${name}, ${code})`, () => {
        const running = run(bench())
        const { on, log, warnings } = running
        const records = take(story(5, SHAPE), 400)
        let failed = 0
        let renamed = 0
        on.disk.onOperation((asked, of) => {
          if (asked === 'rename') renamed++
          const isOfCheckpoint = verb !== 'syncFolder' || renamed > 0
          const isNamed = name === of || (name === 'a former checkpoint' && of.endsWith('.checkpoint'))
          if (failed > 0 || asked !== verb || !isNamed || !isOfCheckpoint) return undefined
          failed++
          return systemError(code, 'bad', 0.5)
        })
        goOn(running, records)
        expect(failed).toBe(1)
        expect(warnings.length).toBeGreaterThan(0)
        expect(running.failures).toHaveLength(0)
        expect(running.durable.at(-1)).toBe(records.length)
        // It is tried again.
        expect(log.counters.checkpointsWritten).toBeGreaterThan(1)
        const again = sameAgain(running)
        expect(filesOf(on.disk.names()).checkpoints).toHaveLength(1)
        expect(on.disk.names()).not.toContain(CHECKPOINT_DRAFT)
        close(on, again.log)
      })
    }
  }

  it('rests for a while, and the log grows meanwhile', () => {
    const running = run(bench())
    const { on } = running
    const stop = on.disk.onOperation((verb, of) =>
      verb === 'open' && of === CHECKPOINT_DRAFT ? systemError('EIO', 'bad') : undefined,
    )
    goOn(running, take(story(5, SHAPE), 100))
    expect(running.log.counters.checkpointsWritten).toBe(0)
    const tries = running.warnings.length
    expect(tries).toBeGreaterThan(0)
    stop()
    goOn(running, take(story(6, SHAPE), 200), 100)
    expect(running.log.counters.checkpointsWritten).toBeGreaterThan(0)
    close(on, running.log)
  })
})

describe('a log that is closed while it writes a checkpoint', () => {
  /** Steps of time from the beginning of a checkpoint to behind its cleaning up. */
  const MOMENTS = 45

  /** Runs to `at` steps behind the beginning of a checkpoint that takes several slices. */
  function runInto(at: number): Running {
    const running = run(bench())
    const { on, log, state } = running
    const records = story(8, { keys: 20, valueBytesMax: 16_000 })
    let count = 0
    const put = (): void => {
      const record = records.next().value
      state.apply(record)
      log.append(++count, record)
      log.flush()
    }
    // One that replaces another: there is something to clean up.
    repeatUntil(
      () => log.counters.checkpointsWritten > 0 && on.disk.names().includes(CHECKPOINT_DRAFT),
      () => {
        put()
        on.time.step()
      },
    )
    for (let left = at; left > 0; left--) {
      if (left % 5 === 0) put()
      on.time.step()
    }
    return running
  }

  it('ends well at any moment', () => {
    let broken = 0
    for (let at = 0; at < MOMENTS; at++) {
      const running = runInto(at)
      const before = running.log.counters.checkpointsWritten
      let error: unknown = 'not yet'
      running.log.close((failure) => {
        error = failure
      })
      running.on.time.runUntilIdle()
      expect(error).toBeUndefined()
      expect(running.failures).toHaveLength(0)
      if (running.log.counters.checkpointsWritten === before) broken++
      expect(running.on.disk.names()).not.toContain(CHECKPOINT_DRAFT)
      const again = run(running.on)
      expect(again.state.facts()).toBe(running.state.facts())
      expect(filesOf(running.on.disk.names()).checkpoints).toHaveLength(1)
      close(running.on, again.log)
    }
    expect(broken).toBeGreaterThan(3)
    expect(broken).toBeLessThan(MOMENTS - 3)
  })

  it('gives the folder back only when nobody removes files from it any more', () => {
    for (let at = 0; at < MOMENTS; at++) {
      const running = runInto(at)
      running.log.close(() => undefined)
      running.on.time.runUntilIdle()
      // The simulated disk refuses whatever comes behind `close`; a real one would do it, in a folder of somebody else.
      expect(running.warnings).toStrictEqual([])
    }
  })
})

describe('a checkpoint', () => {
  it('is written when what lies beside the state is more than the state, and the log begins behind it', () => {
    const running = run(bench())
    const { on, log } = running
    goOn(running, take(story(3, SHAPE), 300))
    expect(log.counters.checkpointsWritten).toBeGreaterThan(2)
    const { segments, checkpoints } = filesOf(on.disk.names())
    expect(checkpoints).toHaveLength(1)
    expect(Number.parseInt(segments[0] ?? '', 10)).toBe(Number.parseInt(checkpoints[0] ?? '', 10))
    const again = sameAgain(running)
    expect(again.report?.records).toBe(300)
    expect(again.report?.segments).toBe(segments.length)
    expect(again.report?.bytes).toBe(logBytes(on.disk))
    close(on, again.log)
  })

  it('does not keep the log from taking records', () => {
    const running = run(bench())
    const { on, log, state, durable } = running
    const records = story(8, { keys: 150, valueBytesMax: 16_000 })
    let index = 0
    let before = 0
    let during = 0
    let isWriting = false
    const isOver = (): boolean => log.counters.checkpointsWritten === 4
    repeatUntil(isOver, () => {
      if (index === (durable.at(-1) ?? 0)) {
        const record = records.next().value
        state.apply(record)
        log.append(++index, record)
        log.flush()
      }
      on.time.step()
      const wasWriting = isWriting
      isWriting = on.disk.names().includes(CHECKPOINT_DRAFT)
      if (isWriting && !wasWriting) before = durable.length
      if (wasWriting && !isWriting) during += durable.length - before
    })
    expect(during).toBeGreaterThan(3)
    close(on, log)
  })

  it('is not written while the state says that this is not the time', () => {
    const on = bench()
    const state = new ModelState()
    let isTime = false
    const snapshot = (): ReturnType<ModelState['snapshot']> | undefined => (isTime ? state.snapshot() : undefined)
    const logged = { endTurn: () => {}, liveBytes: () => state.liveBytes(), snapshot }
    const { log } = openWell(on, { segmentBytesMax: SEGMENT_BYTES_MAX, state: logged })
    const records = take(story(3, SHAPE), 120)
    for (const record of records) state.apply(record)
    appendAll(on, log, records)
    expect(log.counters.checkpointsWritten).toBe(0)
    isTime = true
    log.flush()
    on.time.runUntilIdle()
    expect(log.counters.checkpointsWritten).toBe(1)
    close(on, log)
  })

  it('is never written by a log that is told no state', () => {
    const on = bench()
    const { log } = openWell(on, { segmentBytesMax: SEGMENT_BYTES_MAX })
    appendAll(on, log, take(story(3, SHAPE), 120))
    expect(log.counters.checkpointsWritten).toBe(0)
    expect(filesOf(on.disk.names()).segments.length).toBeGreaterThan(3)
    close(on, log)
  })

  it('of nothing is read back, too', () => {
    const running = run(bench())
    const records = take(story(3, { keys: 2, valueBytesMax: 9, deletes: 0.9 }), 300)
    goOn(running, records)
    const empty = { kind: 'floor', floor: 100_000 } as const
    goOn(running, [empty], records.length)
    expect(running.state.entries.size).toBe(0)
    expect(stateAfter([...records, empty]).facts()).toBe(running.state.facts())
    close(running.on, sameAgain(running).log)
  })
})
