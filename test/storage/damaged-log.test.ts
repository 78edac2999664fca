/** A damaged log: what is true before the damage is gone on from, and what was written whole behind it is handed out apart. */

import { describe, expect, it } from 'vitest'
import type { LogRecord } from '../../src/core/record.ts'
import { seededRng } from '../../src/core/rng.ts'
import { segmentName } from '../../src/storage/segment.ts'
import { SET_ASIDE } from '../../src/storage/set-aside.ts'
import { appendAll, bench, close, imageOf, open, openImage, openWell, write, writes } from './log-fixture.ts'
import { filesOf, logFiles, ModelState, repeatUntil, stateAfter, story } from './model-state.ts'

const FIRST = segmentName(1)
const SALT_AT = 25

function flipped(image: ReadonlyMap<string, Uint8Array>, name: string, at: number): Map<string, Uint8Array> {
  const bytes = image.get(name)?.slice() ?? new Uint8Array()
  bytes[at] = (bytes[at] ?? 0) ^ 4
  return new Map(image).set(name, bytes)
}

function openDamaged(image: ReadonlyMap<string, Uint8Array>, segmentBytesMax = 100_000) {
  const salvaged: LogRecord[] = []
  // A start draws anew what it may need: nothing hangs on the salt that the log was begun with being drawn again.
  const rng = seededRng(image.size + 123)
  const opened = openImage(image, { segmentBytesMax, rng, onSalvage: (record) => salvaged.push(record) })
  return { ...opened, salvaged }
}

