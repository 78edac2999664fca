/** Who counts as alive, and what all rows together allow. */

import { describe, expect, it } from 'vitest'
import { MEMBERS_MAX, Members, rowAtBirth } from '../../src/core/members.ts'
import type { Row } from '../../src/core/message.ts'
import { VersionVector } from '../../src/core/vector.ts'

const TIMES = { suspectAfterMs: 3_500, deadAfterMs: 10_000 }

function row(name: string, seq: number, more: Partial<Row> = {}): Row {
  return { ...rowAtBirth(`${name}/1/1/aaaaaaaaaa`, seq, '', 1), ...more }
}

const statusOf = (members: Members, name: string, nowMs: number): string => {
  const member = members.get(name)
  return member === undefined ? 'unknown' : members.status(member, nowMs)
}

describe('a member', () => {
  it('is alive while it is heard of, then suspect, then dead, and alive again when it speaks', () => {
    const members = new Members(TIMES)
    members.learn(row('a', 1), true, 0)
    expect([0, 3_500, 10_000].map((ms) => statusOf(members, 'a', ms))).toEqual(['alive', 'suspect', 'dead'])
    members.learn(row('a', 2), true, 20_000)
    expect(statusOf(members, 'a', 20_000)).toBe('alive')
  })

  it('is not brought to life by an old row that comes late, by way of others', () => {
    const members = new Members(TIMES)
    members.learn(row('a', 1), true, 0)
    expect(members.learn(row('a', 2), false, 3_600_000).taken).toBe(true)
    expect(statusOf(members, 'a', 3_600_000)).toBe('dead')
    members.learn(row('b', 1), false, 3_600_000)
    expect(statusOf(members, 'b', 3_600_000)).toBe('dead')
  })

  it('is forgiven the silence of a pause of this process, and no more than that', () => {
    const members = new Members(TIMES)
    members.learn(row('a', 1), true, 0)
    members.learn(row('b', 1), true, 600_000)
    members.forgive(600_000, 600_000)
    expect(statusOf(members, 'a', 600_000)).toBe('alive')
    // What came right after the pause was heard then, not in the future.
    expect(statusOf(members, 'b', 610_000)).toBe('dead')
  })

  it('is one of so many at most', () => {
    const members = new Members(TIMES)
    for (let i = 0; i <= MEMBERS_MAX; i++) members.learn(row(`n${i}`, 1), true, 0)
    expect(members.size).toBe(MEMBERS_MAX)
    expect(members.learn(row('n0', 2), true, 0).taken).toBe(true)
  })
})

describe('the stable time', () => {
  const own = row('m', 1, { low: 50, h: '00000000000000aa' })

  it('is the least low of all rows, when all have the same view', () => {
    const members = new Members(TIMES)
    members.learn(row('a', 1, { low: 40, h: own.h }), true, 0)
    expect(members.stableTime(own)).toBe(40)
  })

  it('is unknown while one sees the membership otherwise, or can promise nothing yet', () => {
    const members = new Members(TIMES)
    members.learn(row('a', 1, { low: 40, h: '00000000000000bb' }), true, 0)
    expect(members.stableTime(own)).toBeUndefined()
    members.learn(row('a', 2, { low: -1, h: own.h }), true, 0)
    expect(members.stableTime(own)).toBeUndefined()
  })

  it('rests on views that tell apart the members and what is known of former runs', () => {
    const members = new Members(TIMES)
    const seen = new VersionVector()
    const alone = members.hashOf(seen, 'm/1/1/aaaaaaaaaa')
    members.learn(row('a', 1), true, 0)
    const together = members.hashOf(seen, 'm/1/1/aaaaaaaaaa')
    seen.raise('a/1/1/aaaaaaaaaa', 99)
    expect(members.hashOf(seen, 'm/1/1/aaaaaaaaaa')).toBe(together)
    seen.raise('former/1/1/aaaaaaaaaa', 99)
    expect(new Set([alone, together, members.hashOf(seen, 'm/1/1/aaaaaaaaaa')]).size).toBe(3)
  })
})
