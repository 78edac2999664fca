/**
 * A log that is written anew after its disk has failed: it tells nobody more than is true meanwhile, never uses a file
 * again of which it does not know what the disk holds, leaves nothing behind, and comes to an end.
 */

import { describe, expect, it } from 'vitest'
import { systemError } from '../../sim/disk-fault.ts'
import type { FsyncMode } from '../../src/storage/fsync-mode.ts'
import type { LogOptions } from '../../src/storage/log-options.ts'
import { CHECKPOINT_DRAFT, segmentName } from '../../src/storage/segment.ts'
import { type Bench, bench, close, type Opened, open, openWell, write } from './log-fixture.ts'
import { filesOf, ModelState, repeatUntil } from './model-state.ts'

const FIRST = segmentName(1)

interface Running extends Opened {
  readonly on: Bench
  readonly log: NonNullable<Opened['log']>
  readonly state: ModelState
  /** Appends the next write. */
  put(): void
  /** Fails one operation of this kind; says whether it has. */
  failOnce(verb: string, name: string, code?: string): () => boolean
}

function run(on: Bench, options: Partial<LogOptions> = {}): Running {
  const state = new ModelState()
  const opened = openWell(on, { state, segmentBytesMax: 1 << 20, ...options })
  let count = 0
  const put = (): void => {
    const record = write(++count, 100)
    state.apply(record)
    opened.log.append(count, record)
    opened.log.flush()
  }
  const failOnce = (verb: string, name: string, code = 'EIO'): (() => boolean) => {
    let hasFailed = false
    on.disk.onOperation((asked, of) => {
      if (hasFailed || asked !== verb || of !== name) return undefined
      hasFailed = true
      return systemError(code, 'bad')
    })
    return () => hasFailed
  }
  return { ...opened, on, state, put, failOnce }
}

/** A log whose first segment can no longer be synced: it is about to be written anew. */
function runBroken(on: Bench, options: Partial<LogOptions> = {}): Running {
  const running = run(on, options)
  running.put()
  on.time.runUntilIdle()
  const hasFailed = running.failOnce('sync', FIRST)
  running.put()
  // Not synced by itself in every mode.
  running.log.flush(true)
  repeatUntil(hasFailed, () => on.time.step())
  return running
}

/** Time runs for so long. */
function pass({ time }: Bench, ms: number): void {
  const end = time.nowMs + ms
  while (time.nowMs < end && time.step());
}

/** After the end everything works, and another start reads it. */
function expectWhole({ on, log, state, put, durable, failures }: Running): void {
  on.time.runUntilIdle()
  put()
  log.flush(true)
  on.time.runUntilIdle()
  expect([failures, log.pendingBytes, log.counters.logsRenewed]).toEqual([[], 0, 1])
  const last = durable.at(-1)
  close(on, log)
  const again = new ModelState()
  const { log: next } = openWell(on, { onRecord: (record) => again.apply(record) })
  expect([last, again.facts()]).toEqual([state.seen - 1000, state.facts()])
  expect(filesOf(on.disk.names()).segments).toHaveLength(1)
  close(on, next)
}

