/** Each verb run against real nodes does what its help says, for a person and with `--json` for a program. */

import { describe, expect, it, onTestFinished } from 'vitest'
import { createNode } from '../../src/node/create-node.ts'
import { newFolder } from '../platform/folders.ts'
import { run, start, startNode, urlOf } from './command.ts'
import { startFakeNode } from './fake-node.ts'

const version = { time: expect.any(Number), origin: expect.stringMatching(/^a\/1\//) }
const json = (text: string): unknown => JSON.parse(text)
const lines = (text: string): unknown[] => text.trimEnd().split('\n').map(json)

describe('get, put, del', () => {
  it('store what is typed and print it', async () => {
    const { url } = await startNode()
    expect(await run(['put', 'greeting', 'hello', '--url', url])).toEqual({ code: 0, stdout: '', stderr: '' })
    expect(await run(['get', 'greeting', '--url', url])).toEqual({ code: 0, stdout: '"hello"\n', stderr: '' })
    expect(await run(['del', 'greeting', 'missing', '--url', url])).toEqual({ code: 0, stdout: '', stderr: '' })
    expect(await run(['get', 'greeting', '--url', url])).toEqual({
      code: 1,
      stdout: '',
      stderr: 'hearsay: no such key: "greeting"\n',
    })
  })

  it('speak JSON', async () => {
    const node = await startNode()
    const env = { HEARSAY_URL: node.url, HEARSAY_JSON: '1' }
    expect(json((await run(['put', 'k', '{"a":1}'], { env })).stdout)).toEqual({ key: 'k', version })
    expect(json((await run(['get', 'k'], { env })).stdout)).toMatchObject({ key: 'k', value: { a: 1 }, version })
    expect(json((await run(['del', 'k', 'l'], { env })).stdout)).toEqual({ deleted: ['k', 'l'] })
    expect(json((await run(['get', 'k'], { env })).stderr)).toMatchObject({ error: { key: 'k' } })
  })

  it('give a value a time to live, and show it', async () => {
    const node = await startNode()
    const env = { HEARSAY_URL: node.url }
    expect(await run(['put', 'k', 'v', '--ttl', '2h'], { env })).toEqual({ code: 0, stdout: '', stderr: '' })
    const { expiresAt } = (await node.getEntry('k')) ?? {}
    expect(expiresAt).toBeGreaterThan(Date.now() + 7_000_000)
    expect(json((await run(['get', 'k', '--json'], { env })).stdout)).toMatchObject({
      key: 'k',
      value: 'v',
      version,
      expiresAt,
    })
    expect((await run(['get', 'k'], { env })).stdout).toBe('"v"\n')
    expect(lines((await run(['ls', '--json'], { env })).stdout)).toEqual([{ key: 'k', version, expiresAt }])
    expect(lines((await run(['ls', '--json', '--values'], { env })).stdout)).toMatchObject([{ value: 'v', expiresAt }])
    for (const ttl of ['0s', 'soon', '1y', '9999999999d']) {
      expect(await run(['put', 'k', 'w', '--ttl', ttl], { env })).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('--ttl must be a span of time'),
      })
    }
    expect(await run(['put', 'k', 'w', '--ttl', '60'], { env })).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('ERR_USAGE: --ttl needs a unit (ms, s, m, h or d): not "60", but 60s or 60ms'),
    })
    expect(await node.get('k')).toBe('v')
  })

  it('say how stale a read can be, and null when nobody knows', async () => {
    const { host, url } = await startFakeNode()
    host.write([{ key: 'k', value: new TextEncoder().encode('1'), ttlMs: undefined }], () => {})
    const read = async () => json((await run(['get', 'k', '--json', '--url', url])).stdout)
    expect(await read()).toMatchObject({ stalenessMs: null })
    host.staleMs = 40
    expect(await read()).toMatchObject({ stalenessMs: 40 })
  })

  it('read values from standard input and files', async () => {
    const node = await startNode()
    const env = { HEARSAY_URL: node.url }
    await run(['put', 'in', '-'], { env, stdin: 'two\nlines\n' })
    expect(await node.get('in')).toBe('two\nlines')
    await run(['put', 'in', '-', '--codec', 'string'], { env, stdin: '[1]\n' })
    expect(await run(['get', 'in', '--codec', 'string'], { env })).toMatchObject({ stdout: '[1]\n\n' })
    await run(['put', 'file', `@${import.meta.filename}`], { env })
    expect(await node.get('file')).toContain('read values from standard input and files')
    await run(['put', 'at', '@@home'], { env })
    expect(await node.get('at')).toBe('@home')
    expect(await run(['put', 'k', '@/nowhere'], { env })).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('there is nothing at /nowhere'),
    })
  })

  it('stop reading a value that no node takes', async () => {
    const env = { HEARSAY_URL: (await startNode()).url }
    let read = 0
    const endless = async function* () {
      for (const chunk = new Uint8Array(1024 * 1024); ; read++) yield chunk
    }
    const refused = { code: 2, stderr: expect.stringContaining('ERR_VALUE_TOO_LARGE: the value is longer') }
    expect(await run(['put', 'k', '-', '--codec', 'bytes'], { env, stdin: endless() })).toMatchObject(refused)
    expect(read).toBeLessThan(64)
    expect(await run(['put', 'k', '@/dev/zero', '--codec', 'bytes'], { env })).toMatchObject(refused)
    expect(await run(['get', 'k'], { env })).toMatchObject({ code: 1 })
  })

  it('carry any bytes', async () => {
    const { url } = await startNode()
    const stdin = Buffer.from([0xff, 0, 10])
    expect(await run(['put', 'k', '-', '--url', url], { stdin })).toMatchObject({ code: 2 })
    expect(await run(['put', 'k', '-', '--codec', 'bytes', '--url', url], { stdin })).toMatchObject({ code: 0 })
    const got = start(['get', 'k', '--codec', 'bytes', '--url', url])
    await got.ended
    expect(Buffer.concat(got.stdout.chunks)).toEqual(stdin)
    const odd = await run(['get', 'k', '--url', url])
    expect(odd).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('ERR_INVALID_VALUE: the stored bytes are not JSON'),
    })
    expect(json((await run(['get', 'k', '--json', '--url', url])).stdout)).toMatchObject({ base64: '/wAK' })
  })
})

