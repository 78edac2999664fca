/** Opening a log: a cut anywhere gives a true prefix, a flipped bit never a wrong record, and synced records are never cut. */

import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { systemError } from '../../sim/disk-fault.ts'
import { segmentName } from '../../src/storage/segment.ts'
import { logRecord } from './arbitraries.ts'
import { appendAll, close, imageOf, open, openImage, openWell, write, writes } from './log-fixture.ts'

const FIRST = segmentName(1)

function bytesOf(image: ReadonlyMap<string, Uint8Array>, name: string): Uint8Array {
  const bytes = image.get(name)
  if (bytes === undefined) throw new Error(`no ${name}`)
  return bytes
}

function withFile(image: ReadonlyMap<string, Uint8Array>, name: string, bytes: Uint8Array): Map<string, Uint8Array> {
  return new Map(image).set(name, bytes)
}

function flipped(bytes: Uint8Array, at: number, mask = 0xff): Uint8Array {
  const copy = bytes.slice()
  copy[at] = (copy[at] ?? 0) ^ mask
  return copy
}

const EMPTY_BYTES = bytesOf(imageOf([], true), FIRST).length

describe('opening a log', () => {
  it('gives back every record in order', () => {
    fc.assert(
      fc.property(
        fc.array(logRecord, { maxLength: 12 }),
        fc.boolean(),
        fc.integer({ min: 1, max: 3000 }),
        (records, groups, max) => {
          const opened = openImage(imageOf(records, groups, max))
          expect(opened.error).toBeUndefined()
          expect(opened.records).toStrictEqual(records)
          expect(opened.report).toMatchObject({ records: records.length, tornBytes: 0 })
          expect(opened.warnings).toHaveLength(0)
        },
      ),
      { numRuns: 60 },
    )
  })

  it('goes on where the log ended, any number of times', () => {
    const { on } = openImage(new Map())
    on.disk.restore(new Map())
    for (let round = 0; round < 4; round++) {
      const opened = openWell(on, { segmentBytesMax: 500 })
      expect(opened.records).toStrictEqual(writes(1, round * 5))
      appendAll(on, opened.log, writes(round * 5 + 1, round * 5 + 5))
      close(on, opened.log)
    }
  })

  it('reads records that are longer than a slice', () => {
    const records = [write(1), write(2, 3 * 1024 * 1024), write(3, 1024 * 1024), write(4)]
    const opened = openImage(imageOf(records, false, 1 << 30))
    expect(opened.records).toHaveLength(records.length)
    // Strict equality is slow on megabytes.
    opened.records.forEach((record, i) => void expect(isDeepStrictEqual(record, records[i])).toBe(true))
  })

  it('leaves files alone that are not segments', () => {
    const image = imageOf(writes(1, 3), true)
    for (const name of ['lock', '1.log', '000000001.log', '00000002.log.tmp', 'x00000002.log'])
      image.set(name, new Uint8Array(3))
    const opened = openImage(image)
    expect(opened.records).toHaveLength(3)
    // Those, the segment, and what is kept for a full disk.
    expect(opened.on.disk.image().size).toBe(7)
  })
})

