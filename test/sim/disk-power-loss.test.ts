/** A power loss gives each unsynced change a fate of its own, and never touches what is durable. */

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DiskBytes } from '../../sim/disk-bytes.ts'
import { type ByteChange, GrowingBytes } from '../../sim/growing-bytes.ts'
import { SECTOR_BYTES, survivors } from '../../sim/power-loss.ts'
import { seededRng } from '../../src/core/rng.ts'

/** Begins and ends within a sector. */
const POSITION = 300
const LENGTH = 2_000
const OLD = 1
const NEW = 2

/** What becomes of a write of twos over ones, by seed. */
function fates(garbledFrom: number): { readonly left: Uint8Array; readonly fate: string }[] {
  const change: ByteChange = { kind: 'write', position: POSITION, bytes: new Uint8Array(LENGTH).fill(NEW) }
  return Array.from({ length: 2_000 }, (_, seed) => {
    const file = new GrowingBytes(new Uint8Array(4_096).fill(OLD))
    for (const part of survivors(change, seededRng(seed), garbledFrom)) file.apply(part)
    const left = file.copy(0, file.size)
    return { left, fate: fateOf(left.subarray(POSITION, POSITION + LENGTH)) }
  })
}

function fateOf(left: Uint8Array): string {
  if (left.some((byte) => byte !== OLD && byte !== NEW)) return 'garbled'
  const kept = left.lastIndexOf(NEW) + 1
  if (kept === 0) return 'lost'
  if (left.subarray(0, kept).includes(OLD)) return 'holed'
  if (kept === LENGTH) return 'kept'
  return (POSITION + kept) % SECTOR_BYTES === 0 ? 'cut at a sector' : 'cut'
}

describe('an unsynced write at power loss', () => {
  it('is lost, kept, cut, cut at a sector, holed or garbled', () => {
    const seen = new Set(fates(0).map(({ fate }) => fate))
    expect([...seen].sort()).toStrictEqual(['cut', 'cut at a sector', 'garbled', 'holed', 'kept', 'lost'])
  })

  it('changes nothing outside of its own bytes', () => {
    for (const { left } of fates(0)) {
      expect(left.subarray(0, POSITION).every((byte) => byte === OLD)).toBe(true)
      expect(left.subarray(POSITION + LENGTH).every((byte) => byte === OLD)).toBe(true)
    }
  })

  it('is garbled no sooner than it may be', () => {
    const strange = (byte: number): boolean => byte !== OLD && byte !== NEW
    const all = fates(SECTOR_BYTES)
    expect(all.some(({ fate }) => fate === 'garbled')).toBe(true)
    for (const { left } of all) expect(left.subarray(0, SECTOR_BYTES).some(strange)).toBe(false)
    expect(fates(Number.POSITIVE_INFINITY).some(({ fate }) => fate === 'garbled')).toBe(false)
  })

  it('is torn between sectors of the file, whose bytes share their fate', () => {
    for (const { left, fate } of fates(0)) {
      if (fate !== 'holed') continue
      for (let at = POSITION + 1; at < POSITION + LENGTH; at++) {
        if (left[at] !== left[at - 1]) expect(at % SECTOR_BYTES).toBe(0)
      }
    }
  })
})

type Step = ByteChange | { readonly kind: 'sync' } | { readonly kind: 'failSync' }

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('write' as const),
      position: fc.nat(60),
      bytes: fc.uint8Array({ maxLength: 30 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('truncate' as const), size: fc.nat(80) }) },
  { weight: 2, arbitrary: fc.constant({ kind: 'sync' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'failSync' as const }) },
)

/** The plain way: two files, and the changes between them. */
class Model {
  readonly seen = new GrowingBytes(new Uint8Array(0))
  readonly durable = new GrowingBytes(new Uint8Array(0))
  unsynced: ByteChange[] = []

  take(step: Step): void {
    if (step.kind === 'sync') for (const change of this.unsynced) this.durable.apply(change)
    if (step.kind === 'sync' || step.kind === 'failSync') this.unsynced = []
    else {
      this.seen.apply(step)
      this.unsynced.push(step)
    }
  }
}

function take(file: DiskBytes, step: Step): void {
  if (step.kind === 'write') file.write(step.position, [step.bytes.subarray(0, 7), step.bytes.subarray(7)])
  else if (step.kind === 'truncate') file.truncate(step.size)
  else if (step.kind === 'sync') file.sync()
  else file.failSync()
}

const all = (bytes: GrowingBytes): Uint8Array => bytes.copy(0, bytes.size)

describe('the bytes of a file', () => {
  it('are as seen and as durable as two files kept apart', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
        const [file, model] = [new DiskBytes(), new Model()]
        for (const one of steps) {
          take(file, one)
          model.take(one)
          expect(file.read(0, file.size)).toStrictEqual(all(model.seen))
          expect(file.durable()).toStrictEqual(all(model.durable))
        }
      }),
      { numRuns: 300 },
    )
  })

  it('keep at power loss what is durable and no unsynced change concerns', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 25 }), fc.nat(), (steps, seed) => {
        const [file, model] = [new DiskBytes(), new Model()]
        for (const one of steps) {
          take(file, one)
          model.take(one)
        }
        file.losePower(seededRng(seed), 0)
        const left = file.read(0, file.size)
        expect(file.durable()).toStrictEqual(left)
        const touches = (change: ByteChange, at: number): boolean =>
          change.kind === 'truncate'
            ? at >= change.size
            : at >= change.position && at < change.position + change.bytes.length
        all(model.durable).forEach((byte, at) => {
          if (!model.unsynced.some((change) => touches(change, at))) expect(left[at]).toBe(byte)
        })
      }),
      { numRuns: 300 },
    )
  })

  it('are the same for the same chance', () => {
    const left = (): Uint8Array => {
      const file = new DiskBytes(new Uint8Array(3_000))
      for (let i = 0; i < 20; i++) file.write(i * 700, [new Uint8Array(900).fill(i + 1)])
      file.losePower(seededRng(11), 0)
      return file.durable()
    }
    expect(left()).toStrictEqual(left())
  })
})