describe('a log that is written anew', () => {
  for (const fsync of ['always', 'interval'] satisfies FsyncMode[]) {
    it(`reports nothing durable that a power loss takes, nor before it is promised (${fsync})`, () => {
      for (let seed = 1; seed <= 20; seed++) {
        const on = bench(seed)
        const calls: number[] = []
        let promised = 0
        const events: LogOptions['events'] = {
          promised: (index) => {
            promised = index
          },
          durable: (index) => {
            expect(promised).toBeGreaterThanOrEqual(index)
            calls.push(index)
          },
          room: () => {},
          broken: () => {},
          failed: () => {},
        }
        const running = runBroken(on, { fsync, events })
        const before = calls.length
        // From the name of its checkpoint on the log goes on faster than it is synced.
        on.disk.onOperation((verb) => {
          if (verb === 'rename') on.disk.slowSyncs(500)
          return undefined
        })
        repeatUntil(
          () => calls.length > before,
          (count) => {
            if (count % 3 === 0 && count < 300) running.put()
            on.time.step()
          },
        )
        on.disk.loseTail = 'unsynced'
        on.disk.crash()
        on.time.clear()
        const again = new ModelState()
        expect(open(on, { onRecord: (record) => again.apply(record) }).error).toBeUndefined()
        expect(again.seen - 1000).toBeGreaterThanOrEqual(calls.at(-1) ?? 0)
      }
    })
  }

  it('begins once more, by itself, when the disk fails over its new segment', () => {
    const running = runBroken(bench())
    const { on, put, failOnce } = running
    const hasFailed = failOnce('sync', CHECKPOINT_DRAFT)
    repeatUntil(hasFailed, () => on.time.step())
    // The disk takes longer over this sync than the log waits before it tries again, and then fails it.
    on.disk.slowSyncs(3_000)
    const hasFailedAgain = failOnce('sync', segmentName(2))
    put()
    repeatUntil(hasFailedAgain, () => on.time.step())
    const before = running.durable.length
    on.time.runUntilIdle()
    expect(running.durable.length).toBeGreaterThan(before)
    expectWhole(running)
  })

  it('begins once more when its new segment fails while the checkpoint is given its name', () => {
    const running = runBroken(bench())
    const { on, put, failOnce } = running
    let hasFailed = (): boolean => false
    on.disk.onOperation((verb) => {
      if (verb === 'rename') hasFailed = failOnce('write', segmentName(2))
      return undefined
    })
    repeatUntil(
      () => hasFailed(),
      (count) => {
        if (count < 100) put()
        on.time.step()
      },
    )
    on.time.runUntilIdle()
    expect(running.durable.at(-1)).toBe(running.state.seen - 1000)
    expectWhole(running)
  })

  it('waits while the state says that this is not the time, for minutes', () => {
    const on = bench()
    const state = new ModelState()
    let isTime = true
    const logged = {
      endTurn: () => {},
      liveBytes: () => state.liveBytes(),
      snapshot: () => (isTime ? running.state.snapshot() : undefined),
    }
    const running: Running = run(on, { state: logged })
    running.put()
    on.time.runUntilIdle()
    isTime = false
    running.failOnce('sync', FIRST)
    running.put()
    pass(on, 60_000)
    expect([running.failures, running.broken.length]).toEqual([[], 1])
    isTime = true
    expectWhole(running)
  })

  it('gives up when the state is not to be had and nothing was durable: nobody comes who would change that', () => {
    const on = bench()
    const running = run(on, { state: { endTurn: () => {}, liveBytes: () => 0, snapshot: () => undefined } })
    running.failOnce('sync', FIRST)
    running.put()
    pass(on, 60_000)
    expect(running.failures).toMatchObject([{ code: 'ERR_DISK_FAILED' }])
  })

  it('gives up in the end when the state is never to be had', () => {
    const on = bench()
    const running = runBroken(on, { state: { endTurn: () => {}, liveBytes: () => 0, snapshot: () => undefined } })
    on.time.runUntilIdle()
    expect(running.failures).toMatchObject([{ code: 'ERR_DISK_FAILED' }])
    expect(on.time.nowMs).toBeGreaterThan(300_000)
  })

  it('waits while the system has no more files, for as long as that takes', () => {
    const running = runBroken(bench())
    const { on, log } = running
    const stop = on.disk.onOperation((verb) => (verb === 'open' ? systemError('EMFILE', 'too many') : undefined))
    pass(on, 60_000)
    expect([running.failures, log.counters.logsRenewed]).toEqual([[], 0])
    stop()
    expectWhole(running)
  })
})

describe('a segment whose making failed', () => {
  it('is never used again, when the log went on from one to the next', () => {
    const running = run(bench(), { segmentBytesMax: 2_000 })
    const { on, put, failOnce } = running
    const hasFailed = failOnce('sync', segmentName(2))
    const later: string[] = []
    on.disk.onOperation((verb, name) => {
      if (hasFailed() && name === segmentName(2)) later.push(verb)
      return undefined
    })
    repeatUntil(hasFailed, () => {
      put()
      on.time.step()
    })
    expectWhole(running)
    expect(later.filter((verb) => verb !== 'remove' && verb !== 'sync')).toEqual([])
  })

  it('is never used again, when the log is written anew', () => {
    const running = runBroken(bench())
    const { on, failOnce } = running
    failOnce('sync', segmentName(2))
    failOnce('sync', segmentName(3))
    on.time.runUntilIdle()
    expect(filesOf(on.disk.names()).segments).toEqual([segmentName(4)])
    expectWhole(running)
  })
})

describe('segments begun anew', () => {
  it('do not grow in number while the disk is full', () => {
    // Small segments: little room is kept for a full disk.
    const running = run(bench(), { segmentBytesMax: 1 << 16 })
    const { on, log, put, failOnce } = running
    for (let i = 0; i < 60; i++) {
      put()
      on.time.runUntilIdle()
    }
    const hasFailed = failOnce('sync', FIRST)
    put()
    repeatUntil(hasFailed, () => on.time.step())
    const makeRoom = on.disk.limitRoom(on.disk.usedBytes + 1_000)
    pass(on, 60_000)
    expect([log.counters.logsRenewed, filesOf(on.disk.names()).segments.length]).toEqual([0, 2])
    makeRoom()
    expectWhole(running)
  })
})