describe('a torn tail', () => {
  for (const groups of [true, false]) {
    it(`is cut at the last whole record, wherever the log ends (${groups ? 'many groups' : 'one group'})`, () => {
      const records = writes(1, 4)
      const bytes = bytesOf(imageOf(records, groups), FIRST)
      for (let cut = 0; cut <= bytes.length; cut++) {
        const opened = openImage(new Map([[FIRST, bytes.slice(0, cut)]]))
        expect(opened.error).toBeUndefined()
        expect(opened.records).toStrictEqual(records.slice(0, opened.records.length))
        const kept = bytesOf(opened.on.disk.image(), FIRST)
        // A header that was cut short is made again; everything else is only cut.
        if (cut >= EMPTY_BYTES) expect(kept.length + (opened.report?.tornBytes ?? 0)).toBe(cut)
        else expect(kept.length).toBe(EMPTY_BYTES)
        expect(opened.report?.bytes).toBe(kept.length)
        expect(opened.warnings).toHaveLength(opened.report?.tornBytes === 0 ? 0 : 1)
        // And the log goes on behind it.
        const next = write(50)
        appendAll(opened.on, opened.log!, [next])
        close(opened.on, opened.log!)
        expect(openWell(opened.on).records).toStrictEqual([...opened.records, next])
      }
    })
  }

  it('recovers a prefix for any records and any cut', () => {
    fc.assert(
      fc.property(
        fc.array(logRecord, { minLength: 1, maxLength: 8 }),
        fc.boolean(),
        fc.nat(),
        (records, groups, at) => {
          const bytes = bytesOf(imageOf(records, groups), FIRST)
          const cut = at % bytes.length
          const opened = openImage(new Map([[FIRST, bytes.slice(0, cut)]]))
          expect(opened.error).toBeUndefined()
          expect(opened.records).toStrictEqual(records.slice(0, opened.records.length))
        },
      ),
      { numRuns: 100 },
    )
  })

  it('may be followed by zeros', () => {
    const bytes = bytesOf(imageOf(writes(1, 3), true), FIRST)
    const opened = openImage(new Map([[FIRST, Buffer.concat([bytes, new Uint8Array(3_000_000)])]]))
    expect(opened.records).toStrictEqual(writes(1, 3))
    expect(opened.report?.tornBytes).toBe(3_000_000)
    expect(opened.warnings[0]?.text).toBe(
      `The log ended in an unfinished write: cut 3000000 bytes from 00000001.log at offset ${bytes.length}.`,
    )
  })

  it('may have whole records behind the hole, when none of them had been synced', () => {
    const bytes = bytesOf(imageOf(writes(1, 5), false), FIRST)
    const opened = openImage(new Map([[FIRST, flipped(bytes, EMPTY_BYTES + 3)]]))
    expect(opened.records).toHaveLength(0)
    expect(opened.report?.tornBytes).toBe(bytes.length - EMPTY_BYTES)
    expect(opened.warnings[0]?.fields).toMatchObject({ recordsBehind: 4 })
  })

  it('may be a segment whose making a crash cut short', () => {
    const image = imageOf(writes(1, 6), true, 300)
    const last = segmentName(image.size)
    const header = bytesOf(imageOf([], true), FIRST).length
    for (let cut = 0; cut <= header; cut++) {
      const bytes = bytesOf(image, last).slice(0, cut)
      const opened = openImage(withFile(image, last, bytes), { segmentBytesMax: 300 })
      expect(opened.error).toBeUndefined()
      expect(opened.records).toStrictEqual(writes(1, opened.records.length))
      appendAll(opened.on, opened.log!, [write(60)])
      close(opened.on, opened.log!)
      expect(openWell(opened.on).records).toStrictEqual([...opened.records, write(60)])
    }
  })
})

describe('a segment whose header a power loss garbled while it was made', () => {
  const garbled = (bytes: Uint8Array, length: number): Uint8Array => bytes.slice(0, length).map((byte) => byte ^ 0xa5)

  it('is made again behind others', () => {
    const image = imageOf(writes(1, 6), true, 300)
    const last = segmentName(image.size)
    const header = bytesOf(imageOf([], true), FIRST).length
    for (let length = 1; length <= header; length++) {
      const opened = openImage(withFile(image, last, garbled(bytesOf(image, last), length)), { segmentBytesMax: 300 })
      expect(opened.error).toBeUndefined()
      expect(opened.records).toStrictEqual(writes(1, opened.records.length))
      close(opened.on, opened.log!)
    }
  })

  it('is left alone when it is the first, or holds more than a header: it may be somebody else’s', () => {
    const image = imageOf(writes(1, 6), true, 300)
    const last = segmentName(image.size)
    const alone = garbled(bytesOf(imageOf([], true), FIRST), 20)
    expect(openImage(new Map([[FIRST, alone]])).error?.code).toBe('ERR_LOG_FOREIGN')
    const longer = withFile(image, last, garbled(bytesOf(image, last), bytesOf(image, last).length))
    expect(openImage(longer).error?.code).toBe('ERR_LOG_FOREIGN')
  })
})