describe('a damaged log', () => {
  it('is opened, whichever byte is wrong: every record is in its true beginning, or salvaged, but for the damaged one', () => {
    const records = writes(1, 6)
    for (const segmentBytesMax of [250, 100_000]) {
      const image = imageOf(records, true, segmentBytesMax)
      for (const [name, bytes] of image) {
        for (let at = 0; at < bytes.length; at += 3) {
          const opened = openDamaged(flipped(image, name, at), segmentBytesMax)
          if (opened.error !== undefined) {
            // The bytes that say what kind of file it is, and no other file beside it: it may be anybody's.
            expect([opened.error.code, image.size]).toEqual(['ERR_LOG_FOREIGN', 1])
            continue
          }
          const { records: found, salvaged } = opened
          expect(found).toStrictEqual(records.slice(0, found.length))
          for (const record of salvaged) expect(records.slice(found.length)).toContainEqual(record)
          // Damage to a header costs no record; that of a record costs that one. Without the salt nothing is known to be of
          // this log: it must stand in another file then.
          if (image.size === 1 && at >= SALT_AT && at < SALT_AT + 4) continue
          expect(found.length + salvaged.length).toBeGreaterThanOrEqual(records.length - 1)
        }
      }
    }
  })

  it('hands out all that was set aside when nothing is left to go on from, also when only a later start makes a new log', () => {
    const records = writes(1, 6)
    const image = imageOf(records, true, 250)
    const { on, log, ...opened } = openDamaged(flipped(image, FIRST, 60), 250)
    expect([opened.records, opened.salvaged]).toEqual([[], records.slice(1)])
    if (log === undefined) throw new Error('no log')
    close(on, log)
    const after = [...on.disk.image()]
    const aside = after.filter(([name]) => name.startsWith(SET_ASIDE))
    // As after the repair of a folder without a node, or a crash before the new log was begun.
    for (const folder of [after, aside]) {
      const again = openDamaged(new Map(folder), 250)
      expect([again.error, again.records, again.salvaged]).toEqual([undefined, [], records.slice(1)])
    }
  })

  it('goes on behind its true beginning, and hands out what was set aside at each start', () => {
    const records = writes(1, 5)
    const at = (imageOf(writes(1, 2), true).get(FIRST)?.length ?? 0) + 30
    const opened = openDamaged(flipped(imageOf(records, true), FIRST, at))
    expect(opened.records).toStrictEqual(records.slice(0, 2))
    expect(opened.salvaged).toStrictEqual(records.slice(3))
    const { on, log } = opened
    if (log === undefined) throw new Error('no log')
    appendAll(on, log, [write(9)])
    close(on, log)
    const again = { ...openDamaged(on.disk.image()) }
    expect(again.records).toStrictEqual([...records.slice(0, 2), write(9)])
    expect(again.salvaged).toStrictEqual(records.slice(3))
    expect([...on.disk.image().keys()].filter((name) => name.startsWith(SET_ASIDE))).toHaveLength(1)
  })

  it('does not take a frame of another log, inside a value, for a record', () => {
    const other = bench()
    const { log } = openWell(other, { rng: seededRng(99) })
    appendAll(other, log, [write(7)])
    close(other, log)
    const inner = other.disk.image().get(FIRST) ?? new Uint8Array()
    const carrier = write(2, inner.length)
    const [entry] = carrier.entries
    if (entry?.kind === 'live') entry.value.set(inner)
    const at = (imageOf([write(1)], true).get(FIRST)?.length ?? 0) + 30
    const opened = openDamaged(flipped(imageOf([write(1), carrier, write(3)], true), FIRST, at))
    expect(opened.records).toStrictEqual([write(1)])
    expect(opened.salvaged).toStrictEqual([write(3)])
  })

  it('is refused where nobody takes what is salvaged', () => {
    const on = bench()
    on.disk.restore(flipped(imageOf(writes(1, 5), true), FIRST, 120))
    expect(open(on).error?.code).toBe('ERR_LOG_DAMAGED')
  })

  it('is never gone on from with half of one chain of files and half of another', () => {
    let count = 0
    for (let seed = 1; seed <= 10; seed++) {
      const { image, records } = justCheckpointed(seed)
      const { checkpoints } = filesOf(image.keys())
      const behind = segmentName(Number.parseInt(checkpoints.at(-1) ?? '', 10))
      const size = image.get(behind)?.length ?? 0
      // The checkpoint needs what is damaged here, so what it stands for is gone on from, which is still there.
      for (let at = 60; at < size; at += 50) {
        const held = new ModelState()
        const onRecord = (record: LogRecord): void => held.apply(record)
        const first = openImage(flipped(image, behind, at), { segmentBytesMax: 4000, onRecord, onSalvage: () => {} })
        const isTrue = (state: ModelState): boolean =>
          records.some((_, n) => stateAfter(records.slice(0, n + 1)).facts() === state.facts())
        if (first.error === undefined) {
          expect(isTrue(held)).toBe(true)
          continue
        }
        count++
        expect(first.error).toMatchObject({
          code: 'ERR_LOG_DAMAGED',
          message: expect.stringContaining('start the node again'),
        })
        const again = new ModelState()
        const second = openImage(first.on.disk.image(), {
          segmentBytesMax: 4000,
          onRecord: (record) => again.apply(record),
          onSalvage: () => {},
        })
        expect([second.error, isTrue(again)]).toEqual([undefined, true])
      }
    }
    expect(count).toBeGreaterThan(5)
  })
})

/** The files of a log at the moment when its first checkpoint has its name, and all that it stands for is there still. */
function justCheckpointed(seed: number): { image: Map<string, Uint8Array>; records: LogRecord[] } {
  const on = bench(seed)
  const state = new ModelState()
  const { log } = openWell(on, { state, segmentBytesMax: 4000 })
  const all = story(seed, { keys: 30, valueBytesMax: 60 })
  const records: LogRecord[] = []
  let image: Map<string, Uint8Array> | undefined
  on.disk.onOperation((verb, name) => {
    if (verb === 'remove' && name === FIRST) image ??= logFiles(on.disk)
    return undefined
  })
  repeatUntil(
    () => image !== undefined,
    () => {
      const record = all.next().value
      records.push(record)
      state.apply(record)
      log.append(records.length, record)
      log.flush()
      on.time.step()
      on.time.step()
    },
  )
  return { image: image ?? new Map(), records }
}
