/** The verbs of operators ask the node for what they say, and show what it answers. */

import { describe, expect, it } from 'vitest'
import { HearsayError } from '../../src/core/errors.ts'
import type { ConflictReport, MemberReport } from '../../src/core/report.ts'
import { FAKE_ORIGIN } from '../suites/fake-host.ts'
import { run } from './command.ts'
import { startFakeNode } from './fake-node.ts'

const MEMBER: MemberReport = {
  name: 'n2',
  status: 'dead',
  self: false,
  linked: false,
  address: 'ws://n2:7070',
  origin: 'n2/1/0/aaaaaaaaaa',
  silentMs: 60_000,
  lastWriteMs: undefined,
  agrees: true,
  lowMs: undefined,
  offsetMs: undefined,
}

const side = { kind: 'live', origin: FAKE_ORIGIN, time: 1, writtenMs: 0, size: 3, value: undefined } as const
const CONFLICT: ConflictReport = {
  key: 'carts/7',
  lost: { ...side, node: 'n1', value: Buffer.from('"a"').toString('base64') },
  kept: { ...side, node: 'n2' },
  gapMs: 420,
  foundMs: Date.UTC(2026, 1, 3),
}

describe('sync', () => {
  it('prints a line for each peer that is linked, or for the one that is named', async () => {
    const { host, url } = await startFakeNode()
    host.peers = [
      { ...MEMBER, linked: true },
      { ...MEMBER, name: 'n3', linked: true },
      { ...MEMBER, name: 'n4' },
    ]
    const words = 'pulled 1, differed 2, taken 1, removed 1, 3,000 bytes'
    expect(await run(['sync', '--url', url])).toEqual({ code: 0, stdout: `n2  ${words}\nn3  ${words}\n`, stderr: '' })
    const { stdout } = await run(['sync', 'n4', '--json', '--url', url])
    expect(JSON.parse(stdout)).toEqual({ peer: 'n4', pulled: 1, differed: 2, taken: 1, removed: 1, bytes: 3_000 })
  })

  it('goes on when one fails, and says which', async () => {
    const { host, url } = await startFakeNode()
    host.peers = [
      { ...MEMBER, linked: true },
      { ...MEMBER, name: 'n3', linked: true },
    ]
    host.orderError = new HearsayError('ERR_TIMEOUT', 'no answer')
    const { code, stdout, stderr } = await run(['sync', '--url', url])
    expect([code, stdout]).toEqual([4, ''])
    expect(stderr).toMatch(/ERR_TIMEOUT: n2: no answer[\s\S]*ERR_TIMEOUT: n3: no answer/)
  })

  it('says so when there is nobody', async () => {
    const { url } = await startFakeNode()
    expect(await run(['sync', '--url', url])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('ERR_NO_SUCH_MEMBER'),
    })
  })
})

describe('forget', () => {
  it('forgets a member that is dead', async () => {
    const { host, url } = await startFakeNode()
    host.peers = [MEMBER]
    const text = 'forgot n2, run n2/1/0/aaaaaaaaaa\n'
    expect(await run(['forget', 'n2', '--url', url])).toEqual({ code: 0, stdout: text, stderr: '' })
    const { stdout } = await run(['forget', 'n2', '--json', '--url', url])
    expect(JSON.parse(stdout)).toEqual({ forgot: 'n2', origin: MEMBER.origin })
    expect(host.orders).toEqual(['forget n2', 'forget n2'])
  })

  it('refuses one that is not, unless it is told to, and always the node that answers', async () => {
    const { host, url } = await startFakeNode()
    host.peers = [{ ...MEMBER, status: 'suspect' }]
    const refused = { code: 5, stderr: expect.stringContaining('ERR_NOT_ALLOWED: n2 is suspect') }
    expect(await run(['forget', 'n2', '--url', url])).toMatchObject(refused)
    expect(await run(['forget', 'fake', '--force', '--url', url])).toMatchObject({ code: 5 })
    expect(host.orders).toEqual([])
    expect(await run(['forget', 'n2', '--force', '--url', url])).toMatchObject({ code: 0 })
    expect(host.orders).toEqual(['forget n2'])
  })

  it('ends with 1 when nobody has that name', async () => {
    const { host, url } = await startFakeNode()
    host.orderError = new HearsayError('ERR_NO_SUCH_MEMBER', 'the cluster has no member n9')
    expect(await run(['forget', 'n9', '--url', url])).toMatchObject({ code: 1 })
    expect(await run(['forget', 'n 9', '--url', url])).toMatchObject({ code: 2 })
  })
})

describe('conflicts', () => {
  it('lists what was lost, and to whom', async () => {
    const { host, url } = await startFakeNode()
    host.lost = [CONFLICT, { ...CONFLICT, key: 'x', kept: { ...CONFLICT.kept, kind: 'tombstone' } }]
    const { code, stdout } = await run(['conflicts', '--url', url])
    expect(code).toBe(0)
    const [head, first, second] = stdout.split('\n')
    expect(head).toMatch(/^FOUND +KEY +LOST +BY +KEPT +BY +LATER BY$/)
    expect(first).toMatch(/^2026-02-03 00:00:00.000 UTC +carts\/7 +"a" +n1 +3 bytes +n2 +420 ms$/)
    expect(second).toMatch(/ x +"a" +n1 +a delete +n2 +420 ms$/)
    const asJson = await run(['conflicts', 'carts/', '--limit', '1', '--json', '--url', url])
    expect(JSON.parse(asJson.stdout)).toEqual(JSON.parse(JSON.stringify(CONFLICT)))
    const none = await run(['conflicts', 'other/', '--url', url])
    expect(none).toEqual({
      code: 0,
      stdout: 'no lost updates: none since the start of the node, and none in its log\n',
      stderr: '',
    })
  })
})

