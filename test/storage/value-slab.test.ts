/** Values that share memory: none has to know. */

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ValueSlab } from '../../src/storage/value-slab.ts'

describe('a slab of values', () => {
  it('gives each value its own bytes, which stay when those it was read from change', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 700, size: 'max' }), { maxLength: 30 }), (values) => {
        const slab = new ValueSlab()
        const read = Buffer.alloc(1_000)
        const copies = values.map((value) => {
          read.set(value, 3)
          return slab.copy(read, 3, value.length)
        })
        read.fill(0xff)
        expect(copies).toEqual(values)
      }),
    )
  })

  it('keeps little memory for a value that stays alone', () => {
    const slab = new ValueSlab()
    const long = new Uint8Array(100_000)
    for (let length = 0; length < 2_000; length += 7) {
      expect(slab.copy(long, 5, length).buffer.byteLength).toBeLessThanOrEqual(Math.max(4096, length))
    }
  })
})