describe('ls', () => {
  it('lists keys by prefix and bounds, from either end', async () => {
    const node = await startNode()
    await node.batch(['a', 'b/1', 'b/2', 'b/3', 'c'].map((key) => ({ type: 'put', key, value: key })))
    const ls = async (...flags: string[]): Promise<string> => (await run(['ls', ...flags, '--url', node.url])).stdout
    expect(await ls()).toBe('a\nb/1\nb/2\nb/3\nc\n')
    expect(await ls('b/')).toBe('b/1\nb/2\nb/3\n')
    expect(await ls('b/', '--gt', 'b/1')).toBe('b/2\nb/3\n')
    expect(await ls('--gte', 'b/2', '--lt', 'c')).toBe('b/2\nb/3\n')
    expect(await ls('--lte', 'b/1', '--values')).toBe('a\t"a"\nb/1\t"b/1"\n')
    expect(await ls('--reverse', '--limit', '2')).toBe('c\nb/3\n')
    expect(await ls('--limit', '2')).toBe('a\nb/1\n')
    expect(await ls('--limit', '0')).toBe('')
    expect(await ls('--count')).toBe('5\n')
    expect(await ls('b/', '--count', '--values', '--json')).toBe('{"count":3}\n')
    expect(lines(await ls('b/', '--limit', '1', '--json'))).toEqual([{ key: 'b/1', version }])
    expect(lines(await ls('a', '--values', '--json'))).toEqual([{ key: 'a', value: 'a', version }])
    expect(await ls('x')).toBe('')
  })

  it('shows odd values and keys without harm', async () => {
    const { url } = await startNode()
    await run(['put', 'odd', '-', '--codec', 'bytes', '--url', url], { stdin: Buffer.from([0xff]) })
    await run(['put', 'e\u001b[2J', 'x', '--url', url])
    const ls = async (terminal: boolean): Promise<string> =>
      (await run(['ls', '--values', '--url', url], { terminal })).stdout
    expect(await ls(true)).toBe('e\\u001b[2J\t"x"\nodd\t<1 byte, not json>\n')
    expect(await ls(false)).toBe('e\u001b[2J\t"x"\nodd\t<1 byte, not json>\n')
  })
})

