/** A node that reads its log says how far it is, and answers nothing else. */

import { describe, expect, it } from 'vitest'
import { DiskStage, holdReads, put, textOf } from './disk-stage.ts'

/** Values that a window of the reader does not hold at once. */
const VALUE = 'v'.repeat(900_000)
const COUNT = 5

async function withLog() {
  const stage = new DiskStage()
  const disk = stage.disk()
  const former = stage.host('a', disk.mount())
  await stage.time.advance(100)
  for (let i = 0; i < COUNT; i++) {
    put(former.host, `k${i}`, VALUE)
    await stage.time.advance(100)
  }
  former.host.close(() => {})
  await stage.time.advance(100)
  const held = holdReads(disk.mount(), '.log')
  const node = stage.host('a', held.disk)
  await stage.time.advance(100)
  /** Lets one read happen. */
  const read = async (): Promise<boolean> => {
    const any = held.release()
    await stage.time.advance(10)
    return any
  }
  return { stage, node, read, bytesAll: [...disk.image().values()].reduce((sum, file) => sum + file.length, 0) }
}

describe('a node that reads its log', () => {
  it('says in its status how far it is, and what it will be of no sooner than it is', async () => {
    const { node, read } = await withLog()
    const { host } = node
    const seen: number[] = []
    while (node.started.length === 0) {
      const { state, recovery, keys, fingerprint } = host.status()
      if (recovery !== undefined) {
        expect({ state, keys, fingerprint }).toEqual({ state: 'recovering', keys: 0, fingerprint: '' })
        if (recovery.bytesAll > 0) seen.push(recovery.bytes / recovery.bytesAll)
        expect(host.notReady).toMatchObject({ code: 'ERR_NOT_READY', retryable: true })
      }
      await read()
    }
    expect(seen.length).toBeGreaterThan(COUNT / 2)
    expect(seen).toEqual([...seen].sort((a, b) => a - b))
    expect(seen[0]).toBe(0)
    expect(host.status()).toMatchObject({ state: 'running', recovery: undefined, keys: COUNT })
    expect(host.notReady).toBeUndefined()
    expect(textOf(host, 'k0')).toBe(VALUE)
  })

  it('refuses writes and orders as not ready, in words that say how far it is', async () => {
    const { stage, node, read } = await withLog()
    await read()
    await read()
    const early = put(node.host, 'k', 'v')
    const told: (string | undefined)[] = []
    node.host.sync('b', (error) => told.push(error?.code))
    await stage.time.settle()
    expect(early.error).toMatchObject({
      code: 'ERR_NOT_READY',
      maybeApplied: false,
      message: expect.stringMatching(/^the node is reading its log: \d+ % of \d+ MB$/),
    })
    expect(told).toEqual(['ERR_NOT_READY'])
    expect(() => node.host.backup()).toThrow(expect.objectContaining({ code: 'ERR_NOT_READY' }))
    expect(node.host.isListening).toBe(false)
  })

  it('logs what there is to read, at most a line a second, and the end', async () => {
    const { stage, node, read } = await withLog()
    while (await read()) await stage.time.advance(600)
    const lines = node.logged.filter(({ text }) => /Reading the log|The log was read/.test(text))
    expect(lines[0]).toMatchObject({ level: 'info', fields: { bytes: expect.any(Number) } })
    expect(lines.at(-1)).toMatchObject({ text: 'The log was read', fields: { entries: COUNT, ms: expect.any(Number) } })
    const between = lines.slice(1, -1).map(({ text }) => text)
    expect(between.length).toBeGreaterThan(0)
    expect(between.length).toBeLessThan(COUNT)
    for (const text of between) expect(text).toMatch(/^Reading the log: \d+ %$/)
  })

  it('with nothing to read says nothing of it', async () => {
    const stage = new DiskStage()
    const { logged, started } = stage.host('a', stage.disk().mount())
    await stage.time.advance(1_000)
    expect(started).toEqual([undefined])
    expect(logged.filter(({ text }) => text.includes('the log'))).toEqual([])
  })

  it('can be closed meanwhile', async () => {
    const { stage, node, read } = await withLog()
    const ended: unknown[] = []
    node.host.close((error) => ended.push(error))
    await stage.time.settle()
    expect([ended, node.host.status().state]).toEqual([[undefined], 'stopped'])
    while (await read());
    expect(node.started).toEqual([])
  })
})
