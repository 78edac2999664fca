/** The simulated disk does what a disk must, and loses at a crash what it may lose and nothing else. */

import { describe, expect, it } from 'vitest'
import { SimDisk } from '../../sim/disk.ts'
import { seededRng } from '../../src/core/rng.ts'
import { diskSuite } from '../suites/disk-suite.ts'
import { VirtualTime } from './virtual-time.ts'

diskSuite(async () => {
  const disk = new SimDisk({ rng: seededRng(7), schedule: (_delayMs, call) => void setImmediate(call) })
  return { open: async () => disk.mount(), remove: async () => {} }
})

const text = (bytes: Uint8Array | undefined): string | undefined => bytes && Buffer.from(bytes).toString('latin1')
const noop = (): void => {}

/** One synced and one unsynced write to one file; crashed when all is done, or after `steps` calls. */
function crashed(
  seed: number,
  loseTail: 'none' | 'unsynced',
  steps = 1000,
): { left: string | undefined; replies: number } {
  const time = new VirtualTime(seededRng(seed))
  const disk = new SimDisk(time)
  disk.loseTail = loseTail
  let replies = 0
  const count = (): void => {
    replies += 1
  }
  const mount = disk.mount()
  mount.open('f', true, (_error, file) => {
    count()
    mount.syncFolder(count)
    file?.write(0, [Buffer.from('synced-')], count)
    file?.sync(count)
    file?.write(7, [Buffer.from('loose')], count)
  })
  for (let i = 0; i < steps && time.step(); i++);
  disk.crash()
  const before = replies
  time.runUntilIdle()
  expect(replies).toBe(before)
  return { left: text(disk.image().get('f')), replies }
}

describe('a crash of the simulated disk', () => {
  it('keeps everything written when only the process ends', () => {
    for (let seed = 1; seed < 50; seed++) expect(crashed(seed, 'none').left).toBe('synced-loose')
  })

  it('keeps what was synced at power loss, and of the rest anything may be left', () => {
    const lefts = new Set<string | undefined>()
    for (let seed = 1; seed < 300; seed++) {
      const { left } = crashed(seed, 'unsynced')
      expect(left?.startsWith('synced-')).toBe(true)
      lefts.add(left)
    }
    expect(lefts).toContain('synced-')
    expect(lefts).toContain('synced-loose')
    expect(lefts.size).toBeGreaterThan(3)
  })

  it('calls nobody back, at whatever moment', () => {
    for (let seed = 1; seed < 20; seed++) for (let steps = 0; steps < 7; steps++) crashed(seed, 'unsynced', steps)
  })

  it('may lose names that were not synced', () => {
    const names = new Set<string>()
    for (let seed = 1; seed < 100; seed++) {
      const time = new VirtualTime(seededRng(seed))
      const disk = new SimDisk(time)
      disk.loseTail = 'unsynced'
      disk.restore(new Map([['old', Buffer.from('x')]]))
      const mount = disk.mount()
      mount.open('new', true, noop)
      mount.rename('old', 'renamed', noop)
      time.runUntilIdle()
      disk.crash()
      names.add([...disk.image().keys()].sort().join())
    }
    expect([...names].sort()).toStrictEqual(['new,old', 'new,renamed', 'old', 'renamed'])
  })

  it('is the same for the same seed', () => {
    for (let seed = 1; seed < 50; seed++) {
      const steps = seed % 6
      expect(crashed(seed, 'unsynced', steps)).toStrictEqual(crashed(seed, 'unsynced', steps))
    }
  })

  it('cuts the dead process off from the disk', () => {
    const time = new VirtualTime(seededRng(3))
    const disk = new SimDisk(time)
    const dead = disk.mount()
    disk.crash()
    dead.open('ghost', true, () => expect.fail('called back'))
    time.runUntilIdle()
    expect(disk.image().size).toBe(0)
    disk.mount()
  })
})
