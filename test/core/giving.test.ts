/** Pieces go out one a turn of the loop, and none that is owed is dropped on the way. */

import { describe, expect, it } from 'vitest'
import { cluster } from './clusters.ts'
import type { Bench } from './replica-bench.ts'

/** The pieces that it has sent. */
function piecesOf(giver: Bench): number[] {
  return giver.sent.flatMap(({ message }) => (message.body.kind === 'piece' ? [message.body.index] : []))
}

describe('a giver', () => {
  it('sends one piece a turn, and still owes what waits when a request asks for nothing new', () => {
    const [giver, asker] = cluster(['a', 'b'] as const, { replica: { pieceBytesMax: 40, pieceWindow: 8 } })
    for (let i = 0; i < 6; i++) giver.write(`k${i}`, 'about fifteen b')
    giver.sent = []
    const pull = { kind: 'pull', exchange: 2 ** 47 + 2, rest: undefined, of: 'missing' } as const
    giver.hear(asker, { ...pull, next: 0, seen: asker.replica.claims.seen.toEntries() })
    expect(piecesOf(giver)).toEqual([0])
    // All is cut by now: the first brings nothing new, the second asks for a list that there never was.
    giver.hear(asker, { ...pull, next: 1, seen: [] })
    giver.hear(asker, { ...pull, exchange: 2 ** 47 + 1, next: 1, seen: [] })
    giver.work()
    expect(piecesOf(giver)).toEqual([0, 1, 2])
  })
})
