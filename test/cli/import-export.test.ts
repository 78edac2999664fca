/**
 * What one node exports another imports byte for byte. A line that cannot be stops the import there, and is named by
 * its number.
 */

import { once } from 'node:events'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { BATCHES_IN_FLIGHT_MAX, BatchWriter } from '../../src/cli/batch-writer.ts'
import type { BatchOperation } from '../../src/client/store.ts'
import { HearsayError } from '../../src/core/errors.ts'
import { newFolder } from '../platform/folders.ts'
import { run, start, startNode } from './command.ts'

const numbered = (from: number, to: number): string =>
  Array.from({ length: to - from }, (_, i) => `{"key":"k${from + i}","value":${from + i}}\n`).join('')

describe('export and import', () => {
  it('carry everything from one node to another, byte for byte', async () => {
    const [a, b] = [await startNode(), await startNode({ name: 'b' })]
    const file = join(newFolder(), 'all.ndjson')
    await run(['put', 'odd', '-', '--codec', 'bytes', '--url', a.url], { stdin: Buffer.from([0xff, 10]) })
    await run(['put', 'long', '12345678901234567890', '--url', a.url])
    await run(['import', '--url', a.url], { stdin: numbered(0, 2500) })
    expect(await run(['export', '--out', file, '--url', a.url])).toEqual({
      code: 0,
      stdout: '',
      stderr: `exported 2,502 keys to ${file}\n`,
    })
    expect(existsSync(`${file}.part`)).toBe(false)
    expect(await run(['import', file, '--url', b.url, '--json'])).toEqual({
      code: 0,
      stdout: '{"imported":2502,"expired":0}\n',
      stderr: '',
    })
    const exported = await run(['export', '--url', b.url])
    expect(exported.stdout).toBe(readFileSync(file, 'utf8'))
    expect(exported.stdout).toContain('{"key":"long","value":12345678901234567890}\n{"key":"odd","base64":"/wo="}\n')
    expect((await run(['export', 'k249', '--url', b.url])).stdout.split('\n')).toHaveLength(12)
  })

  it('keep the time of what expires, and skip what has expired', async () => {
    const [a, b] = [await startNode(), await startNode({ name: 'b' })]
    await a.put('soon', { x: 12 }, { ttl: 3_600_000 })
    await a.put('stays', 1)
    const { stdout } = await run(['export', '--url', a.url])
    const { expiresAt = 0 } = (await a.getEntry('soon')) ?? {}
    expect(stdout).toBe(`{"key":"soon","expiresAt":${expiresAt},"value":{"x":12}}\n{"key":"stays","value":1}\n`)
    const stdin = `${stdout}{"key":"gone","expiresAt":1,"value":1}\n`
    expect(await run(['import', '--url', b.url], { stdin })).toEqual({
      code: 0,
      stdout: '',
      stderr: 'imported 2 records, skipped 1 record that had expired\n',
    })
    const copied = await b.getEntry('soon')
    expect(copied?.value).toEqual({ x: 12 })
    expect(Math.abs((copied?.expiresAt ?? 0) - expiresAt)).toBeLessThan(60_000)
    expect([await b.getEntry('stays'), await b.has('gone')]).toEqual([
      expect.not.objectContaining({ expiresAt: 1 }),
      false,
    ])
    const asJson = await run(['import', '--json', '--url', b.url], { stdin })
    expect(JSON.parse(asJson.stdout)).toEqual({ imported: 2, expired: 1 })
  })

  it('leave the last good file when an export fails', async () => {
    const file = join(newFolder(), 'backup')
    writeFileSync(file, 'good')
    expect(await run(['export', '--out', file, '--url', '127.0.0.1:1', '--timeout', '50'])).toMatchObject({ code: 3 })
    expect([readFileSync(file, 'utf8'), existsSync(`${file}.part`)]).toEqual(['good', false])
    expect(await run(['export', '--out', '/nowhere/x'])).toMatchObject({ code: 2 })
  })

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('leave no part of a file when an export is stopped by %s', async (signal, code) => {
    const server = createServer().listen(0, '127.0.0.1')
    onTestFinished(() => void server.close())
    await once(server, 'listening')
    const file = join(newFolder(), 'backup')
    writeFileSync(file, 'good')
    const { port } = server.address() as AddressInfo
    const dialled = once(server, 'connection')
    const stopped = start(['export', '--out', file, '--url', `127.0.0.1:${port}`])
    await dialled
    expect(existsSync(`${file}.part`)).toBe(true)
    stopped.stop(signal)
    expect(await stopped.ended).toEqual({ code, stdout: '', stderr: '' })
    expect([readFileSync(file, 'utf8'), existsSync(`${file}.part`)]).toEqual(['good', false])
  })

  it('take records of others by a field', async () => {
    const node = await startNode()
    const stdin = '{"id":"ann","age":1}\r\n\n{"id":7,"age":2}'
    const flags = ['--key', 'id', '--prefix', 'users/', '--url', node.url]
    expect(await run(['import', '-', ...flags], { stdin })).toEqual({
      code: 0,
      stdout: '',
      stderr: 'imported 2 records\n',
    })
    expect(await node.get('users/ann')).toEqual({ id: 'ann', age: 1 })
    expect(await node.get('users/7')).toEqual({ id: 7, age: 2 })
  })

  it('stop at a bad line: what stood before it is stored, and nothing behind it', async () => {
    const node = await startNode()
    const stdin = `${numbered(0, 700)}nope\n${numbered(700, 1400)}`
    const { code, stderr } = await run(['import', '--url', node.url], { stdin })
    expect(code).toBe(2)
    expect(stderr).toMatch(/^hearsay: ERR_INVALID_VALUE: line 701: not JSON: .* \(700 records imported\)\n/)
    expect(node.status().keys).toBe(700)
    const bad = await run(['import', '--url', node.url], { stdin: '{"key":"","value":1}' })
    expect(bad.stderr).toContain('ERR_INVALID_KEY: line 1: a key cannot be empty (0 records imported)')
  })

  it('name the lines that a node refuses', async () => {
    const { url } = await startNode({ valueBytesMax: 8 })
    const { code, stderr } = await run(['import', '--url', url], {
      stdin: `${numbered(0, 2)}{"key":"x","value":"too long"}`,
    })
    expect(code).toBe(2)
    expect(stderr).toContain('ERR_VALUE_TOO_LARGE: lines 1 to 3: the value of x takes 10 bytes')
  })

  it('end with 2 when there is no such file', async () => {
    const { url } = await startNode()
    expect(await run(['import', '/nowhere', '--url', url])).toMatchObject({
      code: 2,
      stderr: 'hearsay: ERR_INVALID_ARGUMENT: there is nothing at /nowhere\n',
    })
  })
})