describe('watch', () => {
  it('prints the state and then changes, until it is stopped', async () => {
    const node = await startNode()
    await node.put('p/a', 1)
    await node.put('q', 1)
    const watch = start(['watch', '--prefix', 'p/', '--url', node.url])
    await watch.stdout.until(/ready\n/)
    await node.put('p/b', 'x')
    await node.put('q', 2)
    await node.delete('p/a')
    await watch.stdout.until(/delete/)
    watch.stop()
    expect(await watch.ended).toEqual({
      code: 0,
      stdout: 'put\tp/a\t1\nready\nput\tp/b\t"x"\ndelete\tp/a\n',
      stderr: '',
    })
  })

  it('tells expiries from deletes', async () => {
    const node = await startNode()
    for (const [flags, end] of [
      [[], /expire\tk\n/],
      [['--json'], /"cause":"expire"}\n/],
    ] as const) {
      const watch = start(['watch', 'k', ...flags, '--url', node.url])
      await watch.stdout.until(/ready.*\n/)
      await node.put('k', 1, { ttl: 1 })
      await watch.stdout.until(end)
      watch.stop()
      const { stdout } = await watch.ended
      if (flags.length === 0) expect(stdout).toBe('ready\nput\tk\t1\nexpire\tk\n')
      else {
        expect(lines(stdout)).toEqual([
          { type: 'ready' },
          { type: 'put', key: 'k', value: 1, version, expiresAt: expect.any(Number) },
          { type: 'delete', key: 'k', version, cause: 'expire' },
        ])
      }
    }
  })

  it('speaks JSON, and follows one key', async () => {
    const node = await startNode()
    const watch = start(['watch', 'k', '--json', '--url', node.url])
    await watch.stdout.until(/ready.*\n/)
    await node.put('other', 1)
    await node.put('k', [1])
    await watch.stdout.until(/put.*\n/)
    await node.delete('k')
    await watch.stdout.until(/delete.*\n/)
    watch.stop('SIGTERM')
    const { code, stdout } = await watch.ended
    expect(code).toBe(0)
    expect(lines(stdout)).toEqual([
      { type: 'ready' },
      { type: 'put', key: 'k', value: [1], version },
      { type: 'delete', key: 'k', version, cause: 'delete' },
    ])
  })
})

describe('status and members', () => {
  it('tell how a node is, and whom it knows', async () => {
    const node = await startNode({ name: 'alpha', dataDir: newFolder() })
    await node.put('k', 1)
    const text = (await run(['status', '--url', node.url])).stdout
    expect(text).toMatch(/^node +alpha of cluster hearsay$/m)
    expect(text).toMatch(/^keys +1$/m)
    expect(text).toMatch(/^stable time +(unknown|\d{4}-.+ UTC)$/m)
    expect(text).toMatch(/^members +1 alive, 0 suspect, 0 dead$/m)
    expect(text).toContain(node.status().fingerprint)
    expect(json((await run(['status', '--json', '--url', node.url])).stdout)).toMatchObject({ name: 'alpha', keys: 1 })
    const table = (await run(['members', '--url', node.url])).stdout.split('\n')
    expect(table[0]).toMatch(/^NAME +STATUS +SELF +LINKED +ADDRESS +LAST WRITE +SILENT +OFFSET +LOW$/)
    expect(table[1]).toMatch(/^alpha +alive +self +- +ws:\/\/127\.0\.0\.1:\d+ +\d{4}-.+ UTC +- +- +.+$/)
    const members = json((await run(['members', '--json', '--url', node.url])).stdout)
    expect(members).toMatchObject([{ name: 'alpha', status: 'alive', self: true }])
  })

  it('colour a terminal, but not with NO_COLOR', async () => {
    const { url } = await startNode()
    const members = async (env: Record<string, string>): Promise<string> =>
      (await run(['members', '--url', url], { env, terminal: true })).stdout
    expect(await members({})).toContain('\u001b[32malive\u001b[0m')
    expect(await members({ NO_COLOR: '1' })).not.toContain('\u001b')
    expect(await members({ TERM: 'dumb' })).not.toContain('\u001b')
  })
})

