/** A log on a full disk keeps what it promised before, and does not wait for room that it holds itself. */

import { expect, it } from 'vitest'
import { liveEntry } from '../../src/core/entry.ts'
import { CHECKPOINT_DRAFT } from '../../src/storage/segment.ts'
import { type Bench, bench, close, openWell, SELF, write } from './log-fixture.ts'
import { ModelState, repeatUntil } from './model-state.ts'

/** Time runs for so long. */
function pass({ time }: Bench, ms: number): void {
  const end = time.nowMs + ms
  while (time.nowMs < end && time.step());
}

it('a checkpoint that is whole but for its name gives its room to the log that it waits for', () => {
  const on = bench()
  const state = new ModelState()
  const opened = openWell(on, { state, segmentBytesMax: 64 * 1024 })
  const { log } = opened
  let count = 0
  const put = (): void => {
    const time = 1001 + count
    const entry = liveEntry(`key-${count % 40}`, time, SELF, new Uint8Array(5000))
    const record = { kind: 'write', origin: SELF, upTo: time, entries: [entry] } as const
    state.apply(record)
    log.append(++count, record)
    log.flush()
  }
  let isFull = false
  let makeRoom = (): void => {}
  on.disk.onOperation((verb, name) => {
    // All of it is written.
    if (!isFull && verb === 'sync' && name === CHECKPOINT_DRAFT && (on.disk.find(name)?.size ?? 0) > 190_000) {
      isFull = true
      makeRoom = on.disk.limitRoom(on.disk.usedBytes + 100)
    }
    return undefined
  })
  for (let i = 0; i < 40; i++) {
    put()
    on.time.runUntilIdle()
  }
  repeatUntil(
    () => isFull,
    () => {
      if (!on.time.step() || log.pendingBytes < 15_000) put()
    },
  )
  pass(on, 20_000)
  expect([log.pendingBytes, opened.durable.at(-1)]).toEqual([0, count])
  expect(on.disk.names()).not.toContain(CHECKPOINT_DRAFT)
  expect(log.counters.checkpointsWritten).toBe(0)
  makeRoom()
  put()
  on.time.runUntilIdle()
  // It is written once there is room.
  put()
  on.time.runUntilIdle()
  expect(log.counters.checkpointsWritten).toBe(1)
  close(on, log)
})

it('what was promised to be synced soon is synced while the rest waits for room', () => {
  const on = bench()
  const opened = openWell(on, { segmentBytesMax: 64 * 1024, fsync: 'interval' })
  const { log } = opened
  log.append(1, write(1, 100))
  log.flush()
  repeatUntil(
    () => opened.promised.length > 0,
    () => on.time.step(),
  )
  const makeRoom = on.disk.limitRoom(on.disk.usedBytes + 50)
  log.append(2, write(2, 40_000))
  log.flush()
  pass(on, 10_000)
  expect([opened.promised, opened.durable, opened.rooms]).toEqual([[1], [1], ['none']])
  makeRoom()
  on.time.runUntilIdle()
  expect(opened.durable).toEqual([1, 2])
  close(on, log)
})