describe('damage', () => {
  it('of any byte is found: a wrong record is never given out, and synced records are never cut', () => {
    const records = writes(1, 5)
    for (const groups of [true, false]) {
      for (const segmentBytesMax of [250, 100_000]) {
        const image = imageOf(records, groups, segmentBytesMax)
        for (const [name, bytes] of image) {
          for (let at = 0; at < bytes.length; at++) {
            const changed = withFile(image, name, flipped(bytes, at, 1 << (at % 8)))
            const opened = openImage(changed)
            expect(opened.records).toStrictEqual(records.slice(0, opened.records.length))
            if (opened.error === undefined) expect(opened.report?.tornBytes).toBeGreaterThan(0)
            else {
              expect(['ERR_LOG_DAMAGED', 'ERR_LOG_FOREIGN']).toContain(opened.error.code)
              expect(opened.on.disk.image()).toStrictEqual(changed)
            }
            // Each record was synced before the next: only the last can look torn.
            if (groups && opened.error === undefined) expect(opened.records.length).toBe(records.length - 1)
          }
        }
      }
    }
  })

  it('with a synced record behind it names segment and offset and changes nothing', () => {
    const image = imageOf(writes(1, 3), true)
    const bytes = bytesOf(image, FIRST)
    const changed = new Map([[FIRST, flipped(bytes, EMPTY_BYTES + 30)]])
    const opened = openImage(changed)
    expect(opened.error?.code).toBe('ERR_LOG_DAMAGED')
    expect(opened.error?.message).toBe(
      `The log is damaged in 00000001.log at offset ${EMPTY_BYTES}: this is not a valid record, and 2 behind it are.`,
    )
    expect(opened.log).toBeUndefined()
    expect(opened.on.disk.image()).toStrictEqual(changed)
  })

  it('is found when the valid record lies slices behind', () => {
    const records = [write(1), write(2, 2_500_000), write(3)]
    const bytes = bytesOf(imageOf(records, true, 1 << 30), FIRST)
    const opened = openImage(new Map([[FIRST, flipped(bytes, EMPTY_BYTES + 500)]]))
    expect(opened.error?.code).toBe('ERR_LOG_DAMAGED')
    expect(opened.records).toStrictEqual([write(1)])
  })

  it('is a record in a place that is not its own', () => {
    const bytes = bytesOf(imageOf(writes(1, 4), true), FIRST)
    const recordBytes = (bytes.length - EMPTY_BYTES) / 4
    const moved = bytes.slice()
    moved.copyWithin(EMPTY_BYTES, EMPTY_BYTES + recordBytes, EMPTY_BYTES + 2 * recordBytes)
    const opened = openImage(new Map([[FIRST, moved]]))
    expect(opened.error?.code).toBe('ERR_LOG_DAMAGED')
    expect(opened.records).toHaveLength(0)
  })

  it('is a missing, shortened or exchanged segment', () => {
    const image = imageOf(writes(1, 20), true, 300)
    expect(image.size).toBeGreaterThan(3)
    const [first, second] = [bytesOf(image, FIRST), bytesOf(image, segmentName(2))]
    const without = new Map(image)
    without.delete(segmentName(2))
    for (const changed of [
      without,
      withFile(image, segmentName(2), second.slice(0, -5)),
      withFile(image, segmentName(2), second.slice(0, EMPTY_BYTES)),
      withFile(image, segmentName(2), second.slice(0, 9)),
      withFile(image, segmentName(2), new Uint8Array(Buffer.concat([second, second]))),
      withFile(image, segmentName(2), first),
    ]) {
      const opened = openImage(changed)
      expect(opened.error?.code).toBe('ERR_LOG_DAMAGED')
      expect(opened.records).toStrictEqual(writes(1, opened.records.length))
      expect(opened.on.disk.image()).toStrictEqual(changed)
    }
  })
})

describe('a foreign log', () => {
  it('of another cluster or node is refused', () => {
    const image = imageOf(writes(1, 2), true)
    for (const owner of [{ cluster: 'other' }, { name: 'n2' }]) {
      const opened = openImage(image, owner)
      expect(opened.error?.code).toBe('ERR_LOG_FOREIGN')
      expect(opened.records).toHaveLength(0)
      expect(opened.on.disk.image()).toStrictEqual(image)
    }
    expect(openImage(image, { name: 'n2' }).error?.message).toBe(
      '00000001.log belongs to node "n1" of cluster "c", and this is node "n2" of cluster "c".',
    )
  })

  it('is a file that hearsay did not write', () => {
    expect(openImage(new Map([[FIRST, Buffer.from('2024-01-01 GET /\n')]])).error?.code).toBe('ERR_LOG_FOREIGN')
  })

  it('is a newer format, and a newer type of record', async () => {
    const { crc32 } = await import('node:zlib')
    const image = imageOf([{ kind: 'vector', seen: [] }], true)
    const newer = Buffer.from(bytesOf(image, FIRST))
    newer.writeUInt16LE(2, 8)
    newer.writeUInt32LE(crc32(newer.subarray(0, EMPTY_BYTES - 4)), EMPTY_BYTES - 4)
    const byFormat = openImage(new Map([[FIRST, newer]]))
    expect(byFormat.error?.message).toBe('00000001.log has log format 2, and this version of hearsay reads 1.')
    const typed = Buffer.from(bytesOf(image, FIRST))
    typed[EMPTY_BYTES + 20] = 200
    typed.writeUInt32LE(crc32(typed.subarray(EMPTY_BYTES + 4), typed.readUInt32LE(25)), EMPTY_BYTES)
    expect(openImage(new Map([[FIRST, typed]])).error?.code).toBe('ERR_LOG_FOREIGN')
  })
})

describe('a disk that fails while opening', () => {
  for (const verb of ['list', 'open', 'read', 'truncate', 'write', 'sync', 'syncFolder'] as const) {
    it(`says so (${verb})`, () => {
      const on = openImage(new Map()).on
      const bytes = bytesOf(imageOf(writes(1, 2), true), FIRST)
      on.disk.restore(verb === 'write' ? new Map() : new Map([[FIRST, bytes.slice(0, -1)]]))
      on.disk.onOperation((asked) => (asked === verb ? systemError('EIO', 'bad') : undefined))
      const opened = open(on)
      const reads = ['list', 'open', 'read'].includes(verb)
      expect(opened.error?.code).toBe(reads ? 'ERR_FOLDER_UNUSABLE' : 'ERR_DISK_FAILED')
      expect(opened.log).toBeUndefined()
    })
  }
})
