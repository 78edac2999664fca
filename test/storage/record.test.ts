/** Laws of the bytes of a record: they decode to what was encoded, and nothing else does. */

import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Entry, liveEntry, tombstone } from '../../src/core/entry.ts'
import type { WriteRecord } from '../../src/core/record.ts'
import { RecordDecoder } from '../../src/storage/record-decoder.ts'
import { bodyBytesBound, encodeBody } from '../../src/storage/record-encoder.ts'
import { FRAME_BYTES, frameLength, isFrameAt, isFrameWhole, syncedBefore } from '../../src/storage/record-frame.ts'
import { RecordGroup } from '../../src/storage/record-group.ts'
import { logRecord } from './arbitraries.ts'
import { write } from './log-fixture.ts'

describe('the bytes of a record', () => {
  it('decode to what was encoded, within the bound', () => {
    const decoder = new RecordDecoder()
    fc.assert(
      fc.property(logRecord, fc.nat(20), (record, at) => {
        const bytes = Buffer.alloc(at + bodyBytesBound(record))
        const end = encodeBody(record, bytes, at)
        expect(end).toBeLessThanOrEqual(bytes.length)
        expect(decoder.decode(bytes, at, end)).toStrictEqual({ kind: 'record', record })
      }),
      { numRuns: 500 },
    )
  })

  it('are nothing else when cut or longer', () => {
    const decoder = new RecordDecoder()
    fc.assert(
      fc.property(logRecord, (record) => {
        const bytes = Buffer.alloc(bodyBytesBound(record) + 1)
        const end = encodeBody(record, bytes, 0)
        for (let cut = 1; cut < end; cut++) expect(decoder.decode(bytes, 0, cut).kind).toBe('broken')
        expect(decoder.decode(bytes, 0, end + 1).kind).toBe('broken')
      }),
      { numRuns: 50 },
    )
  })

  it('of any other kind never make the decoder throw', () => {
    const decoder = new RecordDecoder()
    const bodies = fc.oneof(
      fc.uint8Array({ minLength: 1, maxLength: 200 }),
      fc.tuple(logRecord, fc.nat(), fc.nat(255)).map(([record, where, byte]) => {
        const bytes = Buffer.alloc(bodyBytesBound(record))
        const body = bytes.subarray(0, encodeBody(record, bytes, 0))
        body[where % body.length] = byte
        return body
      }),
    )
    fc.assert(
      fc.property(bodies, (body) => {
        const bytes = Buffer.from(body)
        expect(['record', 'unknown', 'broken']).toContain(decoder.decode(bytes, 0, bytes.length).kind)
      }),
      { numRuns: 2000 },
    )
  })

  it('with an unknown type or kind of entry come from a newer version', () => {
    const decoder = new RecordDecoder()
    const bytes = Buffer.alloc(500)
    const end = encodeBody({ ...write(1), entries: [] }, bytes, 0)
    expect(decoder.decode(Buffer.from([200]), 0, 1)).toStrictEqual({ kind: 'unknown', type: 200 })
    // One entry: a tombstone that expires, one of them with a prior, and a flag beyond the three.
    for (const kind of [4, 6, 8, 255]) {
      bytes[end - 1] = 1
      bytes[end] = kind
      expect(decoder.decode(bytes, 0, end + 9)).toStrictEqual({ kind: 'unknown', type: 2 })
    }
  })

  it('refuse a prior that is not below its entry, or none where one is said', () => {
    const decoder = new RecordDecoder()
    const bytes = Buffer.alloc(500)
    const [entry] = write(1).entries
    const end = encodeBody({ ...write(1), entries: [{ ...entry!, prior: 1000 }] }, bytes, 0)
    const at = bytes.indexOf(Buffer.from([0xe8, 3, 0, 0, 0, 0, 0]))
    expect(decoder.decode(bytes, 0, end).kind).toBe('record')
    for (const prior of [0, 1001, 1002]) {
      bytes.writeUInt16LE(prior, at)
      expect(decoder.decode(bytes, 0, end).kind).toBe('broken')
    }
  })

  it('are those of FORMAT.md', () => {
    const hexOf = (entry: Entry): string => {
      const record: WriteRecord = { kind: 'write', origin: 'a/1/0/0123456789', upTo: 3, entries: [entry] }
      const bytes = Buffer.alloc(bodyBytesBound(record))
      return bytes.subarray(0, encodeBody(record, bytes, 0)).toString('hex')
    }
    const start = `02 01 10 ${Buffer.from('a/1/0/0123456789').toString('hex')} 03000000000000 01`
    const bare = (hex: string): string => hex.replaceAll(' ', '')
    const a = 'a/1/0/0123456789'
    const time = '00 03000000000000'
    expect(hexOf(tombstone('k', 3, a))).toBe(bare(`${start} 00 ${time} 01 6b`))
    expect(hexOf(tombstone('k', 3, a, 2))).toBe(bare(`${start} 02 ${time} 02000000000000 01 6b`))
    expect(hexOf(liveEntry('k', 3, a, Uint8Array.of(9)))).toBe(bare(`${start} 01 ${time} 01 6b 01 09`))
    expect(hexOf(liveEntry('k', 3, a, Uint8Array.of(9), 2, 5))).toBe(
      bare(`${start} 07 ${time} 02000000000000 05000000000000 01 6b 01 09`),
    )
  })

  it('take 7 more for a prior and 7 more for an expiry', () => {
    const [entry] = write(1).entries
    const lengthOf = (prior: number, expiresAt: number | undefined): number => {
      const record = { ...write(1), entries: [{ ...entry!, prior, expiresAt }] } as WriteRecord
      return encodeBody(record, Buffer.alloc(bodyBytesBound(record)), 0)
    }
    const bare = lengthOf(0, undefined)
    expect([lengthOf(5, undefined), lengthOf(0, 5), lengthOf(5, 5)]).toEqual([bare + 7, bare + 7, bare + 14])
  })

  it('refuse bytes that are not UTF-8', () => {
    const bytes = Buffer.alloc(500)
    const end = encodeBody({ ...write(1), entries: [{ ...write(1).entries[0]!, key: 'AAAA' }] }, bytes, 0)
    bytes[bytes.indexOf('AAAA')] = 0xff
    expect(new RecordDecoder().decode(bytes, 0, end).kind).toBe('broken')
  })

  it('share one string for an origin and nothing with the buffer', () => {
    const decoder = new RecordDecoder()
    const bytes = Buffer.alloc(500)
    const end = encodeBody(write(7), bytes, 0)
    const decoded = decoder.decode(bytes, 0, end)
    bytes.fill(0)
    expect(decoded).toStrictEqual({ kind: 'record', record: write(7) })
  })
})

