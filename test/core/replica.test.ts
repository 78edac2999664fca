/** What one replica does with writes, pushes, rows and its log, one behaviour a test. */

import { describe, expect, it } from 'vitest'
import { hlcFromUnixMs } from '../../src/core/clock.ts'
import { liveEntry, tombstone } from '../../src/core/entry.ts'
import { rowAtBirth } from '../../src/core/members.ts'
import type { Push, Row } from '../../src/core/message.ts'
import { formatOrigin, parseOrigin } from '../../src/core/origin.ts'
import { Bench, WALL_MS } from './replica-bench.ts'

const BIRTH = hlcFromUnixMs(WALL_MS)
/** An author whose messages a test makes up. */
const AUTHOR = formatOrigin({ name: 'author', run: 1, birth: BIRTH, random: 'abcdefghij' })
const ROW: Row = { ...rowAtBirth(AUTHOR, 1, '', BIRTH), h: 'f'.repeat(16) }

function row(changes: Partial<Row>): Row {
  return { ...ROW, ...changes }
}

/** Puts by the author at these times behind its birth, each to a key of its own. */
function push(after: number, ...times: number[]): Push {
  const entries = times.map((time) => liveEntry(`k${time}`, BIRTH + time, AUTHOR, Uint8Array.of(time)))
  return { kind: 'push', origin: AUTHOR, after: BIRTH + after, upTo: BIRTH + (times.at(-1) ?? 0), entries }
}

/** A node with a link to the author. */
function listener(): Bench {
  const node = Bench.ready('n')
  node.step({ kind: 'linkUp', peer: 'author', row: ROW })
  node.sent = []
  return node
}

describe('a write', () => {
  it('waits for the origin to be durable', () => {
    const node = new Bench('n')
    const op = node.write('k', 'v')
    expect(node.read('k')).toBeUndefined()
    expect(node.records.map(({ kind }) => kind)).toEqual(['origin'])
    node.sync()
    expect(node.read('k')).toBe('v')
    expect(node.replies).toEqual([])
    node.sync()
    expect(node.replies.map((reply) => reply.op)).toEqual([op])
  })

  it('is answered when its record is promised, and not before', () => {
    const node = Bench.ready('n')
    const before = node.records.length
    const [first, second] = [node.write('a', '1'), node.write('b', '2')]
    node.step({ kind: 'promised', index: before })
    expect(node.replies).toEqual([])
    node.step({ kind: 'promised', index: before + 1 })
    expect(node.replies.map(({ op }) => op)).toEqual([first])
    node.step({ kind: 'promised', index: before + 2 })
    expect(node.replies.map(({ op }) => op)).toEqual([first, second])
  })

  it('shows at once, is claimed, and goes to the log and to all peers as one record and one push', () => {
    const node = listener()
    const before = node.records.length
    const value = Buffer.from('v')
    node.writeAll([
      { key: 'a', value },
      { key: 'b', value: undefined },
      { key: 'a', value: Buffer.from('w') },
    ])
    expect(node.read('a')).toBe('w')
    const [record, ...others] = node.records.slice(before)
    expect(others).toEqual([])
    const upTo = node.replica.claims.seen.get(node.origin)
    expect(record).toMatchObject({ kind: 'write', origin: node.origin, upTo })
    const [sent] = node.bodies('push')
    expect(sent).toMatchObject({ origin: node.origin, upTo, entries: record?.kind === 'write' ? record.entries : [] })
    expect(sent?.entries.map(({ key }) => key)).toEqual(['a', 'b', 'a'])
  })

  it('follows in its push on the write before it, and the first on the birth', () => {
    const node = listener()
    node.write('a', '1')
    node.write('b', '2')
    const [first, second] = node.bodies('push')
    expect(first?.after).toBe(parseOrigin(node.origin)?.birth)
    expect(second?.after).toBe(first?.upTo)
  })

  it('of much goes out in several records and pushes, each behind the other', () => {
    const node = Bench.ready('n', { replica: { pushBytesMax: 100 } })
    node.step({ kind: 'linkUp', peer: 'author', row: ROW })
    const changes = Array.from({ length: 10 }, (_, i) => ({ key: `k${i}`, value: new Uint8Array(40) }))
    node.writeAll(changes)
    const pushes = node.bodies('push')
    expect(pushes.length).toBeGreaterThan(2)
    expect(pushes.flatMap(({ entries }) => entries.map(({ key }) => key))).toEqual(changes.map(({ key }) => key))
    for (const [i, each] of pushes.entries()) if (i > 0) expect(each.after).toBe(pushes[i - 1]?.upTo)
  })

  it('is stamped above everything that was met', () => {
    const node = listener()
    const ahead = 50_000 * 4096
    node.hear(ROW, push(0, ahead))
    node.write('mine', 'v')
    expect(node.replica.store.held('mine')?.time).toBeGreaterThan(BIRTH + ahead)
  })
})

