/** A node whose disk fails for good goes on with what it has, and says so. */

import { describe, expect, it } from 'vitest'
import { DiskStage, killDisk, put, type Started, textOf } from './disk-stage.ts'

/** Longer than all tries to write the log anew. */
const GIVEN_UP_MS = 20_000

async function deadNode() {
  const stage = new DiskStage()
  const disk = stage.disk()
  const a = stage.host('a', disk.mount())
  const b = stage.host('b', undefined, ['a'])
  await stage.time.advance(3_000)
  const before = put(a.host, 'k', 'before')
  await stage.time.advance(3_000)
  expect(before.error).toBeUndefined()
  killDisk(disk)
  return { stage, disk, a, b }
}

async function givenUp() {
  const made = await deadNode()
  put(made.a.host, 'lost', 'x')
  await made.stage.time.advance(GIVEN_UP_MS)
  return made
}

describe('a node whose disk fails for good', () => {
  it('tells whoever waits that it may have been applied, and refuses what comes later', async () => {
    const { stage, a } = await deadNode()
    const first = put(a.host, 'x', '1')
    await stage.time.advance(500)
    expect(first.error).toMatchObject({ code: 'ERR_DISK_FAILED', maybeApplied: true })
    const meanwhile = put(a.host, 'y', '1')
    await stage.time.advance(GIVEN_UP_MS)
    expect(meanwhile.error).toMatchObject({ code: 'ERR_DISK_FAILED', maybeApplied: true })
    const late = put(a.host, 'z', '1')
    await stage.time.settle()
    expect(late.error).toMatchObject({ code: 'ERR_DISK_FAILED', maybeApplied: false })
    expect(textOf(a.host, 'z')).toBeUndefined()
  })

  it('says so once, loudly, and in its status', async () => {
    const { stage, a } = await deadNode()
    expect(a.host.status()).toMatchObject({ state: 'running', disk: 'ok', recovery: undefined })
    put(a.host, 'x', '1')
    await stage.time.advance(GIVEN_UP_MS)
    expect(a.host.status()).toMatchObject({ state: 'read-only', disk: 'failed' })
    const errors = a.logged.filter(({ level, text }) => level === 'error' && text.includes('for good'))
    expect(errors).toMatchObject([{ fields: { code: 'ERR_DISK_FAILED', reason: expect.stringContaining('EIO') } }])
    expect(a.fatal).toEqual([])
  })

  it('serves what it has, and gives it to others', async () => {
    const { stage, a } = await givenUp()
    expect(textOf(a.host, 'k')).toBe('before')
    const backup = a.host.backup()
    expect(backup.next(1 << 20)?.length).toBeGreaterThan(0)
    backup.close()
    const c = stage.host('c', undefined, ['a'])
    await stage.time.advance(5_000)
    expect([c.started, textOf(c.host, 'k')]).toEqual([[undefined], 'before'])
  })

  it('takes nothing in, asks for nothing, and promises nothing more', async () => {
    const { stage, a, b } = await givenUp()
    const lowMs = lowOf(a)
    const { pullsGiven = 0 } = b.host.status().counters
    put(b.host, 'new', '1')
    await stage.time.advance(GIVEN_UP_MS)
    expect(textOf(b.host, 'new')).toBe('1')
    expect(textOf(a.host, 'new')).toBeUndefined()
    expect(a.host.status().counters.contentsShed).toBeGreaterThan(0)
    expect(b.host.status().counters.pullsGiven).toBe(pullsGiven)
    expect(lowOf(a)).toBe(lowMs)
    expect(a.host.stalenessMs()).toBeGreaterThan(GIVEN_UP_MS)
  })

  it('takes no orders that its log should have', async () => {
    const { stage, a } = await givenUp()
    const told: (string | undefined)[] = []
    a.host.forget('b', (error) => told.push(error?.code))
    a.host.resetClock((error) => told.push(error?.code))
    a.host.sync('b', (error) => told.push(error?.code))
    await stage.time.settle()
    expect(told).toEqual(['ERR_DISK_FAILED', 'ERR_DISK_FAILED', 'ERR_DISK_FAILED'])
  })

  it('ends in good order, and has what was durable when it starts on a disk that works', async () => {
    const { stage, disk, a } = await givenUp()
    const ended: unknown[] = []
    a.host.close((error) => ended.push(error))
    await stage.time.advance(100)
    expect(ended).toEqual([undefined])
    expect(a.host.status().state).toBe('stopped')
    const works = stage.disk()
    works.restore(disk.image())
    const again = stage.host('a', works.mount(), ['b'])
    await stage.time.advance(5_000)
    expect([again.started, textOf(again.host, 'k')]).toEqual([[undefined], 'before'])
  })

  it('does not start', async () => {
    const stage = new DiskStage()
    const disk = stage.disk()
    killDisk(disk)
    const { started, host } = stage.host('a', disk.mount())
    await stage.time.advance(GIVEN_UP_MS)
    expect(started).toEqual(['ERR_DISK_FAILED'])
    expect(host.status().state).toBe('stopped')
  })
})

function lowOf({ host }: Started): number | undefined {
  return host.members().find(({ self }) => self)?.lowMs
}
