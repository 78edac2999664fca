/** The log of a node without a folder. */

import { expect, it } from 'vitest'
import { seededRng } from '../../src/core/rng.ts'
import { memoryLog } from '../../src/storage/memory-log.ts'
import { write } from './log-fixture.ts'
import { VirtualTime } from './virtual-time.ts'

it('reports the greatest index once, after the turn', () => {
  const time = new VirtualTime(seededRng(1))
  const durable: number[] = []
  const log = memoryLog(time, { promised: () => {}, durable: (index) => durable.push(index) })
  for (let i = 1; i <= 3; i++) {
    log.append(i, write(i))
    log.flush()
  }
  expect(durable).toStrictEqual([])
  time.runUntilIdle()
  expect(durable).toStrictEqual([3])
  log.flush()
  time.runUntilIdle()
  expect(durable).toStrictEqual([3])
})

it('reports what is left when it closes', () => {
  const time = new VirtualTime(seededRng(1))
  const calls: unknown[] = []
  const log = memoryLog(time, { promised: () => {}, durable: (index) => calls.push(index) })
  log.append(1, write(1))
  log.close((error) => calls.push(error))
  expect(calls).toStrictEqual([])
  time.runUntilIdle()
  expect(calls).toStrictEqual([1, undefined])
})