describe('a push', () => {
  it('is taken when it follows on what is known', () => {
    const node = listener()
    node.hear(ROW, push(0, 1, 2))
    node.hear(ROW, push(2, 3))
    expect(node.replica.claims.seen.get(AUTHOR)).toBe(BIRTH + 3)
    expect(node.shown.map(({ key }) => key)).toEqual(['k1', 'k2', 'k3'])
    expect(node.records.at(-1)).toMatchObject({ kind: 'write', origin: AUTHOR, upTo: BIRTH + 3 })
  })

  it('with a gap is dropped, and a pull goes out', () => {
    const node = listener()
    node.hear(ROW, push(2, 3))
    expect(node.replica.store.held('k3')).toBeUndefined()
    expect(node.replica.claims.seen.get(AUTHOR)).toBe(BIRTH)
    expect(node.bodies('pull')).toMatchObject([{ next: 0 }])
  })

  it('that the vector covers is ignored', () => {
    const node = listener()
    node.hear(ROW, push(0, 1, 2))
    const before = node.records.length
    node.hear(ROW, push(0, 1, 2))
    node.hear(ROW, push(0, 1))
    expect(node.records.length).toBe(before)
    expect(node.shown.length).toBe(2)
  })

  it('that is known in part brings only what is new', () => {
    const node = listener()
    node.hear(ROW, push(0, 1))
    node.hear(ROW, push(0, 1, 2, 3))
    expect(node.shown.map(({ key }) => key)).toEqual(['k1', 'k2', 'k3'])
    expect(node.records.at(-1)).toMatchObject({ entries: [{ key: 'k2' }, { key: 'k3' }] })
  })

  it('keeps the delete when an older put arrives late', () => {
    const node = listener()
    const other = formatOrigin({ name: 'other', run: 1, birth: BIRTH, random: 'zzzzzzzzzz' })
    const deleted = [tombstone('k1', BIRTH + 9, other)]
    node.hear(ROW, { kind: 'push', origin: other, after: BIRTH, upTo: BIRTH + 9, entries: deleted })
    node.hear(ROW, push(0, 1))
    expect(node.replica.store.held('k1')).toEqual(deleted[0])
    expect(node.replica.claims.seen.get(AUTHOR)).toBe(BIRTH + 1)
    expect(node.shown).toEqual(deleted)
  })

  it('from far ahead is claimed and held, and shows when its time has come', () => {
    const node = listener()
    const ahead = 90_000 * 4096
    node.hear(ROW, push(0, 1))
    node.hear(ROW, push(1, ahead))
    expect(node.replica.claims.seen.get(AUTHOR)).toBe(BIRTH + ahead)
    expect(node.replica.store.held(`k${ahead}`)).toBeDefined()
    expect(node.replica.store.shown(`k${ahead}`)).toBeUndefined()
    node.pass(29_000)
    expect(node.shown.map(({ key }) => key)).toEqual(['k1'])
    node.pass(2_000)
    expect(node.shown.map(({ key }) => key)).toEqual(['k1', `k${ahead}`])
    node.write('mine', 'v')
    expect(node.replica.store.held('mine')?.time).toBeGreaterThan(BIRTH + ahead)
  })
})

