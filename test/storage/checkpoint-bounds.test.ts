/**
 * What a log takes on disk while keys are overwritten again and again. Live is what a checkpoint of the state would take:
 * at rest at most twice that and a segment, while a checkpoint is written and cleaned up after at most three times and two.
 */

import { describe, expect, it } from 'vitest'
import { systemError } from '../../sim/disk-fault.ts'
import { liveEntry, tombstone } from '../../src/core/entry.ts'
import type { LogRecord } from '../../src/core/record.ts'
import { CHECKPOINT_DRAFT, encodeHeader } from '../../src/storage/segment.ts'
import { bench, close, openWell, SELF, write } from './log-fixture.ts'
import { logBytes, ModelState, repeatUntil, story } from './model-state.ts'

const HEADER_BYTES = encodeHeader({ cluster: 'c', name: 'n1' }, { kind: 'segment', number: 1, base: 0, salt: 0 }).length

/** A put of `bytes` bytes under one of `keys` keys in turn. */
function put(n: number, keys: number, bytes: number): LogRecord {
  const entry = liveEntry(`key-${n % keys}`, 1000 + n, SELF, new Uint8Array(bytes))
  return { kind: 'write', origin: SELF, upTo: 1000 + n, entries: [entry] }
}

describe('bytes on disk', () => {
  for (const [name, keys, valueBytes, segmentBytesMax] of [
    ['a state that is small beside a segment', 10, 20, 8_000],
    ['one like a segment', 60, 100, 8_000],
    ['one that is large beside a segment', 120, 400, 8_000],
    ['one whose checkpoint takes several slices', 60, 5_000, 60_000],
  ] as const) {
    it(`stay within bounds under overwrites: ${name}`, () => {
      const on = bench(4)
      const state = new ModelState()
      const { log } = openWell(on, { segmentBytesMax, state })
      let most = 0
      let mostAtRest = 0
      let index = 0
      const isOver = (): boolean => log.counters.checkpointsWritten === 7
      repeatUntil(isOver, (steps) => {
        // Mostly the writer does not wait for the disk.
        const isRest = steps % 60 === 59
        if (steps % 3 === 0) {
          const record = put(index + 1, keys, valueBytes)
          state.apply(record)
          log.append(++index, record)
          log.flush()
        }
        const live = state.checkpointBytes(HEADER_BYTES)
        while (on.time.step()) {
          // Only a checkpoint of the whole state shows what live entries take on disk.
          if (log.counters.checkpointsWritten < 2) most = 0
          else most = Math.max(most, (logBytes(on.disk) - 3 * live) / segmentBytesMax)
          if (!isRest) break
        }
        if (log.counters.checkpointsWritten < 2) return
        if (isRest) mostAtRest = Math.max(mostAtRest, (logBytes(on.disk) - 2 * live) / segmentBytesMax)
      })
      expect(mostAtRest).toBeLessThan(1)
      expect(most).toBeLessThan(2)
      // For each checkpoint as much was logged as is live, or half a segment.
      expect(most).toBeGreaterThan(0.1)
      close(on, log)
    })
  }

  it('follow when most of the state is let go of', () => {
    const on = bench(4)
    const state = new ModelState()
    const segmentBytesMax = 8_000
    const { log } = openWell(on, { segmentBytesMax, state })
    const records = story(5, { keys: 200, valueBytesMax: 500, deletes: 0 })
    let index = 0
    const append = (record: LogRecord): void => {
      state.apply(record)
      log.append(++index, record)
      log.flush()
      on.time.runUntilIdle()
    }
    while (index < 1_000) append(records.next().value)
    expect(logBytes(on.disk)).toBeGreaterThan(40_000)
    state.entries.clear()
    for (let n = 0; n < 100; n++) append({ kind: 'floor', floor: 10 + n })
    expect(logBytes(on.disk)).toBeLessThan(segmentBytesMax)
    close(on, log)
  })

  it('follow, too, when most of the state was let go of before the last stop, and not written down', () => {
    const on = bench(4)
    const state = new ModelState()
    const segmentBytesMax = 16_000
    let { log } = openWell(on, { segmentBytesMax, state })
    let index = 0
    let time = 1000
    const append = (record: LogRecord): void => {
      state.apply(record)
      log.append(++index, record)
      log.flush()
      on.time.runUntilIdle()
    }
    const write = (key: string, bytes: number): LogRecord => {
      time++
      const entry = bytes === 0 ? tombstone(key, time, SELF) : liveEntry(key, time, SELF, new Uint8Array(bytes))
      return { kind: 'write', origin: SELF, upTo: time, entries: [entry] }
    }
    repeatUntil(
      () => log.counters.checkpointsWritten === 2,
      (count) => append(write(`key-${count % 40}`, 5_000)),
    )
    const heal = on.disk.onOperation((verb, name) =>
      verb === 'open' && name === CHECKPOINT_DRAFT ? systemError('EIO', 'bad') : undefined,
    )
    for (let n = 0; n < 40; n++) append(write(`key-${n}`, 0))
    append({ kind: 'floor', floor: time })
    close(on, log)
    heal()
    expect(logBytes(on.disk)).toBeGreaterThan(200_000)
    log = openWell(on, { segmentBytesMax, state }).log
    index = 0
    for (let n = 0; n < 20; n++) append(write('one', 100))
    expect(logBytes(on.disk)).toBeLessThan(segmentBytesMax)
    close(on, log)
  })

  it('stay within bounds when a small state has become a large one', () => {
    // What a checkpoint holds beside entries is taken for a part of what each entry takes.
    const on = bench(4)
    const state = new ModelState()
    const segmentBytesMax = 4_000
    const { log } = openWell(on, { segmentBytesMax, state })
    let index = 0
    const append = (keys: number, bytes: number): void => {
      const record = put(++index, keys, bytes)
      state.apply(record)
      log.append(index, record)
      log.flush()
      on.time.runUntilIdle()
    }
    repeatUntil(
      () => log.counters.checkpointsWritten > 0,
      () => append(1, 1),
    )
    const before = log.counters.checkpointsWritten
    let most = 0
    for (let i = 0; i < 3_000; i++) {
      append(150, 200)
      const live = state.checkpointBytes(HEADER_BYTES)
      most = Math.max(most, (logBytes(on.disk) - 2 * live) / segmentBytesMax)
    }
    expect(log.counters.checkpointsWritten).toBeGreaterThan(before)
    expect(most).toBeLessThan(1)
  })

  it('are not written again and again while what is staged, and no entry yet, is more than a segment', () => {
    const on = bench(4)
    const segmentBytesMax = 4_000
    const staged: LogRecord[] = []
    const state = { endTurn: () => {}, liveBytes: () => 0, snapshot: () => [...staged].values() }
    const { log } = openWell(on, { segmentBytesMax, state })
    for (let index = 1; index <= 200; index++) {
      const record: LogRecord = { kind: 'stage', exchange: 1, entries: write(index, 50).entries }
      staged.push(record)
      log.append(index, record)
      log.flush()
      on.time.runUntilIdle()
    }
    expect(log.counters.checkpointsWritten).toBeLessThan(20)
  })
})
