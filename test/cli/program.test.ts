/**
 * The program as a process of its own: signals, broken pipes and exit codes end it in time, with everything
 * acknowledged written.
 */

import { once } from 'node:events'
import { describe, expect, it } from 'vitest'
import { createNode } from '../../src/node/create-node.ts'
import { newFolder } from '../platform/folders.ts'
import { spawnHearsay, startNode, urlOf } from './command.ts'

const records = (n: number): string => Array.from({ length: n }, (_, i) => `{"key":"k${i}","value":${i}}\n`).join('')

describe('the program', () => {
  it('writes everything before it ends on SIGTERM', async () => {
    const dataDir = newFolder()
    const flags = ['--data-dir', dataDir, '--listen', '127.0.0.1:0', '--name', 'a', '--fsync', 'never']
    const serve = spawnHearsay(['serve', ...flags])
    const put = spawnHearsay(['import'], { HEARSAY_URL: await urlOf(serve.stdout) })
    put.stdin.end(records(3000))
    expect(await put.ended).toEqual({ code: 0, signal: null })
    serve.child.kill('SIGTERM')
    expect(await serve.ended).toEqual({ code: 0, signal: null })
    expect(serve.stderr.text).toContain('The node has stopped')
    const node = await createNode({ dataDir, name: 'a', listen: '127.0.0.1:0', logLevel: 'silent' })
    expect(node.status().keys).toBe(3000)
    await node.close()
  })

  it('ends quietly when nobody reads its output', async () => {
    const node = await startNode()
    for (let i = 0; i < 5; i++) {
      await node.batch(
        Array.from({ length: 4000 }, (_, k) => ({ type: 'put', key: `${i}/${k}`, value: 'x'.repeat(50) })),
      )
    }
    const ls = spawnHearsay(['ls', '--values', '--url', node.url])
    await ls.stdout.until(/\n/)
    ls.child.stdout?.destroy()
    expect(await ls.ended).toEqual({ code: 0, signal: null })
    expect(ls.stderr.text).toBe('')
  })

  it('goes on serving when nobody reads its first line', async () => {
    const serve = spawnHearsay(['serve', '--listen', '127.0.0.1:0', '--log-format', 'json'])
    serve.child.stdout?.destroy()
    const [, url = ''] = await serve.stderr.until(/"url":"(ws:[^"]+)".*ready/)
    const get = spawnHearsay(['get', 'k', '--url', url])
    expect(await get.ended).toEqual({ code: 1, signal: null })
    serve.child.kill('SIGINT')
    expect(await serve.ended).toEqual({ code: 0, signal: null })
  })

  it('ends at once by a signal that nothing waits for', async () => {
    const node = await startNode()
    const load = spawnHearsay(['import', '--url', node.url])
    const seen = node.watch({ key: 'k499' })
    load.stdin.write(records(500))
    for await (const event of seen) if (event.type === 'put') break
    load.child.kill('SIGINT')
    expect(await load.ended).toEqual({ code: 130, signal: null })
    expect(node.status().keys).toBe(500)
  })

  it('ends a watch with 0 on Ctrl-C', async () => {
    const node = await startNode()
    const watch = spawnHearsay(['watch', '--url', node.url])
    await watch.stdout.until(/ready\n/)
    watch.child.kill('SIGINT')
    expect(await watch.ended).toEqual({ code: 0, signal: null })
  })

  it('tells wrong usage by its exit code', async () => {
    const nope = spawnHearsay(['nope'])
    await once(nope.stderr, 'finish')
    expect(await nope.ended).toEqual({ code: 2, signal: null })
    expect(nope.stderr.text).toMatch(/^hearsay: ERR_USAGE: no such verb/)
  })
})