describe('diff', () => {
  it('finds what two nodes hold differently', async () => {
    const a = await startNode({ name: 'a', faults: true })
    const b = await startNode({ name: 'b', faults: true, seeds: [a.url] })
    await a.batch(['both', 'changed', 'gone', 'mine'].map((key) => ({ type: 'put', key, value: 1 })))
    for await (const event of b.watch()) if (event.type === 'put' && event.key === 'mine') break
    const diff = (...flags: string[]) => run(['diff', a.url, b.url, '--settle', '0', ...flags])
    expect(await diff()).toEqual({ code: 0, stdout: 'no differences in 4 keys\n', stderr: '' })

    const apart = await createNode({ listen: '127.0.0.1:0', logLevel: 'silent', name: 'c' })
    onTestFinished(() => apart.close())
    await apart.put('both', 2)
    await apart.put('only', 2)
    const { code, stdout } = await run(['diff', a.url, apart.url, '--settle', '0', '--json'])
    expect(code).toBe(1)
    expect(lines(stdout)).toEqual([
      {
        key: 'both',
        kind: 'newer-b',
        a: { deleted: false, version },
        b: { deleted: false, version: expect.anything() },
      },
      { key: 'changed', kind: 'only-a', a: { deleted: false, version }, b: null },
      { key: 'gone', kind: 'only-a', a: { deleted: false, version }, b: null },
      { key: 'mine', kind: 'only-a', a: { deleted: false, version }, b: null },
      { key: 'only', kind: 'only-b', a: null, b: { deleted: false, version: expect.anything() } },
      { differences: 5, compared: 5, bytes: expect.any(Number) },
    ])
    expect((await run(['diff', a.url, apart.url, '--settle', '0', '--limit', '1'])).stdout).toBe(
      'newer in B  both\n5 differences in 5 keys\n',
    )
    expect(await run(['diff', a.url, apart.url, '--settle', '0', '--prefix', 'x'])).toMatchObject({ code: 0 })
    await apart.delete('both')
    expect((await run(['diff', apart.url, a.url, '--settle', '0', '--prefix', 'bo'])).stdout).toBe(
      'newer in A  both, deleted in A\n1 difference below "bo"; compared 5 keys\n',
    )
  })
})

describe('serve', () => {
  it('runs a node until it is told to stop', async () => {
    const serve = start(['serve', '--listen', '127.0.0.1:0', '--name', 'a', '--log-level', 'silent', '--json'])
    const url = await urlOf(serve.stdout)
    expect(await run(['put', 'k', 'v', '--url', url])).toMatchObject({ code: 0 })
    expect(json(serve.stdout.text)).toEqual({ name: 'a', cluster: 'hearsay', url })
    serve.stop('SIGTERM')
    expect(await serve.ended).toMatchObject({ code: 0, stderr: '' })
  })

  it('takes every flag from the environment, and seeds by commas or repeated', async () => {
    const a = await startNode({ cluster: 'c1' })
    const env = {
      HEARSAY_LISTEN: '127.0.0.1:0',
      HEARSAY_NAME: 'b',
      HEARSAY_CLUSTER: 'c1',
      HEARSAY_LOG_LEVEL: 'silent',
      HEARSAY_SEEDS: `127.0.0.1:1,${a.url}`,
    }
    const serve = start(['serve'], { env })
    const url = await urlOf(serve.stdout)
    expect(serve.stdout.text).toMatch(/^node b of cluster c1 at ws:\/\/127/)
    await a.put('k', 1)
    const watch = start(['watch', 'k'], { env: { HEARSAY_URL: url } })
    await watch.stdout.until(/put\tk\t1/)
    watch.stop()
    serve.stop()
    expect([(await watch.ended).code, (await serve.ended).code]).toEqual([0, 0])
  })

  it('ends with 1 when another node has its name', async () => {
    const flags = ['--listen', '127.0.0.1:0', '--name', 'twin', '--log-level', 'silent']
    const first = start(['serve', ...flags])
    const second = start(['serve', ...flags, '--seeds', await urlOf(first.stdout)])
    const { code, stderr } = await Promise.race([first.ended, second.ended])
    expect(code).toBe(1)
    expect(stderr).toMatch(/^hearsay: ERR_NAME_IN_USE: .+\n {2}hint: --name/)
    for (const serve of [first, second]) serve.stop()
    await Promise.all([first.ended, second.ended])
  })
})
