/**
 * A backup that is read while the log goes on ends as true as the log: whatever is logged meanwhile is in it, in order, and
 * a reader that is too slow gets none.
 */

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { HearsayError } from '../../src/core/errors.ts'
import type { LogRecord } from '../../src/core/record.ts'
import { seededRng } from '../../src/core/rng.ts'
import {
  BACKUP_IDLE_MS,
  BACKUP_WAITING_BYTES_MAX,
  BACKUPS_MAX,
  type Backup,
  Backups,
  type BackupsOptions,
} from '../../src/host/backups.ts'
import { openImage, write } from '../storage/log-fixture.ts'
import { checkpointName, ModelState, stateAfter, story, take } from '../storage/model-state.ts'

function backupsOf(state: ModelState, more: Partial<BackupsOptions> = {}): Backups {
  return new Backups({
    owner: { cluster: 'c', name: 'n1' },
    rng: seededRng(3),
    clock: { monoMs: () => 0 },
    snapshot: () => state.snapshot(),
    endTurn: () => undefined,
    ...more,
  })
}

function rest(backup: Backup, bytesMax = 1_000): Uint8Array[] {
  const chunks: Uint8Array[] = []
  for (let chunk = backup.next(bytesMax); chunk !== undefined; chunk = backup.next(bytesMax)) chunks.push(chunk)
  return chunks
}

/** What a node finds that starts from this file alone. */
function factsIn(file: Uint8Array): unknown {
  const opened = openImage(new Map([[checkpointName(1), file]]))
  expect(opened.error).toBeUndefined()
  return stateAfter(opened.records).facts()
}

function codeOf(call: () => unknown): string | undefined {
  try {
    call()
    return undefined
  } catch (error) {
    return (error as HearsayError).code
  }
}

describe('a backup', () => {
  it('is all that was held at its end, however the log and its reader take turns', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1e6 }),
        fc.nat({ max: 60 }),
        fc.array(fc.record({ logged: fc.nat({ max: 4 }), bytesMax: fc.integer({ min: 1, max: 400 }) }), {
          maxLength: 60,
        }),
        (seed, before, steps) => {
          const records = story(seed, { keys: 20, valueBytesMax: 40 })
          const state = stateAfter(take(records, before))
          // Asked for last when it comes to its end.
          let atEnd: unknown
          const endTurn = (): void => {
            atEnd = state.facts()
          }
          const backups = backupsOf(state, { endTurn })
          const backup = backups.begin()
          const chunks: Uint8Array[] = []
          for (const { logged, bytesMax } of steps) {
            for (const record of take(records, logged)) {
              state.apply(record)
              backups.note(record)
            }
            const chunk = backup.next(bytesMax)
            expect(chunk?.length ?? 0).toBeLessThanOrEqual(bytesMax)
            if (chunk !== undefined) chunks.push(chunk)
          }
          expect(factsIn(Buffer.concat([...chunks, ...rest(backup)]))).toEqual(atEnd)
        },
      ),
      { numRuns: 200 },
    )
  })

  it('has the writes that were shown and not logged when it came to its end', () => {
    const state = new ModelState()
    const shown: LogRecord[] = []
    const backups: Backups = backupsOf(state, {
      endTurn: () => {
        for (const record of shown.splice(0)) backups.note(record)
      },
    })
    const backup = backups.begin()
    const late = write(7)
    state.apply(late)
    shown.push(late)
    expect(factsIn(Buffer.concat(rest(backup)))).toEqual(state.facts())
  })

  it('fails when more was logged than its reader took, and holds nothing then', () => {
    const backups = backupsOf(new ModelState())
    const backup = backups.begin()
    const large = write(1, 1024 * 1024)
    for (let bytes = 0; bytes <= BACKUP_WAITING_BYTES_MAX; bytes += 1024 * 1024) backups.note(large)
    expect(codeOf(() => backup.next(1))).toBe('ERR_OVERLOADED')
    for (let n = 0; n < BACKUPS_MAX; n++) backups.begin()
  })

  it('makes bytes of no more than its reader takes, so that what waits does not become bytes all at once', () => {
    const backups = backupsOf(new ModelState())
    const backup = backups.begin()
    const large = write(1, 1024 * 1024)
    const most = BACKUP_WAITING_BYTES_MAX / (1024 * 1024) - 1
    for (let n = 0; n < most; n++) backups.note(large)
    expect(backup.next(2_000)?.length).toBe(2_000)
    // There is room for one, since one was taken.
    backups.note(large)
    expect(backup.next(1_000)?.length).toBe(1_000)
    backups.note(large)
    expect(codeOf(() => backup.next(1_000))).toBe('ERR_OVERLOADED')
  })

  it('is one of a few, ends when nobody reads it, and with its node', () => {
    const backups = backupsOf(new ModelState())
    const all = Array.from({ length: BACKUPS_MAX }, () => backups.begin())
    expect(codeOf(() => backups.begin())).toBe('ERR_OVERLOADED')
    all[0]?.close()
    all[0]?.close()
    const last = backups.begin()
    backups.tick(BACKUP_IDLE_MS + 1)
    for (const backup of [...all, last]) expect(codeOf(() => backup.next(10))).toBe('ERR_CLOSED')
    expect(codeOf(() => backupsOf(new ModelState(), { snapshot: () => undefined }).begin())).toBe('ERR_NOT_READY')
  })
})