describe('a row', () => {
  it('raises the vector when all that its author wrote is here', () => {
    const node = listener()
    node.hear(ROW, push(0, 1))
    node.hear(row({ seq: 2, last: BIRTH + 1, clear: BIRTH + 50 }), { kind: 'row', rows: [] })
    expect(node.replica.claims.seen.get(AUTHOR)).toBe(BIRTH + 50)
    expect(node.replica.claims.written.get(AUTHOR)).toBe(BIRTH + 1)
  })

  it('does not raise it while a write is missing', () => {
    const node = listener()
    node.hear(row({ seq: 2, last: BIRTH + 1, clear: BIRTH + 50 }), { kind: 'row', rows: [] })
    expect(node.replica.claims.seen.get(AUTHOR)).toBe(BIRTH)
  })

  it('that is older than the one known changes nothing', () => {
    const node = listener()
    node.hear(row({ seq: 5, clear: BIRTH + 50 }), { kind: 'row', rows: [] })
    node.hear(row({ seq: 4, clear: BIRTH + 90 }), { kind: 'row', rows: [] })
    expect(node.replica.members.get('author')?.row.seq).toBe(5)
    expect(node.replica.claims.seen.get(AUTHOR)).toBe(BIRTH + 50)
  })

  it('of a new run takes back what the former one said of its silence', () => {
    const node = listener()
    node.hear(ROW, push(0, 1))
    node.hear(row({ seq: 2, last: BIRTH + 1, clear: BIRTH + 50 }), { kind: 'row', rows: [] })
    const next = formatOrigin({ name: 'author', run: 2, birth: BIRTH + 60, random: 'abcdefghij' })
    node.hear(row({ origin: next, last: BIRTH + 60, clear: BIRTH + 70 }), { kind: 'row', rows: [] })
    expect(node.replica.claims.seen.get(AUTHOR)).toBe(BIRTH + 1)
    expect(node.replica.claims.seen.get(next)).toBe(BIRTH + 70)
    expect(node.records.at(-1)).toMatchObject({ kind: 'member', origin: next })
  })

  it('that was relayed makes a member known', () => {
    const node = listener()
    const origin = formatOrigin({ name: 'third', run: 1, birth: BIRTH, random: 'abcdefghij' })
    node.hear(ROW, { kind: 'row', rows: [row({ origin, address: 'ws://third' })] })
    expect(node.replica.members.get('third')?.row.address).toBe('ws://third')
    expect(node.records.at(-1)).toMatchObject({ kind: 'member', origin, address: 'ws://third' })
  })

  it('promises only what the disk has', () => {
    const node = Bench.ready('n')
    node.pass(1_200)
    node.sync()
    node.pass(1_200)
    const { low } = node.replica.row
    node.write('k', 'v')
    node.pass(1_200)
    expect(node.replica.row.last).toBe(node.replica.store.held('k')?.time)
    const unsynced = node.replica.row.low
    expect(unsynced).toBeGreaterThanOrEqual(low)
    expect(unsynced).toBeLessThan(node.replica.row.last)
    node.sync()
    node.pass(1_200)
    expect(node.replica.row.low).toBeGreaterThan(node.replica.row.last)
  })

  it('promises nothing before the origin is durable', () => {
    const node = new Bench('n')
    node.pass(1_200)
    expect(node.replica.row.low).toBe(-1)
  })

  it('says a time that every later write exceeds', () => {
    const node = Bench.ready('n')
    for (let i = 0; i < 20; i++) {
      node.pass(1_200)
      const { clear } = node.replica.row
      // The clock of the machine falls back now and then.
      node.wallMs -= 3_000
      node.write(`k${i}`, 'v')
      expect(node.replica.store.held(`k${i}`)?.time).toBeGreaterThan(clear)
    }
  })
})

describe('a name that is known as a later run', () => {
  const later = (node: Bench): Row => {
    const mine = parseOrigin(node.origin)!
    return row({ origin: formatOrigin({ ...mine, run: mine.run + 4 }), clear: BIRTH + 99_999 })
  }

  it('redraws its origin when a greater run of its name is known', () => {
    const node = listener()
    const former = node.origin
    node.write('k', 'v')
    const known = later(node)
    node.hear(ROW, { kind: 'row', rows: [known] })
    expect(parseOrigin(node.origin)?.run).toBe((parseOrigin(known.origin)?.run ?? 0) + 1)
    expect(node.read('k')).toBe('v')
    expect(node.replica.claims.written.get(former)).toBe(node.replica.store.held('k')?.time)
    // Writes wait for the new origin as they did for the first.
    node.write('k', 'w')
    expect(node.read('k')).toBe('v')
    node.sync()
    expect(node.replica.store.held('k')?.origin).toBe(node.origin)
  })

  it('is no reason to redraw when the run is a former one', () => {
    const node = listener()
    const { origin } = node
    const mine = parseOrigin(origin)!
    const older = row({ origin: formatOrigin({ ...mine, random: '0000000000' }) })
    node.hear(ROW, { kind: 'row', rows: [older] })
    expect(node.origin).toBe(origin)
  })

  it('stops it with ERR_NAME_IN_USE when another node of its name answers after that', () => {
    const node = listener()
    node.step({ kind: 'twin', row: later(node) })
    expect(node.stops).toEqual([])
    node.step({ kind: 'twin', row: later(node) })
    expect(node.stops).toEqual(['ERR_NAME_IN_USE'])
  })
})