describe('a group of records', () => {
  it('is the frames of its records one behind the other, in chunks', () => {
    const group = new RecordGroup(5)
    for (const round of [1, 2]) {
      let position = 2 ** 40
      // Longer than one chunk, with one record that needs its own.
      const sizes = [10, 100_000, 200_000, 700_000, 5, 1000]
      for (const bytes of sizes) position += group.add(write(round, bytes), position, 77)
      const all = Buffer.concat(group.chunks())
      expect(all.length).toBe(group.bytes)
      expect(all.length).toBe(position - 2 ** 40)
      let at = 0
      for (const bytes of sizes) {
        const length = frameLength(all, at)
        expect(isFrameAt(all, at, 2 ** 40 + at)).toBe(true)
        expect(isFrameAt(all, at, 2 ** 40 + at + 1)).toBe(false)
        expect(isFrameWhole(all, at, length, 5)).toBe(true)
        expect(syncedBefore(all, at, 500)).toBe(423)
        const decoded = new RecordDecoder().decode(all, at + FRAME_BYTES, at + FRAME_BYTES + length)
        expect(isDeepStrictEqual(decoded, { kind: 'record', record: write(round, bytes) })).toBe(true)
        at += FRAME_BYTES + length
      }
      expect(at).toBe(all.length)
      group.clear()
      expect(group.chunks()).toHaveLength(0)
    }
  })
})
