/** Whose digest differs twice is compared with, and two that differ once go on with each other. */

import { describe, expect, it } from 'vitest'
import { Suspicions } from '../../src/core/suspicions.ts'

describe('a peer whose digest differs', () => {
  it('is sent the next one, and compared with when it differs again', () => {
    const suspicions = new Suspicions()
    expect(suspicions.judge('a', false, 0)).toBe(false)
    expect(suspicions.takeDoubted()).toBeUndefined()
    expect(suspicions.judge('a', true, 1_000)).toBe(false)
    expect([suspicions.takeDoubted(), suspicions.takeDoubted()]).toEqual(['a', undefined])
    expect(suspicions.judge('a', true, 2_000)).toBe(true)
  })

  it('is left alone for a while after a comparison that explained itself', () => {
    const suspicions = new Suspicions()
    suspicions.judge('a', true, 0)
    suspicions.takeDoubted()
    expect(suspicions.judge('a', true, 1_000)).toBe(true)
    suspicions.compared('a', false, 1_000)
    for (const nowMs of [2_000, 20_999]) expect(suspicions.judge('a', true, nowMs)).toBe(false)
    expect(suspicions.takeDoubted()).toBeUndefined()
    expect(suspicions.judge('a', true, 21_000)).toBe(true)
  })

  it('and is gone is sent nothing', () => {
    const suspicions = new Suspicions()
    suspicions.judge('a', true, 0)
    suspicions.forgetPeer('a')
    expect(suspicions.takeDoubted()).toBeUndefined()
  })
})
