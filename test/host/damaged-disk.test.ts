/** A node whose log was damaged, and one whose disk is slow: what they show, and what becomes of what was set aside. */

import { describe, expect, it } from 'vitest'
import { DiskStage, put, textOf } from './disk-stage.ts'

const KEYS = Array.from({ length: 2_500 }, (_, i) => `k${i}`)

describe('a lone node whose log was damaged', () => {
  it('serves when all that lay behind the damage is in, and lets go of what was set aside', async () => {
    const stage = new DiskStage()
    const disk = stage.disk()
    const a = stage.host('a', disk.mount())
    await stage.time.advance(1_000)
    // A record for each turn of the loop.
    for (const [i, key] of KEYS.entries()) {
      put(a.host, key, `of ${key}`)
      if (i % 10 === 9) await stage.time.advance(5)
    }
    await stage.time.advance(2_000)
    await new Promise<void>((resolve) => {
      a.host.close(() => resolve())
      void stage.time.advance(1_000)
    })
    const segment = disk.names().find((name) => name.endsWith('.log')) ?? ''
    // Within the value of one of the first keys.
    disk.rot({ name: segment, position: 700 }, 1)

    const again = stage.host('a', disk.mount())
    const shown = new Set<number>()
    for (let i = 0; i < 400; i++) {
      await stage.time.advance(5)
      if (again.started.length > 0) shown.add(KEYS.filter((key) => textOf(again.host, key) !== undefined).length)
    }
    expect(again.started).toEqual([undefined])
    // One record is lost, and nobody ever finds less than the rest.
    expect([...shown]).toEqual([KEYS.length - 10])
    expect(again.host.status()).toMatchObject({ state: 'running', salvage: undefined })
    expect(again.host.status().counters.entriesSalvaged).toBeGreaterThan(2_400)
    expect(again.logged.map(({ text }) => text)).toContain(
      'All that was set aside is in again; these files may be deleted',
    )
    expect(disk.names().filter((name) => name.startsWith('set-aside-'))).toEqual([])
    expect(disk.names().filter((name) => name.startsWith('salvaged-'))).toHaveLength(1)
  })
})

describe('a node whose disk is slow', () => {
  it('says so, and when it is quick again', async () => {
    const stage = new DiskStage()
    const disk = stage.disk()
    const a = stage.host('a', disk.mount())
    await stage.time.advance(1_000)
    const quicken = disk.slowSyncs(5_000)
    const waiting = put(a.host, 'k', 'v')
    await stage.time.advance(2_000)
    expect(a.host.status()).toMatchObject({ state: 'running', disk: 'slow' })
    expect(waiting.version).toBeUndefined()
    expect(textOf(a.host, 'k')).toBe('v')
    await stage.time.advance(6_000)
    expect(waiting.version).toBeDefined()
    quicken()
    put(a.host, 'k', 'w')
    await stage.time.advance(10_000)
    expect(a.host.status().disk).toBe('ok')
    const words = a.logged.map(({ text }) => text).filter((text) => text.startsWith('The disk'))
    expect(words).toEqual([
      'The disk is slow: a sync takes longer than a second, and writes wait for it',
      'The disk syncs as quickly as before',
    ])
  })
})
