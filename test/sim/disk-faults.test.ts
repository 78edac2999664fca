/** A simulated disk fails as real ones do: syncs that lose what they were for, no room, short writes, bytes that change. */

import { describe, expect, it } from 'vitest'
import { SimDisk } from '../../sim/disk.ts'
import { type DiskVerb, systemError } from '../../sim/disk-fault.ts'
import type { DiskFile, Done } from '../../src/core/ports.ts'
import { seededRng } from '../../src/core/rng.ts'
import { VirtualTime } from '../storage/virtual-time.ts'

interface Bench {
  readonly time: VirtualTime
  readonly disk: SimDisk
  /** Waits for it; `ok`, or the error's code. */
  ask(operation: (done: Done) => void): string
  open(name: string): DiskFile
  write(file: DiskFile, position: number, text: string): string
  /** As programs see it. */
  content(name: string): string | undefined
  /** After this, only what is durable is there, and perhaps more. */
  losePower(): void
}

function bench(files: Readonly<Record<string, string>> = {}, seed = 1): Bench {
  const time = new VirtualTime(seededRng(seed))
  const disk = new SimDisk(time)
  disk.restore(new Map(Object.entries(files).map(([name, text]) => [name, Buffer.from(text)])))
  let mount = disk.mount()
  const ask: Bench['ask'] = (operation) => {
    let answer = 'never'
    operation((error) => {
      answer = error === undefined ? 'ok' : (error.code ?? '?')
    })
    time.runUntilIdle()
    return answer
  }
  return {
    time,
    disk,
    ask,
    open(name) {
      let file: DiskFile | undefined
      ask((done) =>
        mount.open(name, true, (error, opened) => {
          file = opened
          done(error)
        }),
      )
      return file!
    },
    write: (file, position, text) => ask((done) => file.write(position, [Buffer.from(text)], done)),
    content(name) {
      const bytes = disk.image().get(name)
      return bytes && Buffer.from(bytes).toString('latin1')
    },
    losePower() {
      disk.loseTail = 'unsynced'
      disk.crash()
      mount = disk.mount()
    },
  }
}

describe('a sync that fails with EIO', () => {
  it('loses what it was for: programs see it, the next sync succeeds, and at power loss it is gone', () => {
    for (let seed = 1; seed < 40; seed++) {
      const on = bench({ f: 'old-' }, seed)
      const file = on.open('f')
      on.write(file, 4, 'lost')
      const repair = on.disk.onOperation((verb) => (verb === 'sync' ? systemError('EIO', 'bad') : undefined))
      expect(on.ask((done) => file.sync(done))).toBe('EIO')
      repair()
      expect(on.content('f')).toBe('old-lost')
      expect(on.ask((done) => file.sync(done))).toBe('ok')
      on.write(file, 8, '-kept')
      expect(on.ask((done) => file.sync(done))).toBe('ok')
      on.losePower()
      expect(on.content('f')).toBe('old-\0\0\0\0-kept')
    }
  })
})

describe('a disk with no room', () => {
  it('writes what fits and fails with ENOSPC, wherever in a write the room ends', () => {
    for (let room = 0; room <= 12; room++) {
      const on = bench({ other: 'abc', f: '12' })
      on.disk.limitRoom(room)
      const file = on.open('f')
      const fits = Math.max(0, Math.min(6, room - 5))
      expect(on.write(file, 2, 'abcdef')).toBe(fits === 6 ? 'ok' : 'ENOSPC')
      expect(on.content('f')).toBe(`12${'abcdef'.slice(0, fits)}`)
    }
  })

  it('takes overwriting, and again what truncating and removing give back', () => {
    const on = bench({ other: 'abc', f: '12' })
    const lift = on.disk.limitRoom(5)
    const file = on.open('f')
    expect(on.write(file, 0, 'AB')).toBe('ok')
    expect(on.write(file, 2, 'C')).toBe('ENOSPC')
    const other = on.open('other')
    expect(on.ask((done) => other.truncate(1, done))).toBe('ok')
    expect(on.write(file, 2, 'CDE')).toBe('ENOSPC')
    expect(on.content('f')).toBe('ABCD')
    lift()
    expect(on.write(file, 4, 'EFGH')).toBe('ok')
    expect(on.content('f')).toBe('ABCDEFGH')
  })

  it('has the least room of all limits that stand', () => {
    const on = bench()
    const file = on.open('f')
    const lift = [on.disk.limitRoom(3), on.disk.limitRoom(1), on.disk.limitRoom(2)]
    expect(on.write(file, 0, '1234')).toBe('ENOSPC')
    expect(on.content('f')).toBe('1')
    lift[1]?.()
    on.write(file, 0, '1234')
    expect(on.content('f')).toBe('12')
    lift[2]?.()
    lift[2]?.()
    on.write(file, 0, '1234')
    expect(on.content('f')).toBe('123')
  })
})