describe('clock', () => {
  it('resets the clock of the node, and takes no other word', async () => {
    const { host, url } = await startFakeNode()
    expect(await run(['clock', 'set', '--url', url])).toMatchObject({ code: 2 })
    expect(host.orders).toEqual([])
    expect(await run(['clock', 'reset', '--url', url])).toMatchObject({ code: 0, stdout: 'reset the clock of fake\n' })
    expect(JSON.parse((await run(['clock', 'reset', '--json', '--url', url])).stdout)).toEqual({ reset: 'fake' })
    expect(host.orders).toEqual(['resetClock', 'resetClock'])
  })
})

describe('a node that reads its log', () => {
  it('shows how far it is, and says so to whoever asks for more', async () => {
    const { host, url } = await startFakeNode()
    const status = host.status()
    host.status = () => ({ ...status, state: 'recovering', recovery: { bytes: 3_500, bytesAll: 10_000 } })
    host.notReady = new HearsayError('ERR_NOT_READY', 'the node is reading its log: 35 % of 10 kB')
    const { code, stdout } = await run(['status', '--url', url])
    expect(code).toBe(0)
    expect(stdout).toMatch(/^state +reads its log, 35 % of 10,000 bytes; it answers nothing else yet$/m)
    expect(stdout).not.toContain('fingerprint')
    expect(JSON.parse((await run(['status', '--json', '--url', url])).stdout)).toMatchObject({ state: 'recovering' })
    const other = await run(['get', 'k', '--url', url])
    expect(other.code).toBe(4)
    expect(other.stderr).toMatch(
      /^hearsay: ERR_NOT_READY: .*reading its log: 35 % of 10 kB\n {2}hint: `hearsay status`/,
    )
  })
})

describe('status and members', () => {
  it('show what an operator must know: clocks, lost updates, what deletes wait for', async () => {
    const { host, url } = await startFakeNode()
    const names = ['n2', 'n3', 'n4', 'n5', 'n6', 'n7']
    const status = host.status()
    host.status = () => ({
      ...status,
      tombstones: 1_234,
      tombstonesAwait: names,
      salvage: { entries: 12, awaits: ['n2'] },
      floorMs: Date.UTC(2026, 0, 2),
      conflicts: 2,
      clock: 'ahead',
      offsetsMs: Object.fromEntries([3, -61_000, -1, ...Array(17).fill(0)].map((ms, i) => [`n${i + 2}`, ms])),
      stableTimeMs: Date.UTC(2026, 0, 2),
      stalenessMs: 1_234,
    })
    const text = (await run(['status', '--url', url])).stdout
    expect(text).toMatch(/^tombstones +1,234, waiting for n2, n3, n4, n5, n6 and 1 more$/m)
    expect(text).toMatch(/^salvage +12 entries from behind damage in the log; waiting for n2: what /m)
    expect(text).toMatch(/^floor +2026-01-02 00:00:00.000 UTC$/m)
    expect(text).toMatch(/^staleness +at most 1.2 s$/m)
    expect(text).toMatch(
      /^clock +ahead of most members' clocks: takes no writes; n3 −1 min, n2 \+3 ms, n4 −1 ms, n5 \+0 ms, .*, n9 \+0 ms, and 12 more$/m,
    )
    host.status = () => ({ ...status, offsetsMs: { n2: 3, n3: -1 } })
    expect((await run(['status', '--url', url])).stdout).toMatch(/^clock +ok; n2 \+3 ms, n3 −1 ms$/m)
    expect(text).toMatch(/^state +ok$/m)
    host.status = () => ({ ...status, disk: 'full' })
    expect((await run(['status', '--url', url])).stdout).toMatch(
      /^state +the disk is full: refuses writes until 1 MiB is free, and deletes too once /m,
    )
    host.status = () => ({ ...status, state: 'read-only', disk: 'failed' })
    expect((await run(['status', '--url', url])).stdout).toMatch(/^state +only reads, for its disk has failed: /m)
    expect((await run(['status', '--url', url])).stdout).not.toMatch(/^salvage/m)
    expect(text).toMatch(/^conflicts +2 lost updates: hearsay conflicts$/m)
    host.peers = [{ ...MEMBER, offsetMs: -90_000, lowMs: Date.now() - 600_000 }]
    const table = (await run(['members', '--url', url])).stdout.split('\n')
    expect(table[0]).toMatch(/SILENT +OFFSET +LOW$/)
    expect(table[1]).toMatch(/- +- +unknown$/)
    expect(table[2]).toMatch(/1 min +-1 min +10 min$/)
  })
})