describe('a restart', () => {
  it('finds entries, claims and members again, under a new run', () => {
    const node = listener()
    node.write('mine', 'v')
    node.hear(ROW, push(0, 1))
    node.sync()
    node.pass(1_200)
    const again = Bench.ready('n', { log: node.records })
    expect(again.read('mine')).toBe('v')
    expect(again.replica.store.held('k1')).toBeDefined()
    expect(again.replica.claims.seen.get(AUTHOR)).toBe(BIRTH + 1)
    expect(again.replica.members.get('author')?.row.origin).toBe(AUTHOR)
    expect(parseOrigin(again.origin)?.run).toBe((parseOrigin(node.origin)?.run ?? 0) + 1)
    expect(again.replica.store.fingerprint()).toBe(node.replica.store.fingerprint())
    expect(again.replica.claims.written.hash()).toBe(node.replica.claims.written.hash())
  })

  it('from any prefix of the log finds a state in which all that is held is claimed', () => {
    const node = listener()
    for (let i = 0; i < 5; i++) node.write(`k${i}`, 'v')
    node.hear(ROW, push(0, 1, 2))
    node.pass(1_200)
    node.hear(ROW, push(2, 3))
    for (let length = 0; length <= node.records.length; length++) {
      const again = new Bench('n', { log: node.records.slice(0, length) })
      for (const entry of again.replica.store.all()) expect(again.replica.claims.seen.covers(entry)).toBe(true)
    }
  })

  it('never stamps below what the node stamped before, though the machine’s clock fell', () => {
    const node = Bench.ready('n')
    node.write('k', 'v')
    const again = Bench.ready('n', { log: node.records, wallMs: WALL_MS - 3_600_000 })
    again.write('k', 'w')
    expect(again.read('k')).toBe('w')
  })

  it('shows again what it showed, though the machine’s clock fell, also what a later one is parked over', () => {
    const node = listener()
    const at = (ms: number, value: string): Push => {
      const time = hlcFromUnixMs(WALL_MS + ms)
      const after = node.replica.claims.seen.get(AUTHOR)
      return {
        kind: 'push',
        origin: AUTHOR,
        after,
        upTo: time,
        entries: [liveEntry('k', time, AUTHOR, Buffer.from(value))],
      }
    }
    node.hear(ROW, at(10, 'old'))
    node.hear(ROW, at(50_000, 'shown'))
    node.hear(ROW, at(90_000, 'parked'))
    node.pass(1_200)
    expect(node.read('k')).toBe('shown')
    const again = Bench.ready('n', { log: node.records, wallMs: WALL_MS - 30_000 })
    expect(again.read('k')).toBe('shown')
    again.pass(65_000)
    expect(again.read('k')).toBe('parked')
  })

  it('knows of no promise until each member has made one again', () => {
    const node = listener()
    node.sync()
    const again = Bench.ready('n', { log: node.records })
    again.pass(1_200)
    expect(again.replica.stableTime()).toBeUndefined()
  })

  it('shows nothing of pieces whose exchange never ended', () => {
    const node = listener()
    node.hear(ROW, push(5, 6))
    const [pull] = node.bodies('pull')
    const entries = [liveEntry('staged', BIRTH + 4, AUTHOR, Uint8Array.of(1))]
    const exchange = pull?.exchange ?? 0
    node.hear(ROW, { kind: 'piece', exchange, giver: AUTHOR, index: 0, entries, end: undefined })
    expect(node.records.at(-1)?.kind).toBe('stage')
    expect(node.replica.store.held('staged')).toBeUndefined()
    const again = Bench.ready('n', { log: node.records })
    expect(again.replica.store.held('staged')).toBeUndefined()
  })

  it('shows all of an exchange that ended, staged pieces too', () => {
    const node = listener()
    node.hear(ROW, push(5, 6))
    const exchange = node.bodies('pull')[0]?.exchange ?? 0
    const put = (time: number) => [liveEntry(`k${time}`, BIRTH + time, AUTHOR, Uint8Array.of(1))]
    const vector = [[AUTHOR, BIRTH + 6]] as const
    const end = { seen: vector, written: vector, floor: 0 }
    node.hear(ROW, { kind: 'piece', exchange, giver: AUTHOR, index: 0, entries: put(4), end: undefined })
    node.hear(ROW, { kind: 'piece', exchange, giver: AUTHOR, index: 1, entries: put(6), end })
    expect(node.shown.map(({ key }) => key)).toEqual(['k4', 'k6'])
    const again = Bench.ready('n', { log: node.records })
    expect(again.replica.store.held('k4')).toBeDefined()
    expect(again.replica.claims.seen.get(AUTHOR)).toBe(BIRTH + 6)
  })
})