describe('a short write', () => {
  it('writes the stated share and fails', () => {
    const on = bench()
    const file = on.open('f')
    on.disk.onOperation((verb) => (verb === 'write' ? systemError('EIO', 'bad', 0.5) : undefined))
    expect(on.ask((done) => file.write(0, [Buffer.from('abc'), Buffer.from('defgh')], done))).toBe('EIO')
    expect(on.content('f')).toBe('abcd')
  })
})

describe('damage', () => {
  const files = { a: 'aaaaaaaa', b: '01234567' }

  it('flips just the stated bits, below what is not synced', () => {
    const on = bench(files)
    const file = on.open('b')
    on.write(file, 6, 'XYZ')
    on.disk.rot({ name: 'b', position: 2 }, 4)
    on.disk.rot({ name: 'b', position: 7 }, 4)
    on.disk.rot({ name: 'b', position: 8 }, 4)
    on.disk.rot({ name: 'none', position: 0 }, 4)
    expect(on.content('b')).toBe('016345XYZ')
    expect(on.content('a')).toBe(files.a)
    expect(Buffer.from(on.disk.find('b')!.durable()).toString()).toBe('01634563')
  })

  it('copies a stretch over another place, and makes no file longer', () => {
    const on = bench(files)
    on.disk.misdirect({ name: 'b', position: 1 }, { name: 'a', position: 3 }, 2)
    expect(on.content('a')).toBe('aaa12aaa')
    on.disk.misdirect({ name: 'b', position: 4 }, { name: 'a', position: 6 }, 100)
    expect(on.content('a')).toBe('aaa12a45')
    expect(on.content('b')).toBe(files.b)
  })

  it('cuts a file in use, and reads end there', () => {
    const on = bench(files)
    const file = on.open('b')
    on.disk.cut('b', 3)
    let read = ''
    on.ask((done) =>
      file.read(0, 8, (error, bytes) => {
        read = Buffer.from(bytes).toString()
        done(error)
      }),
    )
    expect(read).toBe('012')
    on.disk.cut('b', 100)
    expect(on.content('b')).toBe('012')
  })

  it('finds each durable byte by its share of the disk', () => {
    const on = bench({ ...files, c: '' })
    expect(on.disk.placeAt(0)).toStrictEqual({ name: 'a', position: 0 })
    expect(on.disk.placeAt(0.5)).toStrictEqual({ name: 'b', position: 0 })
    expect(on.disk.placeAt(1)).toStrictEqual({ name: 'b', position: 7 })
    expect(bench().disk.placeAt(0.5)).toBeUndefined()
  })
})

describe('what stands', () => {
  it('is all asked, in order, the first failure counts, and each is taken back alone', () => {
    const on = bench()
    const file = on.open('f')
    const heard: string[] = []
    const hook = (name: string) => (verb: DiskVerb, of: string) => {
      heard.push(`${name} ${verb} ${of}`)
      return systemError(name, 'bad')
    }
    const undo = ['A', 'B', 'C'].map((name) => on.disk.onOperation(hook(name)))
    expect(on.write(file, 0, 'x')).toBe('A')
    expect(heard).toStrictEqual(['A write f', 'B write f', 'C write f'])
    undo[0]?.()
    undo[0]?.()
    expect(on.write(file, 0, 'x')).toBe('B')
    undo[1]?.()
    undo[2]?.()
    expect(on.write(file, 0, 'x')).toBe('ok')
    expect(heard).toHaveLength(5)
  })

  it('slows syncs by the most of all delays', () => {
    const on = bench()
    const file = on.open('f')
    const syncMs = (): number => {
      const from = on.time.nowMs
      on.ask((done) => file.sync(done))
      return on.time.nowMs - from
    }
    const undo = [on.disk.slowSyncs(1_000), on.disk.slowSyncs(3_000), on.disk.slowSyncs(1_000)]
    expect(syncMs()).toBeGreaterThan(3_000)
    undo[1]?.()
    undo[0]?.()
    const slow = syncMs()
    expect(slow).toBeGreaterThan(1_000)
    expect(slow).toBeLessThan(2_000)
    undo[2]?.()
    expect(syncMs()).toBeLessThan(10)
  })

  it('draws the same delays whether or not there was a crash', () => {
    const delays = (crashes: number): number[] => {
      const on = bench()
      for (let i = 0; i < crashes; i++) on.losePower()
      const from = on.time.nowMs
      const file = on.open('f')
      on.write(file, 0, 'x')
      return [on.time.nowMs - from]
    }
    expect(delays(3)).toStrictEqual(delays(0))
  })
})
