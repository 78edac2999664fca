/**
 * A log of format 1 as it lies in `golden/format-1`: a checkpoint, and two segments of which it needs the first. This
 * version reads it, and so must every later one. It was written once by `writeGolden` of golden-log.ts, by
 * `HEARSAY_WRITE_GOLDEN=1 npx vitest run test/storage/golden.test.ts`; the files are not written again, since what they
 * are for is to stay as they are.
 */

import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RECORD_TYPES } from '../../src/storage/record-type.ts'
import { logRecord } from './arbitraries.ts'
import { readFormat } from './format-reader.ts'
import { GOLDEN_BASE, GOLDEN_OWNER, GOLDEN_READ, GOLDEN_RECORDS, GOLDEN_THROUGH, writeGolden } from './golden-log.ts'
import { close, imageOf, openImage } from './log-fixture.ts'
import { logFiles } from './model-state.ts'

const FOLDER = join(import.meta.dirname, 'golden', 'format-1')
const FILES = ['00000002.checkpoint', '00000002.log', '00000003.log']

if (process.env.HEARSAY_WRITE_GOLDEN === '1') {
  for (const [name, bytes] of writeGolden()) writeFileSync(join(FOLDER, name), bytes, { flag: 'wx' })
}

function golden(): Map<string, Uint8Array> {
  return new Map(readdirSync(FOLDER).map((name) => [name, Uint8Array.from(readFileSync(join(FOLDER, name)))]))
}

describe('the log of format 1 that is kept', () => {
  it('holds one of everything', () => {
    const files = golden()
    expect([...files.keys()].sort()).toStrictEqual(FILES)
    expect([...files.values()].reduce((sum, { length }) => sum + length, 0)).toBeLessThan(4_096)
    expect(new Set(GOLDEN_READ.map(({ kind }) => kind))).toStrictEqual(new Set(Object.keys(RECORD_TYPES)))
  })

  it('is read', () => {
    const { error, records, report, warnings, log, on } = openImage(golden(), GOLDEN_OWNER)
    expect(error).toBeUndefined()
    expect(records).toStrictEqual(GOLDEN_READ)
    expect(report).toMatchObject({ records: GOLDEN_RECORDS, segments: 2, tornBytes: 0 })
    expect(warnings).toHaveLength(0)
    close(on, log!)
    expect(logFiles(on.disk)).toStrictEqual(golden())
  })

  it('is as FORMAT.md says, read by somebody who has only that', () => {
    const [checkpoint, first, second] = FILES.map((name) => readFormat(golden().get(name) ?? new Uint8Array()))
    if (checkpoint === undefined || first === undefined || second === undefined) throw new Error('a file is missing')
    const { cluster, name: node } = GOLDEN_OWNER
    const of = { format: 1, cluster, node, salt: checkpoint.header.salt }
    expect(checkpoint.header).toMatchObject({ ...of, kind: 2, number: 2, base: GOLDEN_BASE })
    expect(first.header).toMatchObject({ ...of, kind: 1, number: 2, base: GOLDEN_BASE })
    expect(second.header).toMatchObject({ ...of, kind: 1, number: 3, base: first.end })
    expect(first.end).toBe(GOLDEN_THROUGH)
    for (const { unsynced } of checkpoint.records) expect(unsynced).toBe(0xffffffff)
    // A group is synced before the next is made: of each group, each record knows where it began.
    for (const { records, header } of [first, second])
      for (const { position, unsynced } of records) expect(unsynced).toBe(position - header.base)
    const records = [checkpoint, first, second].flatMap((file) => file.records.map(({ record }) => record))
    expect(records).toStrictEqual(GOLDEN_READ)
  })
})

describe('FORMAT.md', () => {
  it('says how any record is read', () => {
    fc.assert(
      fc.property(fc.array(logRecord, { maxLength: 10 }), (records) => {
        const files = [...imageOf(records, false).values()].map(readFormat)
        expect(files.flatMap((file) => file.records.map(({ record }) => record))).toStrictEqual(records)
      }),
      { numRuns: 100 },
    )
  })
})
