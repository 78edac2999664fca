/** What the log asks of the disk, when it says that records are durable, and how it ends when the disk fails. */

import { describe, expect, it } from 'vitest'
import { type DiskVerb, systemError } from '../../sim/disk-fault.ts'
import { HearsayError } from '../../src/core/errors.ts'
import { RESERVE_NAME } from '../../src/core/ports.ts'
import { type Bench, beginOpen, bench, close, openWell, write, writes } from './log-fixture.ts'

/** What the disk is asked from now on. */
function watchDisk(on: Bench): DiskVerb[] {
  const verbs: DiskVerb[] = []
  on.disk.onOperation((verb) => {
    verbs.push(verb)
    return undefined
  })
  return verbs
}

/** From the `nth` on, until what it returns is called. */
function failing(on: Bench, verb: DiskVerb, nth: number): () => void {
  let left = nth
  return on.disk.onOperation((asked) => (asked !== verb || left-- > 1 ? undefined : systemError('EIO', 'bad sector')))
}

describe('group commit', () => {
  it('sends out together what came while the disk was busy', () => {
    const on = bench()
    const { log, durable } = openWell(on)
    const verbs = watchDisk(on)
    log.append(1, write(1))
    log.flush()
    for (let i = 2; i <= 100; i++) {
      log.append(i, write(i))
      log.flush()
    }
    on.time.runUntilIdle()
    expect(durable).toStrictEqual([1, 100])
    expect(verbs).toStrictEqual(['write', 'sync', 'write', 'sync'])
    expect(log.pendingBytes).toBe(0)
  })

  it('waits for flush, and reports nothing before the sync', () => {
    const on = bench()
    const { log, durable } = openWell(on)
    const verbs = watchDisk(on)
    log.append(1, write(1))
    on.time.runUntilIdle()
    expect(verbs).toStrictEqual([])
    expect(log.pendingBytes).toBeGreaterThan(0)
    log.flush()
    while (!verbs.includes('write')) on.time.step()
    expect(durable).toStrictEqual([])
    on.time.runUntilIdle()
    expect(durable).toStrictEqual([1])
  })

  it('lets the listener append and flush inside the report', () => {
    const on = bench()
    let index = 0
    const durable: number[] = []
    const opened = openWell(on, {
      events: {
        promised: () => {},
        durable: (upTo) => {
          durable.push(upTo)
          if (index >= 5) return
          opened.log.append(++index, write(index))
          opened.log.flush()
        },
        room: () => {},
        broken: () => {},
        failed: () => {},
      },
    })
    opened.log.append(++index, write(index))
    opened.log.flush()
    on.time.runUntilIdle()
    expect(durable).toStrictEqual([1, 2, 3, 4, 5])
  })

  it('in mode interval writes at once and syncs once an interval, only when there is something to sync', () => {
    const on = bench()
    const { log, durable } = openWell(on, { fsync: 'interval', fsyncIntervalMs: 1000 })
    const verbs = watchDisk(on)
    const from = on.time.nowMs
    for (let i = 1; i <= 5; i++) {
      log.append(i, write(i))
      log.flush()
      while (verbs.length < i) on.time.step()
    }
    expect(verbs).toStrictEqual(['write', 'write', 'write', 'write', 'write'])
    expect(durable).toStrictEqual([])
    on.time.runUntilIdle()
    expect(on.time.nowMs - from).toBeGreaterThan(1000)
    expect(verbs.slice(5)).toStrictEqual(['sync'])
    expect(durable).toStrictEqual([5])
    expect(log.pendingBytes).toBe(0)
  })

  it('in mode never reports what was written and syncs nothing but a full segment', () => {
    const on = bench()
    const { log, durable } = openWell(on, { fsync: 'never', segmentBytesMax: 400 })
    const verbs = watchDisk(on)
    for (let i = 1; i <= 12; i++) {
      log.append(i, write(i))
      log.flush()
      on.time.runUntilIdle()
    }
    expect(durable).toStrictEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])
    const segments = [...on.disk.image().keys()].filter((name) => name !== RESERVE_NAME).length
    expect(segments).toBeGreaterThan(2)
    // The full segment, and the header of the next.
    expect(verbs.filter((verb) => verb === 'sync')).toHaveLength(2 * (segments - 1))
    expect(log.pendingBytes).toBe(0)
  })
})

describe('segments', () => {
  it('are begun when the next group would not fit, and hold a longer group alone', () => {
    const on = bench()
    const { log } = openWell(on, { segmentBytesMax: 1000 })
    for (const [i, bytes] of [10, 5000, 10, 10].entries()) {
      log.append(i + 1, write(i + 1, bytes))
      log.flush()
      on.time.runUntilIdle()
    }
    const files = [...on.disk.image()].filter(([name]) => name !== RESERVE_NAME)
    const sizes = files.map(([, bytes]) => bytes.length)
    expect(sizes).toHaveLength(3)
    expect(sizes[0]).toBeLessThan(1000)
    expect(sizes[1]).toBeGreaterThan(5000)
    expect(sizes[2]).toBeLessThan(1000)
  })
})

describe('closing', () => {
  for (const fsync of ['always', 'interval', 'never'] as const) {
    it(`writes and syncs everything first (${fsync})`, () => {
      const on = bench()
      const { log, durable } = openWell(on, { fsync })
      log.append(1, write(1))
      log.flush()
      for (let i = 2; i <= 20; i++) log.append(i, write(i))
      close(on, log)
      expect(durable.at(-1)).toBe(20)
      on.disk.loseTail = 'unsynced'
      on.disk.crash()
      expect(openWell(on).records).toStrictEqual(writes(1, 20))
    })
  }

  it('gives the folder back, and a second process may not have it before', () => {
    const on = bench()
    const { log } = openWell(on)
    expect(() => on.disk.mount()).toThrow(HearsayError)
    close(on, log)
    openWell(on)
  })
})

describe('the first failure of the disk', () => {
  for (const fsync of ['always', 'interval', 'never'] as const) {
    for (const verb of ['write', 'sync', 'open', 'syncFolder'] as const) {
      it(`ends the log, once, with the place (${fsync}, ${verb})`, () => {
        const on = bench()
        const { log, durable, failures } = openWell(on, { fsync, segmentBytesMax: 300 })
        const repair = failing(on, verb, 2)
        for (let i = 1; i <= 30; i++) {
          log.append(i, write(i))
          log.flush()
          if (i % 3 === 0) for (let n = 0; n < 7; n++) on.time.step()
        }
        on.time.runUntilIdle()
        expect(failures).toHaveLength(1)
        expect(failures[0]?.code).toBe('ERR_DISK_FAILED')
        expect(failures[0]?.message).toMatch(/0000000\d\.log at offset \d+ failed: EIO: bad sector/)
        const before = [...durable]
        const verbs = watchDisk(on)
        log.append(31, write(31))
        log.flush()
        on.time.runUntilIdle()
        expect(verbs).toStrictEqual([])
        expect(durable).toStrictEqual(before)
        let closed: unknown
        log.close((error) => {
          closed = error
        })
        on.time.runUntilIdle()
        expect(closed).toBe(failures[0])
        repair()
        const again = openWell(on)
        expect(again.records).toStrictEqual(writes(1, again.records.length))
        expect(again.records.length).toBeGreaterThanOrEqual(durable.at(-1) ?? 0)
      })
    }
  }
})

it('never calls back before openLog has returned', () => {
  const on = bench()
  const opened = beginOpen(on)
  expect(opened.log).toBeUndefined()
  on.time.runUntilIdle()
  expect(opened.log).toBeDefined()
})
