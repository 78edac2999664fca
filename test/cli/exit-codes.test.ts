/**
 * Each way to fail ends with the exit code that scripts rely on and one line that says why. A `serve` that cannot run
 * says so at once.
 */

import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { EXIT_OF_ERROR } from '../../src/cli/exit-codes.ts'
import { tellFailure } from '../../src/cli/failure.ts'
import { Output } from '../../src/cli/io.ts'
import { HearsayError } from '../../src/core/errors.ts'
import { newFolder } from '../platform/folders.ts'
import { Collected, run, startNode } from './command.ts'

describe('exit codes', () => {
  it('3: no node answers', async () => {
    const { code, stderr } = await run(['get', 'k', '--url', '127.0.0.1:1', '--timeout', '50'])
    expect(code).toBe(3)
    expect(stderr).toMatch(/^hearsay: ERR_UNREACHABLE: .*ECONNREFUSED.*\n {2}hint: /)
    expect(await run(['watch', '--url', '127.0.0.1:1', '--timeout', '50'])).toMatchObject({ code: 3 })
    expect(await run(['diff', '127.0.0.1:1', '127.0.0.1:1', '--timeout', '50'])).toMatchObject({ code: 3 })
  })

  it('3: no node is at the path', async () => {
    const { url } = await startNode()
    const { code, stderr } = await run(['get', 'k', '--url', `${url}/nope`])
    expect(code).toBe(3)
    expect(stderr).toMatch(/^hearsay: ERR_UNREACHABLE: .*404\n {2}hint: .*the address of a node has none/)
  })

  it('3: the node is starting', async () => {
    const server = createServer()
    server.on('upgrade', (_, socket) => socket.end('HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\n\r\n'))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void server.close())
    const { port } = server.address() as AddressInfo
    const { code, stderr } = await run(['get', 'k', '--url', `127.0.0.1:${port}`, '--timeout', '50'])
    expect(code).toBe(3)
    expect(stderr).toMatch(
      /^hearsay: ERR_UNREACHABLE: .*503.*\n {2}hint: the node is starting: .*wait and try again\n$/,
    )
  })

  it('1: the output cannot be written', async () => {
    const { url } = await startNode()
    const env = { HEARSAY_URL: url }
    await run(['put', 'k', 'v'], { env })
    const outputFails = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' })
    const stderr = 'hearsay: cannot write: ENOSPC: no space left on device, write\n'
    for (const verb of [['ls'], ['get', 'k'], ['export'], ['status'], ['watch'], ['--help']]) {
      expect(await run(verb, { env, outputFails })).toEqual({ code: 1, stdout: '', stderr })
    }
    const asJson = await run(['ls', '--json'], { env, outputFails })
    expect([asJson.code, JSON.parse(asJson.stderr)]).toEqual([
      1,
      { error: { code: 'ENOSPC', message: 'cannot write: ENOSPC: no space left on device, write' } },
    ])
  })

  it('3: the node belongs to another cluster', async () => {
    const { url } = await startNode({ cluster: 'one' })
    expect(await run(['get', 'k', '--url', url, '--cluster', 'two'])).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('ERR_WRONG_CLUSTER'),
    })
    expect(await run(['watch', '--url', url, '--cluster', 'two'])).toMatchObject({ code: 3 })
    expect(await run(['ls', '--url', url, '--cluster', 'one'])).toMatchObject({ code: 0 })
  })

  it('2: a key or value cannot be', async () => {
    const { url } = await startNode({ valueBytesMax: 10 })
    const codeOf = async (...argv: string[]): Promise<unknown[]> => {
      const { code, stderr } = await run([...argv, '--url', url])
      return [code, /ERR_\w+/.exec(stderr)?.[0]]
    }
    expect(await codeOf('put', '', 'x')).toEqual([2, 'ERR_INVALID_KEY'])
    expect(await codeOf('get', 'k'.repeat(1025))).toEqual([2, 'ERR_INVALID_KEY'])
    expect(await codeOf('put', 'k', 'x'.repeat(10))).toEqual([2, 'ERR_VALUE_TOO_LARGE'])
    expect(await codeOf('ls', '--gt', 'a', '--gte', 'b')).toEqual([2, 'ERR_INVALID_ARGUMENT'])
    expect(await codeOf('watch', 'k', '--prefix', 'p')).toEqual([2, 'ERR_INVALID_ARGUMENT'])
  })

  it('4, 5, 70: too late, not allowed, our own fault', async () => {
    const stderr = new Collected()
    const io = { env: {}, stderr: new Output(stderr, false) } as Parameters<typeof tellFailure>[1]
    const tell = (error: unknown, asJson = false): Promise<number> => tellFailure(error, io, asJson)
    expect(await tell(new HearsayError('ERR_TIMEOUT', 'late', { maybeApplied: true }))).toBe(4)
    expect(stderr.text).toBe(
      'hearsay: ERR_TIMEOUT: late\n  note: the write may have taken effect all the same\n  hint: --timeout gives it longer\n',
    )
    expect(await tell(new HearsayError('ERR_NOT_ALLOWED', 'no'))).toBe(5)
    expect(await tell(new TypeError('oops'))).toBe(70)
    expect(stderr.text).toMatch(
      /TypeError: oops\n +at .+\n[\s\S]*hearsay: ERR_INTERNAL: oops\n {2}hint: this is a fault/,
    )
  })

  it('are known for each error', () => {
    for (const code of Object.values(EXIT_OF_ERROR)) expect([1, 2, 3, 4, 5, 70, 130]).toContain(code)
  })
})

describe('serve ends at once', () => {
  const serve = async (...flags: string[]): Promise<unknown[]> => {
    const { code, stdout, stderr } = await run(['serve', '--log-level', 'silent', ...flags])
    expect(stdout).toBe('')
    return [code, /^hearsay: (ERR_\w+): .+\n( {2}hint: .+\n)?$/.exec(stderr)?.[1]]
  }

  it('when its port is in use', async () => {
    const { url } = await startNode()
    expect(await serve('--listen', url.replace('ws://', ''))).toEqual([1, 'ERR_ADDRESS_IN_USE'])
    const server = createServer().listen(0, '127.0.0.1')
    onTestFinished(() => void server.close())
    await new Promise((resolve) => server.once('listening', resolve))
    const address = server.address() as { port: number }
    expect(await serve('--listen', `127.0.0.1:${address.port}`)).toEqual([1, 'ERR_ADDRESS_IN_USE'])
  })

  it('when its folder is in use, or cannot be one', async () => {
    const folder = newFolder()
    await startNode({ dataDir: join(folder, 'a') })
    writeFileSync(join(folder, 'file'), '')
    const listen = ['--listen', '127.0.0.1:0']
    expect(await serve(...listen, '--data-dir', join(folder, 'a'))).toEqual([1, 'ERR_FOLDER_IN_USE'])
    expect(await serve(...listen, '--data-dir', join(folder, 'file', 'a'))).toEqual([1, 'ERR_FOLDER_UNUSABLE'])
  })

  it('when a setting is wrong', async () => {
    expect(await serve('--listen', 'nowhere')).toEqual([2, 'ERR_INVALID_ARGUMENT'])
    expect(await serve('--name', 'a b')).toEqual([2, 'ERR_INVALID_ARGUMENT'])
    expect(await serve('--suspect-after-ms', '20000')).toEqual([2, 'ERR_INVALID_ARGUMENT'])
    expect(await serve('--dead-after-ms', '1')).toEqual([2, 'ERR_USAGE'])
  })
})