describe('a batch writer', () => {
  const value = new Uint8Array(1)

  it('keeps few batches under way, in order, and sends none behind a failure', async () => {
    const answers: PromiseWithResolvers<never>[] = []
    const sent: (readonly BatchOperation<Uint8Array>[])[] = []
    const batch = (operations: readonly BatchOperation<Uint8Array>[]): Promise<never> => {
      sent.push(operations)
      const answer = withResolvers<never>()
      answers.push(answer)
      return answer.promise
    }
    const writer = new BatchWriter({ batch }, () => {})
    const adding = (async () => {
      for (let line = 1; ; line++) await writer.add({ key: `k${line}`, value }, line)
    })()
    await new Promise((resolve) => setImmediate(resolve))
    expect(sent).toHaveLength(BATCHES_IN_FLIGHT_MAX)
    expect(sent.flat().map(({ key }) => key)).toEqual(Array.from({ length: 2000 }, (_, i) => `k${i + 1}`))
    answers[1]?.reject(new HearsayError('ERR_OVERLOADED', 'full'))
    await expect(adding).rejects.toThrow('lines 501 to 1000: full')
    answers[0]?.resolve({} as never)
    answers[2]?.resolve({} as never)
    answers[3]?.resolve({} as never)
    await expect(writer.finish()).rejects.toThrow('full')
    expect([sent.length, writer.written]).toEqual([BATCHES_IN_FLIGHT_MAX, 1500])
  })

  it('sends a batch early when it has many bytes', async () => {
    const sizes: number[] = []
    const batch = async (operations: readonly unknown[]): Promise<never> => {
      sizes.push(operations.length)
      return {} as never
    }
    const writer = new BatchWriter({ batch }, () => {})
    for (let line = 1; line <= 5; line++) await writer.add({ key: 'k', value: new Uint8Array(100_000) }, line)
    await writer.finish()
    expect(sizes).toEqual([3, 2])
  })
})

interface PromiseWithResolvers<T> {
  readonly promise: Promise<T>
  resolve(value: T): void
  reject(error: unknown): void
}

function withResolvers<T>(): PromiseWithResolvers<T> {
  let resolve: (value: T) => void = () => {}
  let reject: (error: unknown) => void = () => {}
  const promise = new Promise<T>((yes, no) => {
    resolve = yes
    reject = no
  })
  return { promise, resolve, reject }
}
